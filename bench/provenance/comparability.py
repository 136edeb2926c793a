"""Whether the rows of a run's tables can be compared, by the commit, code, libraries and machine of every cell.

They can be if the same code measured them. What breaks that is an error. A note breaks nothing, but a reader should
know it:

- error: a cell measured with changed files, or with no commit known; cells of several commits, of several versions of
  the code, or of several releases of a library that scores or measures; times of several machines in one table.
- note: quality from several machines, as 8-bit scores may differ between instruction sets, and seconds per query cannot
  be compared; other releases of Python, or of libraries that neither score nor measure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bench.provenance.machine import DIRTY, machine_id

#: Releases that may differ: texts are among a cell's inputs, and tables are read back as they were written.
_BESIDE = ("python", "ir_datasets", "pandas")

Value = TypeVar("Value")


@dataclass(frozen=True)
class CellProvenance:
    """Where the numbers of one cell come from.

    Attributes:
        rows: Which rows they are, such as ``SciFact: nano``.
        timed: Whether a table compares its times with other cells'.
        commit: The checkout's commit, ``-dirty`` where its files were changed; empty where there was none.
        code: What was versioned -> version; of older cells, ``sources`` -> their digest.
        libraries: Library -> release.
        machine: The machine's id.
        where: The machine in words.
    """

    rows: str
    timed: bool
    commit: str
    code: Mapping[str, Any]
    libraries: Mapping[str, str]
    machine: str
    where: str

    @classmethod
    def read(cls, rows: str, manifest: Mapping[str, Any], machine: Mapping[str, Any]) -> CellProvenance:
        """Return what a cell's ``manifest.json`` and ``machine.json`` say."""
        code = manifest.get("code_versions") or {"sources": str(manifest.get("code", "unknown"))[:8]}
        return cls(
            rows=rows,
            timed=manifest["kind"] in ("latency", "peers", "cold start") or "sweep" in manifest,
            commit=machine.get("commit") or "",
            code=code,
            libraries={name: release for name, release in machine["versions"].items() if release is not None},
            machine=machine_id(dict(machine)),
            where=f"{machine['cpu']}, {machine['cores']} cores ({', '.join(machine['isa']) or 'no extensions'})",
        )

    @property
    def short_commit(self) -> str:
        """The commit as a table shows it."""
        return f"{self.commit[:12]}{DIRTY}" if self.commit.endswith(DIRTY) else self.commit[:12] or "unknown"


@dataclass(frozen=True)
class Findings:
    """Why rows cannot be compared, and what else a reader should know of them; a line each."""

    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def examine(cells: Sequence[CellProvenance]) -> Findings:
    """Compare the cells of one run, and return the errors and the notes."""
    errors: list[str] = []
    notes: list[str] = []
    if dirty := [cell.rows for cell in cells if cell.commit.endswith(DIRTY)]:
        errors.append(f"measured with files that no commit has: {_some(dirty)}")
    if unknown := [cell.rows for cell in cells if not cell.commit]:
        errors.append(f"measured at no known commit: {_some(unknown)}")
    if len(commits := grouped(cells, lambda cell: cell.commit[:12])) > 1:
        errors.append(f"measured at {len(commits)} commits: {_which(commits)}")
    for name, groups in differing(cells, lambda cell: cell.code).items():
        errors.append(f"measured by {len(groups)} versions of {name}: {_which(groups)}")
    for name, groups in differing(cells, lambda cell: cell.libraries).items():
        found = notes if name in _BESIDE else errors
        found.append(f"measured with {len(groups)} releases of {name}: {_which(groups)}")
    timed = [cell for cell in cells if cell.timed]
    if len(machines := grouped(timed, lambda cell: cell.where)) > 1 or len({cell.machine for cell in timed}) > 1:
        errors.append(f"timed on several machines: {_which(machines)}")
    elif len({cell.machine for cell in cells}) > 1:
        notes.append(
            "quality is of several machines, so compare no seconds per query, and 8-bit scores may differ between "
            f"instruction sets: {_which(grouped(cells, lambda cell: cell.where))}"
        )
    return Findings(tuple(errors), tuple(notes))


def grouped(cells: Iterable[CellProvenance], by: Callable[[CellProvenance], Value]) -> dict[Value, list[str]]:
    """Return value -> the rows that have it."""
    groups: dict[Value, list[str]] = {}
    for cell in cells:
        groups.setdefault(by(cell), []).append(cell.rows)
    return groups


def differing(
    cells: Sequence[CellProvenance], versions_of: Callable[[CellProvenance], Mapping[str, Any]]
) -> dict[str, dict[str, list[str]]]:
    """Return name -> version -> rows, for each name that the cells have in several versions."""
    found = {}
    for name in dict.fromkeys(name for cell in cells for name in versions_of(cell)):
        versions: dict[str, list[str]] = {}
        for cell in cells:
            if name in versions_of(cell):
                versions.setdefault(str(versions_of(cell)[name]), []).append(cell.rows)
        if len(versions) > 1:
            found[name] = versions
    return found


def _which(groups: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{value or 'none'}: {_some(rows)}" for value, rows in groups.items())


def _some(rows: Sequence[str]) -> str:
    """Return rows as a list that a line holds."""
    shown = ", ".join(rows[:3])
    return shown if len(rows) <= 3 else f"{shown} and {len(rows) - 3} more"
