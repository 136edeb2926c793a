"""The exported model on test collections: quality against BM25, speed against the teacher. They choose nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.common.errors import BenchError
from bench.data.dataset_spec import CandidatesSpec, DatasetSpec, QuerySubset
from bench.distill.export.export_check import zipped_size
from bench.distill.from_questions.speed_comparison import SpeedComparison, compare_speed
from bench.experiment.reranker import RerankerSpec
from bench.experiment.schema import Experiment
from bench.provenance.machine import fingerprint
from bench.results.folder import RunDirectory
from bench.run.execute import run_experiment
from bench.stats.paired_comparison import PairedComparison, compare_paired
from flashrank import available_cores

_LABEL = "nano"
_MEASURE = "nDCG@10"
_POOL = "TREC DL19 judged pool"
_POOL_NOTE = "BM25's top 100 restricted to judged passages, which flatters rerankers slightly against the full top 100"
_TOKENS = (64, 128, 256)


@dataclass(frozen=True, slots=True)
class CollectionQuality:
    """The quality of the model and of the baseline on a test collection.

    Attributes:
        baseline: The baseline's mean.
        mean: The model's mean.
        compared: The model against the baseline, query by query.
    """

    baseline: float
    mean: float
    compared: PairedComparison

    @classmethod
    def compare(cls, model: Sequence[float], baseline: Sequence[float]) -> CollectionQuality:
        """Compare the values of a model and of the baseline, query by query in the same order."""
        return cls(_mean(baseline), _mean(model), compare_paired(model, baseline))

    def as_json(self) -> dict[str, Any]:
        """Return the quality as JSON values. A p-value is None where it cannot be computed."""
        return {
            "queries": self.compared.n,
            "baseline": self.baseline,
            "mean": self.mean,
            "low": self.compared.interval.low,
            "high": self.compared.interval.high,
            "t_test": _number_or_none(self.compared.p_t),
            "randomisation": _number_or_none(self.compared.p_permutation),
            "better": self.compared.wins,
            "worse": self.compared.losses,
        }


def test_collections() -> tuple[DatasetSpec, ...]:
    """Return the test collections, which ``python -m bench fetch`` fetches."""
    run = CandidatesSpec(source="scoreddocs")
    return (
        DatasetSpec(collection="trec-dl-2019-pool", name=_POOL, candidates=run, note=_POOL_NOTE),
        DatasetSpec(id="beir/scifact/test", name="SciFact"),
        DatasetSpec(id="beir/nfcorpus/test", name="NFCorpus"),
        DatasetSpec(collection="cranfield", name="Cranfield"),
        DatasetSpec(collection="med", name="Medline"),
    )


def evaluate(
    model: Path,
    teacher: str | Path,
    tests: Sequence[str],
    limit: int | None,
    out: Path,
    console: Console,
) -> None:
    """Measure a model, and write ``evaluation.json`` and ``evaluation.md`` into ``out``. A stopped run continues.

    Args:
        model: The model's directory.
        teacher: Directory or name of the model whose speed is compared.
        tests: Names of the collections; all when empty.
        limit: Queries of each collection, chosen at random; all when None.
        out: Where results go.
        console: Where progress is shown.

    Raises:
        BenchError: A name in ``tests`` is unknown, or a collection cannot be read.
    """
    chosen = tuple(spec for spec in test_collections() if not tests or spec.name in tests)
    if unknown := set(tests) - {spec.name for spec in chosen}:
        names = ", ".join(spec.name for spec in test_collections())
        raise BenchError(f"--tests: no collection called {sorted(unknown)[0]!r}; there are: {names}")
    experiment = Experiment(
        name="nano",
        datasets=chosen,
        models=(RerankerSpec(path=model, label=_LABEL),),
        measures=(_MEASURE,),
        queries=QuerySubset(size=limit),
    )
    results = RunDirectory(out / "evaluation")
    with results.open():
        run_experiment(experiment, results, console)
        results.record(experiment)
        quality = results.load().quality
    compared = {}
    for spec in chosen:
        rows = quality[(quality["dataset"] == spec.name) & (quality["measure"] == _MEASURE)]
        table = rows.pivot_table(index="query_id", columns="model", values="value")
        compared[spec.name] = CollectionQuality.compare(table[_LABEL].to_list(), table["BM25"].to_list())
    threads = sorted({1, available_cores()})
    console.print("evaluate: speed against the teacher, in turns", highlight=False)
    speeds = compare_speed(model, teacher, _TOKENS, threads)
    notes = {spec.name: spec.note for spec in chosen if spec.note}
    (out / "evaluation.json").write_text(as_json(compared, speeds, model), encoding="utf-8")
    text = as_markdown(compared, speeds, notes)
    (out / "evaluation.md").write_text(text, encoding="utf-8")
    console.print(text, markup=False, highlight=False)


def as_json(compared: Mapping[str, CollectionQuality], speeds: Sequence[SpeedComparison], model: Path) -> str:
    """Return all that was measured as JSON, with the machine."""
    document: dict[str, Any] = {
        "measure": _MEASURE,
        "baseline": "BM25",
        "quality": {name: row.as_json() for name, row in compared.items()},
        "speed": [speed.as_json() for speed in speeds],
        "bytes": sum(path.stat().st_size for path in model.iterdir()),
        "zipped_bytes": zipped_size(model),
        "machine": fingerprint(),
    }
    return json.dumps(document, indent=1) + "\n"


def as_markdown(
    compared: Mapping[str, CollectionQuality], speeds: Sequence[SpeedComparison], notes: Mapping[str, str]
) -> str:
    """Return the tables for the model card."""
    lines = [
        f"| collection | queries | BM25 {_MEASURE} | nano {_MEASURE} | difference, 95 % interval | better / worse "
        "| p, paired t-test | p, randomisation |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, row in compared.items():
        found = row.compared
        lines.append(
            f"| {name}{' *' if name in notes else ''} | {found.n} | {row.baseline:.4f} | {row.mean:.4f} "
            f"| {found.difference:+.4f} [{found.interval.low:+.4f}, {found.interval.high:+.4f}] "
            f"| {found.wins} / {found.losses} | {_p_value(found.p_t)} | {_p_value(found.p_permutation)} |"
        )
    lines += ["", *(f"\\* {name}: {note}." for name, note in notes.items()), ""]
    lines += [
        "| tokens per pair | threads | nano, ms per 10 passages | teacher, ms | times faster |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row.tokens} | {row.threads} | {row.milliseconds:.1f} | {row.other_milliseconds:.1f} | {row.ratio:.1f} |"
        for row in speeds
    ]
    return "\n".join(lines) + "\n"


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _number_or_none(value: float) -> float | None:
    return None if math.isnan(value) else value


def _p_value(value: float) -> str:
    return "none" if math.isnan(value) else f"{value:.2g}"
