"""What the gate compares: results, with digests that tell whether two of them measured the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.experiment.gate_limits import GateSpec
from bench.provenance.machine import machine_id
from bench.results.cell_files import read_manifest, read_mapping
from bench.results.cells import file_name
from bench.results.folder import RunDirectory
from bench.results.reader import read_experiment
from bench.results.run_results import RunResults

#: What must be the same where two measurements of quality are compared, by the names of the manifest.
INPUTS = ("queries", "qrels", "candidates")
#: What must be the same too where the measure is binary; the manifest has it where it is not 1.
THRESHOLD = "relevant_from"


@dataclass(frozen=True)
class Evidence:
    """Results as the gate compares them: those of the base, or the new ones.

    Attributes:
        source: Where it was read from.
        results: The results.
        inputs: Dataset -> digests of what was measured; empty where they were not recorded.
        machines: Model -> id of the machine that timed its latency grid.
        planned: The models that its experiment names, measured or not.
        limits: The limits that its experiment states, without what only two versions are timed at.
    """

    source: str
    results: RunResults
    inputs: Mapping[str, Mapping[str, str | int]] = field(default_factory=dict)
    machines: Mapping[str, str] = field(default_factory=dict)
    planned: tuple[str, ...] = ()
    limits: GateSpec = field(default_factory=GateSpec)


def read_run_evidence(path: Path) -> Evidence:
    """Read a folder of results.

    Raises:
        BenchError: There is no run, none of its cells is finished, or a file cannot be read.
    """
    results = RunDirectory(path).load()
    inputs = {}
    for dataset in results.datasets:
        manifest = read_manifest(path / "quality" / file_name(dataset) / file_name(results.first_stage[dataset]))
        inputs[dataset] = {name: manifest[name] for name in (*INPUTS, THRESHOLD) if name in manifest}
    machines = {}
    for model in results.models:
        if machine := read_mapping(path / "latency" / file_name(model.name) / "machine.json"):
            machines[model.name] = machine_id(machine)
    experiment = read_experiment(path)
    planned = tuple(model.label for model in experiment.models)
    return Evidence(str(path), results, inputs, machines, planned, experiment.gate.model_copy(update={"timed": ()}))
