"""A baseline: the quality of a finished run, as text to commit, so that a person can review how it changes.

baseline.json    the experiment, what was measured (digests), and on what
quality.csv      the primary measure of every query

There are no times in it: they are those of one machine, and ``gate --base`` measures both versions afresh.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from bench.common.errors import BenchError
from bench.experiment.gate_limits import GateSpec
from bench.gate.evidence import Evidence, read_run_evidence
from bench.results.run_results import ModelInfo, RunResults

_MANIFEST, _VALUES = "baseline.json", "quality.csv"
_COLUMNS = ["dataset", "model", "query_id", "measure", "value"]
_FIELDS = ("name", "description", "datasets", "first_stage", "notes", "queries", "unjudged")
_MACHINE_FIELDS = ("cpu", "architecture", "cpu_family", "cores", "isa", "versions", "commit")


def write_baseline(evidence: Evidence, folder: Path) -> None:
    """Write ``evidence`` as a baseline; a later run with the same result changes nothing but machine and commit.

    Raises:
        BenchError: The run is not finished, or has no quality to keep.
    """
    results = evidence.results
    if results.missing:
        raise BenchError(f"{evidence.source}: not finished, so no baseline: {'; '.join(results.missing)}")
    primary = results.measures[0]
    rerankers = [model.name for model in results.models]
    kept = results.quality["model"].isin(rerankers) & (results.quality["measure"] == primary)
    quality = results.quality.loc[kept, _COLUMNS]
    if quality.empty or quality["value"].isna().any():
        raise BenchError(f"{evidence.source}: no {primary} of a reranker for every query, so no baseline")
    manifest = {
        **{name: getattr(results, name) for name in _FIELDS},
        "measure": primary,
        "models": [asdict(model) for model in results.models],
        "inputs": evidence.inputs,
        "machine": {name: results.machine[name] for name in _MACHINE_FIELDS if name in results.machine},
        "gate": evidence.limits.model_dump(mode="json", exclude={"timed"}),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    quality.to_csv(folder / _VALUES, index=False, lineterminator="\n")


def read_evidence(path: Path) -> Evidence:
    """Read a folder of results or a baseline, whichever ``path`` is.

    Raises:
        BenchError: It is neither, or damaged.
    """
    return _read_baseline(path) if (path / _MANIFEST).is_file() else read_run_evidence(path)


def _read_baseline(folder: Path) -> Evidence:
    try:
        manifest: dict[str, Any] = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        # As text: an id may look like a number, and pandas reads some numbers one digit off.
        quality = pd.read_csv(folder / _VALUES, dtype=str, keep_default_na=False)
        quality["value"] = quality["value"].map(float)
        results = RunResults(
            **{name: manifest[name] for name in _FIELDS if name != "datasets"},
            datasets=tuple(manifest["datasets"]),
            models=tuple(ModelInfo(**model) for model in manifest["models"]),
            measures=(manifest["measure"],),
            quality=quality[_COLUMNS],
            timings=pd.DataFrame(),
            latency=pd.DataFrame(),
            machine=manifest["machine"],
            missing=(),
        )
        limits = GateSpec.model_validate(manifest["gate"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BenchError(f"{folder}: not a whole baseline ({error}); write it again") from error
    planned = tuple(model.name for model in results.models)
    return Evidence(str(folder), results, manifest["inputs"], {}, planned, limits)
