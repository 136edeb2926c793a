"""One run or two: what they are called, and whether their times may be compared."""

from __future__ import annotations

from dataclasses import dataclass

from bench.provenance.machine import machine_id
from bench.results.run_results import RunResults


@dataclass(frozen=True)
class Sides:
    """The runs that a page shows.

    Attributes:
        run: The run that the page is about.
        other: The run beside it, or None.
    """

    run: RunResults
    other: RunResults | None = None

    @property
    def both(self) -> tuple[RunResults, ...]:
        """The runs, the page's own first."""
        return (self.run,) if self.other is None else (self.run, self.other)

    @property
    def labels(self) -> tuple[str, ...]:
        """What a reader tells the runs apart by: their names, with commits where the names are the same."""
        names = tuple(side.name for side in self.both)
        if len(set(names)) == len(names):
            return names
        commits = tuple(str(side.machine.get("commit") or "")[:7] for side in self.both)
        if all(commits) and len(set(commits)) == len(commits):
            return tuple(f"{name} ({commit})" for name, commit in zip(names, commits, strict=True))
        return (f"{names[0]} (this run)", f"{names[1]} (other run)")

    @property
    def times_comparable(self) -> bool:
        """Whether both runs were measured on machines of the same fingerprint; times of others are no ratio."""
        identities = {_identity(side) for side in self.both}
        return None not in identities and len(identities) == 1

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that both runs have, the primary one of the page's run first."""
        return tuple(measure for measure in self.run.measures if all(measure in side.measures for side in self.both))

    @property
    def models(self) -> tuple[str, ...]:
        """Labels of the models of both runs, the page's own first: a model's place is its mark in every chart."""
        return tuple(dict.fromkeys(model.name for side in self.both for model in side.models))

    @property
    def datasets(self) -> tuple[str, ...]:
        """Labels of the datasets of both runs, the page's own first."""
        return tuple(dict.fromkeys(dataset for side in self.both for dataset in side.datasets))


def _identity(results: RunResults) -> str | None:
    try:
        return machine_id(results.machine)
    except KeyError:
        return None
