"""Two sets of results of the same experiment: is the new one as good and as fast as the base?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, product
from typing import Any

import pandas as pd

from bench.common.words import count_of
from bench.data.relevance import takes_threshold
from bench.experiment.gate_limits import GateSpec
from bench.gate.evidence import INPUTS, THRESHOLD, Evidence
from bench.gate.judge_quality import judge_quality
from bench.gate.judge_speed import judge_grids
from bench.gate.verdict import JUDGED_PARTS, Finding, JudgedPart, Outcome, Verdict, cannot_judge

_SETTING = ["tokens", "passages", "threads"]
#: Another processor or release of onnxruntime moves int8 logits, and with them means of nDCG@10: by .002 for saturating
#: sums, by .003 for another rounding (L-12 on 43 queries of DL19, ``bench stability``). A loss that may be smaller than
#: three times that is not blamed on a change where the arithmetic changed too.
ARITHMETIC_SHIFT = 0.01


def compare_results(base: Evidence, new: Evidence, parts: Sequence[JudgedPart] = JUDGED_PARTS) -> Verdict:
    """Judge ``new`` against ``base``.

    Quality is judged for every dataset and model that the experiment plans, by the primary measure of ``new``. Both
    must have measured the same queries, judgments and candidates. Speed is judged for every model by the times of its
    latency grid. Both must have been measured on machines of the same fingerprint. What is missing or cannot be
    compared becomes a finding "cannot judge" with the reason, and the rest is judged nevertheless.

    Args:
        base: The results to compare with.
        new: The results to judge; their experiment states the limits.
        parts: What to judge.
    """
    limits = new.limits
    findings: list[Finding] = []
    remarks = list(_remarks(base, new))
    if "quality" in parts:
        pairs = _judged_pairs(base, new)
        findings += [_quality(base, new, dataset, model, limits, len(pairs)) for dataset, model in pairs]
    if "speed" in parts:
        grids = not base.results.latency.empty, not new.results.latency.empty
        if any(grids):
            models = dict.fromkeys(model for _, model in _judged_pairs(base, new)) or _labels(base, new)
            findings += [_speed(base, new, model, limits) for model in models]
        else:
            remarks.append("Speed was not judged: neither of the two has a latency grid.")
    return Verdict(base.source, new.source, tuple(findings), tuple(remarks))


def _judged_pairs(base: Evidence, new: Evidence) -> list[tuple[str, str]]:
    """Return the datasets and models to judge: all of one experiment, or what two experiments have in common."""
    if base.results.name == new.results.name:
        return list(product(_either(base.results.datasets, new.results.datasets), _labels(base, new)))
    return [
        (dataset, model)
        for dataset in base.results.datasets
        for model in _labels(base)
        if dataset in new.results.datasets and model in _labels(new)
    ]


def _quality(base: Evidence, new: Evidence, dataset: str, model: str, limits: GateSpec, comparisons: int) -> Finding:
    measure = new.results.measures[0]
    subject = f"{dataset}: {model}, {measure}"
    if reason := _not_the_same(base, new, dataset) or _other_threshold(base, new, dataset, measure):
        return cannot_judge("quality", subject, reason)
    before, after = (_values(evidence, dataset, model, measure) for evidence in (base, new))
    for label, evidence, found in (("base", base, before), ("new", new, after)):
        if found.empty:
            return cannot_judge("quality", subject, f"the {label} has no such result{_unfinished(evidence)}")
        if found.index.has_duplicates:
            return cannot_judge("quality", subject, f"the {label} has a query twice")
    if set(before.index) != set(after.index):
        common = len(before.index.intersection(after.index))
        return cannot_judge(
            "quality",
            subject,
            f"different queries: {len(before)} in the base, {len(after)} in the new one, {common} in both",
        )
    finding = judge_quality(subject, before, after.reindex(before.index), limits, comparisons)
    small = finding.interval is not None and finding.interval.high > -ARITHMETIC_SHIFT
    if finding.outcome is Outcome.FAIL and small and (other := _other_arithmetic(base, new)):
        reason = f"a loss, but {other}, which alone may move scores as much: measure both on one machine"
        return replace(finding, outcome=Outcome.UNKNOWN, reason=reason)
    return finding


def _not_the_same(base: Evidence, new: Evidence, dataset: str) -> str:
    """Say which inputs of a dataset differ, or return an empty string. What was not recorded counts as the same."""
    before, after = base.inputs.get(dataset, {}), new.inputs.get(dataset, {})
    differing = [name for name in INPUTS if name in before and name in after and before[name] != after[name]]
    names = {"queries": "queries", "qrels": "judgments", "candidates": "candidates"}
    return f"measured on different {' and '.join(names[name] for name in differing)}" if differing else ""


def _other_threshold(base: Evidence, new: Evidence, dataset: str, measure: str) -> str:
    before, after = (evidence.inputs.get(dataset, {}).get(THRESHOLD, 1) for evidence in (base, new))
    if before == after or not takes_threshold(measure):
        return ""
    return f"relevant from grade {before} in the base, and from grade {after} in the new one"


def _other_arithmetic(base: Evidence, new: Evidence) -> str:
    """Say which instructions or library scored, where they are not those of the base; else return an empty string."""
    before, after = base.results.machine, new.results.machine
    if before.get("isa") != after.get("isa"):
        return f"scored with {_isa(after)} instead of {_isa(before)}"
    versions = [(machine.get("versions") or {}).get("onnxruntime") for machine in (before, after)]
    return f"scored by onnxruntime {versions[1]} instead of {versions[0]}" if versions[0] != versions[1] else ""


def _isa(machine: Mapping[str, Any]) -> str:
    return " ".join(machine.get("isa") or ()) or "unknown instructions"


def _values(evidence: Evidence, dataset: str, model: str, measure: str) -> pd.Series[float]:
    quality = evidence.results.quality
    rows = (quality["dataset"] == dataset) & (quality["model"] == model) & (quality["measure"] == measure)
    found = quality[rows]
    return pd.Series(found["value"].to_numpy(float), index=found["query_id"].astype(str))


def _speed(base: Evidence, new: Evidence, model: str, limits: GateSpec) -> Finding:
    before, after = _grid(base, model), _grid(new, model)
    for label, evidence, grid in (("base", base, before), ("new", new, after)):
        if not grid:
            return cannot_judge("speed", model, f"the {label} has no latency grid of it{_unfinished(evidence)}")
    here, there = new.machines.get(model), base.machines.get(model)
    if here is None or there is None:
        return cannot_judge(
            "speed", model, "the machine was not recorded, and times of two machines cannot be compared"
        )
    if here != there:
        reason = f"times of another machine ({_machine(base)}, here {_machine(new)}) are not comparable"
        return cannot_judge("speed", model, f"{reason}: measure both on one, or use `gate --base`")
    return judge_grids(model, before, after, limits)


def _grid(evidence: Evidence, model: str) -> dict[str, list[float]]:
    latency = evidence.results.latency
    if latency.empty:
        return {}
    found = latency[latency["model"] == model]
    return {
        _named(*counts): rows["seconds"].astype(float).tolist() for counts, rows in found.groupby(_SETTING, sort=False)
    }


def _named(tokens: Any, passages: Any, threads: Any) -> str:
    """Return a setting of the latency grid in words."""
    return f"{count_of(tokens, 'token')}, {count_of(passages, 'passage')}, {count_of(threads, 'thread')}"


def _machine(evidence: Evidence) -> str:
    machine = evidence.results.machine
    return f"{machine.get('cpu')}, {machine.get('cores')} cores"


def _labels(*evidence: Evidence) -> list[str]:
    """Return the models of one or both, also those of which nothing is finished yet."""
    return _either(*([*one.planned, *(model.name for model in one.results.models)] for one in evidence))


def _either(*names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(chain.from_iterable(names)))


def _unfinished(evidence: Evidence) -> str:
    return " (its run is not finished)" if evidence.results.missing else ""


def _remarks(base: Evidence, new: Evidence) -> Iterator[str]:
    before, after = base.results, new.results
    if before.name != after.name:
        yield f"Different experiments, {before.name} and {after.name}: only what both measured is judged."
    if before.measures[0] != after.measures[0]:
        yield f"The primary measure was {before.measures[0]} and is {after.measures[0]}: the latter is judged."
    if base.limits != new.limits:
        yield "The limits are not those of the base: the new ones were applied."
    lengths = {model.name: model.max_length for model in before.models}
    for model in after.models:
        if model.name in lengths and lengths[model.name] != model.max_length:
            yield f"{model.name} takes {model.max_length} tokens a pair, and took {lengths[model.name]}."
    versions = [evidence.machine.get("versions") or {} for evidence in (before, after)]
    changed = [
        f"{library} {versions[0][library]} -> {versions[1][library]}"
        for library in versions[0]
        if library in versions[1] and versions[0][library] != versions[1][library]
    ]
    if changed:
        yield f"Different software: {', '.join(changed)}."
    if before.machine.get("isa") != after.machine.get("isa"):
        yield "Different instruction sets: scores of int8 models may differ for that alone."
    for label, evidence in (("base", before), ("new", after)):
        for line in evidence.missing:
            yield f"Not finished, {label}: {line}."
        for part in evidence.left_out:
            yield f"Left out, {label}: {part}."
