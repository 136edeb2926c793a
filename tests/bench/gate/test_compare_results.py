"""Two sets of results: what is judged, what is not, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from bench.experiment.gate_limits import GateSpec
from bench.gate.compare_results import compare_results
from bench.gate.evidence import Evidence
from bench.gate.verdict import Outcome
from bench.results.run_results import ModelInfo, RunResults

QUERIES = 60


def evidence(
    *, models=("small", "large"), datasets=("SciFact",), queries=QUERIES, shift=0.0, slower=1.0, seed=0, **changes
):
    """Results whose values and times come from one seed, shifted and slowed down as asked."""
    rng = np.random.default_rng(0)
    own = np.random.default_rng(100 + seed)
    quality = [
        (dataset, model, f"q{query}", measure, rng.uniform(0.3, 0.7) + (shift * own.uniform(0.5, 1.5) if shift else 0))
        for dataset in datasets
        for model in ("BM25", *models)
        for query in range(queries)
        for measure in ("nDCG@10", "RR@10")
    ]
    latency = [
        (model, tokens, 10, 2, repeat, slower * 1e-4 * tokens * own.lognormal(0, 0.03))
        for model in models
        for tokens in (32, 128)
        for repeat in range(20)
    ]
    results = RunResults(
        name="experiment",
        description="",
        datasets=tuple(datasets),
        models=tuple(ModelInfo(model, 2, 128, 1000, 512) for model in models),
        first_stage=dict.fromkeys(datasets, "BM25"),
        measures=("nDCG@10", "RR@10"),
        quality=pd.DataFrame(quality, columns=["dataset", "model", "query_id", "measure", "value"]),
        timings=pd.DataFrame(),
        latency=pd.DataFrame(latency, columns=["model", "tokens", "passages", "threads", "repeat", "seconds"]),
        notes={},
        queries=dict.fromkeys(datasets, queries),
        machine={"cpu": "Some CPU", "cores": 2, "isa": ["avx2"], "versions": {"numpy": "2.0"}},
        missing=(),
    )
    found = Evidence(
        source="somewhere",
        results=results,
        inputs={dataset: {"queries": "1", "qrels": "2", "candidates": "3"} for dataset in datasets},
        machines=dict.fromkeys(models, "this machine"),
        planned=tuple(models),
    )
    of_results = {name: changes.pop(name) for name in list(changes) if name in RunResults.__dataclass_fields__}
    return replace(found, results=replace(results, **of_results), **changes)


def by_subject(verdict):
    return {(finding.part, finding.subject): finding for finding in verdict.findings}


def test_the_same_results_pass():
    verdict = compare_results(evidence(), evidence(seed=1))
    assert verdict.outcome is Outcome.PASS
    assert set(by_subject(verdict)) == {
        ("quality", "SciFact: small, nDCG@10"),
        ("quality", "SciFact: large, nDCG@10"),
        ("speed", "small"),
        ("speed", "large"),
    }
    assert verdict.remarks == ()


def test_a_loss_fails_and_the_rest_is_judged_too():
    verdict = compare_results(evidence(), evidence(shift=-0.03))
    assert verdict.outcome is Outcome.FAIL
    assert {finding.part for finding in verdict.findings if finding.outcome is Outcome.PASS} == {"speed"}


def test_a_gain_passes():
    assert compare_results(evidence(), evidence(shift=0.03)).outcome is Outcome.PASS


def test_a_slowdown_fails():
    verdict = compare_results(evidence(), evidence(slower=1.3))
    assert [finding.outcome for finding in verdict.findings if finding.part == "speed"] == [Outcome.FAIL] * 2
    assert verdict.findings[-1].estimate == pytest.approx(1.3, rel=0.02)


def test_one_part_alone():
    assert compare_results(evidence(), evidence(slower=1.3), parts=("quality",)).outcome is Outcome.PASS
    assert compare_results(evidence(), evidence(shift=-0.03), parts=("speed",)).outcome is Outcome.PASS


def test_the_order_of_queries_does_not_matter():
    new = evidence()
    shuffled = new.results.quality.sample(frac=1, random_state=1)
    assert (
        compare_results(evidence(), replace(new, results=replace(new.results, quality=shuffled))).outcome
        is Outcome.PASS
    )


class TestTimesOfAnotherMachine:
    def test_are_refused_and_quality_is_judged(self):
        verdict = compare_results(evidence(machines={"small": "another", "large": "this machine"}), evidence(slower=3))
        found = by_subject(verdict)
        assert found["speed", "small"].outcome is Outcome.UNKNOWN
        assert "times of another machine" in found["speed", "small"].reason
        assert found["speed", "small"].estimate is None
        assert found["speed", "large"].outcome is Outcome.FAIL
        assert found["quality", "SciFact: small, nDCG@10"].outcome is Outcome.PASS

    def test_are_refused_where_no_machine_was_recorded(self):
        verdict = compare_results(evidence(machines={}), evidence(), parts=("speed",))
        assert verdict.outcome is Outcome.UNKNOWN
        assert "the machine was not recorded" in verdict.findings[0].reason

    def test_other_instruction_sets_are_remarked(self):
        machine = evidence().results.machine | {"isa": ["avx512f"], "versions": {"numpy": "2.1"}}
        remarks = compare_results(evidence(), evidence(machine=machine)).remarks
        assert any("instruction sets" in remark for remark in remarks)
        assert "Different software: numpy 2.0 -> 2.1." in remarks


class TestScoresOfAnotherArithmetic:
    OTHER: ClassVar = [
        ({"isa": ["avx2", "avx512_vnni"]}, "scored with avx2 avx512_vnni instead of avx2"),
        ({"versions": {"numpy": "2.0", "onnxruntime": "1.30.0"}}, "scored by onnxruntime 1.30.0 instead of None"),
    ]

    @pytest.mark.parametrize(("machine", "words"), OTHER)
    def test_a_small_loss_is_no_verdict(self, machine, words):
        new = evidence(shift=-0.009, machine=evidence().results.machine | machine)
        assert compare_results(evidence(), evidence(shift=-0.009), parts=("quality",)).outcome is Outcome.FAIL
        verdict = compare_results(evidence(), new, parts=("quality",))
        assert verdict.outcome is Outcome.UNKNOWN
        assert verdict.outcome.exit_code == 3
        assert any(words in finding.reason for finding in verdict.findings)

    @pytest.mark.parametrize("machine", [machine for machine, _ in OTHER])
    def test_what_no_arithmetic_explains_fails_nevertheless(self, machine):
        new = evidence(shift=-0.05, machine=evidence().results.machine | machine)
        assert compare_results(evidence(), new, parts=("quality",)).outcome is Outcome.FAIL

    def test_no_loss_passes(self):
        new = evidence(machine=evidence().results.machine | {"isa": []})
        assert compare_results(evidence(), new, parts=("quality",)).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"queries": "x", "qrels": "2", "candidates": "3"}, "different queries"),
        ({"queries": "1", "qrels": "x", "candidates": "x"}, "different judgments and candidates"),
    ],
)
def test_other_inputs_are_refused(inputs, words):
    verdict = compare_results(evidence(inputs={"SciFact": inputs}), evidence())
    found = by_subject(verdict)
    assert found["quality", "SciFact: small, nDCG@10"].outcome is Outcome.UNKNOWN
    assert words in found["quality", "SciFact: small, nDCG@10"].reason
    assert found["speed", "small"].outcome is Outcome.PASS


def test_another_set_of_queries_is_refused():
    finding = compare_results(evidence(), evidence(queries=40)).findings[0]
    assert finding.outcome is Outcome.UNKNOWN
    assert finding.reason == "different queries: 60 in the base, 40 in the new one, 40 in both"


def test_one_query_is_not_judged():
    verdict = compare_results(evidence(queries=1), evidence(queries=1), parts=("quality",))
    assert verdict.outcome is Outcome.UNKNOWN


def test_of_different_experiments_what_both_have_is_judged():
    base = evidence(datasets=("SciFact", "FiQA"), models=("small",), name="one")
    new = evidence(datasets=("SciFact", "Quora"), models=("small", "large"), name="two")
    verdict = compare_results(base, new, parts=("quality",))
    # The values of another experiment's rows are others, but the row is that of both.
    assert [finding.subject for finding in verdict.findings] == ["SciFact: small, nDCG@10"]
    assert verdict.remarks[0].startswith("Different experiments, one and two")


def test_experiments_without_anything_in_common_are_not_judged():
    verdict = compare_results(
        evidence(datasets=("FiQA",), name="one", latency=pd.DataFrame()), evidence(latency=pd.DataFrame())
    )
    assert (verdict.findings, verdict.outcome) == ((), Outcome.UNKNOWN)


@pytest.mark.parametrize("unfinished", ["base", "new"])
def test_a_run_half_finished_is_judged_as_far_as_it_goes(unfinished):
    whole = evidence(datasets=("SciFact", "FiQA"))
    quality = whole.results.quality
    rest = quality[(quality["dataset"] != "FiQA") | (quality["model"] != "large")]
    half = replace(whole, results=replace(whole.results, quality=rest, missing=("FiQA: large",)))
    verdict = compare_results(half, whole) if unfinished == "base" else compare_results(whole, half)
    assert verdict.outcome is Outcome.UNKNOWN
    unknown = [finding for finding in verdict.findings if finding.outcome is Outcome.UNKNOWN]
    assert [finding.subject for finding in unknown] == ["FiQA: large, nDCG@10"]
    assert unknown[0].reason == f"the {unfinished} has no such result (its run is not finished)"
    assert f"Not finished, {unfinished}: FiQA: large." in verdict.remarks


def test_a_model_that_neither_run_has_finished_is_not_forgotten():
    half = evidence(models=("small",), planned=("small", "large"), missing=("SciFact: large",))
    verdict = compare_results(half, half, parts=("quality",))
    assert verdict.outcome is Outcome.UNKNOWN


def test_nan_is_named_and_the_rest_is_judged():
    new = evidence()
    quality = new.results.quality.copy()
    quality.loc[quality.index[quality["model"] == "small"][:2], "value"] = np.nan
    found = by_subject(compare_results(evidence(), replace(new, results=replace(new.results, quality=quality))))
    assert "1 of 60 queries have no number" in found["quality", "SciFact: small, nDCG@10"].reason
    assert found["quality", "SciFact: large, nDCG@10"].outcome is Outcome.PASS


def test_runs_without_a_latency_grid_are_judged_on_quality():
    verdict = compare_results(evidence(latency=pd.DataFrame()), evidence(latency=pd.DataFrame()))
    assert verdict.outcome is Outcome.PASS
    assert "neither of the two has a latency grid" in verdict.remarks[-1]


def test_a_grid_on_one_side_alone_is_not_judged():
    verdict = compare_results(evidence(latency=pd.DataFrame()), evidence(), parts=("speed",))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.findings[0].reason == "the base has no latency grid of it"


def test_the_limits_are_those_of_the_new_experiment():
    strict = evidence(slower=1.1, limits=GateSpec(slowdown_apart=1.02))
    verdict = compare_results(evidence(), strict, parts=("speed",))
    assert verdict.outcome is Outcome.FAIL
    assert any("limits are not those of the base" in remark for remark in verdict.remarks)


def test_a_binary_measure_at_another_threshold_is_not_judged():
    inputs = {"SciFact": {"queries": "1", "qrels": "2", "candidates": "3", "relevant_from": 2}}
    reasons = {
        measure: by_subject(
            compare_results(
                evidence(measures=(measure,)), evidence(measures=(measure,), inputs=inputs), parts=("quality",)
            )
        )[("quality", f"SciFact: small, {measure}")].reason
        for measure in ("RR@10", "nDCG@10")
    }
    assert reasons["RR@10"] == "relevant from grade 1 in the base, and from grade 2 in the new one"
    assert reasons["nDCG@10"] == "no query has another value"
