"""What a comparison goes by: results, and the digests that tell whether two of them are about the same thing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bench.errors import BenchError
from bench.gate.spec import GateSpec
from bench.machine import machine_id
from bench.plan import slug
from bench.results import RunResults
from bench.run_directory import RunDirectory

#: What two measurements of quality must have in common, by the names of the manifest.
INPUTS = ("queries", "qrels", "candidates")


@dataclass(frozen=True)
class Evidence:
    """One side of a comparison.

    Attributes:
        source: Where it was read from.
        results: The results.
        inputs: Dataset -> digests of what was measured; empty where they were not recorded.
        machines: Model -> id of the machine that timed its latency grid.
        planned: The models that its experiment names, measured or not.
        limits: The limits that its experiment states.
    """

    source: str
    results: RunResults
    inputs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    machines: Mapping[str, str] = field(default_factory=dict)
    planned: tuple[str, ...] = ()
    limits: GateSpec = field(default_factory=GateSpec)


def read_run(path: Path) -> Evidence:
    """Read a folder of results.

    Raises:
        BenchError: There is no run, none of its cells is finished, or a file cannot be read.
    """
    results = RunDirectory(path).load()
    inputs = {}
    for dataset in results.datasets:
        manifest = _json(path / "quality" / slug(dataset) / slug(results.first_stage[dataset]) / "manifest.json")
        inputs[dataset] = {name: manifest[name] for name in INPUTS if name in manifest}
    machines = {}
    for model in results.models:
        if machine := _json(path / "latency" / slug(model.name) / "machine.json"):
            machines[model.name] = machine_id(machine)
    experiment = _json(path / "experiment.json")
    planned = tuple(str(model["label"]) for model in experiment["models"])
    try:
        limits = GateSpec.model_validate(experiment.get("gate") or {})
    except ValidationError as error:
        raise BenchError(f"{path / 'experiment.json'}: `gate` is not valid: {error.errors()[0]['msg']}") from error
    return Evidence(str(path), results, inputs, machines, planned, limits)


def _json(path: Path) -> dict[str, Any]:
    """Return a JSON file's mapping, empty where there is no such file."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise BenchError(f"{path}: damaged; delete its folder and run the experiment again") from error
