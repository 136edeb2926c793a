"""Whether the committed runs may be published: each must be measured at one clean commit, with nothing mixed."""

from __future__ import annotations

from pathlib import Path

from bench.provenance.comparability import examine
from bench.publish.readme import ROOT
from bench.publish.regions import COMMITTED
from bench.results.folder import RunDirectory


def refused(root: Path = ROOT) -> list[str]:
    """Return why the committed runs may not be published, a line each; nothing where they may.

    Raises:
        BenchError: A run cannot be read.
    """
    return [
        f"{run.as_posix()}: {error}; measure it again from one clean commit"
        for run in COMMITTED
        if (root / run).is_dir()
        for error in examine(RunDirectory(root / run).load().provenance).errors
    ]
