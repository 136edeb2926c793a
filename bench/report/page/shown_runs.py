"""The runs that a page shows, one or two: what they are called, and whether their times may be compared."""

from __future__ import annotations

from dataclasses import dataclass

from bench.provenance.machine import machine_id
from bench.results.run_results import RunResults


@dataclass(frozen=True)
class PageRuns:
    """The runs that a page shows.

    Attributes:
        own: The run that the page is about.
        other: The run beside it, or None.
    """

    own: RunResults
    other: RunResults | None = None

    @property
    def all(self) -> tuple[RunResults, ...]:
        """The runs, the page's own first."""
        return (self.own,) if self.other is None else (self.own, self.other)

    @property
    def labels(self) -> tuple[str, ...]:
        """What a reader tells the runs apart by: their names, with commits where the names are the same."""
        names = tuple(run.name for run in self.all)
        if len(set(names)) == len(names):
            return names
        commits = tuple(str(run.machine.get("commit") or "")[:7] for run in self.all)
        if all(commits) and len(set(commits)) == len(commits):
            return tuple(f"{name} ({commit})" for name, commit in zip(names, commits, strict=True))
        return (f"{names[0]} (this run)", f"{names[1]} (other run)")

    @property
    def times_comparable(self) -> bool:
        """Whether both runs were measured on machines of the same fingerprint; times of others are no ratio."""
        identities = {_identity(run) for run in self.all}
        return None not in identities and len(identities) == 1

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that both runs have, the primary one of the page's run first."""
        return tuple(measure for measure in self.own.measures if all(measure in run.measures for run in self.all))

    @property
    def models(self) -> tuple[str, ...]:
        """Labels of the models of both runs, the page's own first: a model's place is its mark in every chart."""
        return tuple(dict.fromkeys(model.name for run in self.all for model in run.models))

    @property
    def datasets(self) -> tuple[str, ...]:
        """Labels of the datasets of both runs, the page's own first."""
        return tuple(dict.fromkeys(dataset for run in self.all for dataset in run.datasets))


def _identity(results: RunResults) -> str | None:
    try:
        return machine_id(results.machine)
    except KeyError:
        return None
