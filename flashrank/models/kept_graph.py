"""The rewritten graph of a model, kept beside it: a file in the folder ``.fast`` and a record of what it was made from.

A graph is only kept in, and only taken from, a folder that nobody but this user and root may write. None is kept in the
package itself.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flashrank.graphs.rewrite import REWRITER
from flashrank.models.external_data import external_data
from flashrank.models.files import sha256, write_whole
from flashrank.models.upstream_cache import ROOT, changeable

log = logging.getLogger("flashrank")

_FOLDER = ".fast"
#: Of its SHA-256, in a graph's name.
_DIGITS = 16
_OWNER_MAY_WRITE = 0o200
_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Kept:
    """What is known of a model's rewritten graph.

    Attributes:
        path: The graph; None where it is known that the model's own graph has to be used.
    """

    path: Path | None


def find_kept(weights: Path) -> Kept | None:
    """Return the graph that was made from the model as it is now, or None if there is nothing to go by.

    Args:
        weights: The model's ONNX file.
    """
    folder = weights.parent / _FOLDER
    try:
        record = json.loads(_record(weights).read_text(encoding="utf-8"))
        if record["rewriter"] != REWRITER or _danger(folder):
            return None
        if record["stat"] != file_stat(weights) and record["sha256"] != sha256(weights):
            return None
        if record["graph"] is None:
            return Kept(None)
        graph = folder / Path(record["graph"]).name
        # One that is written here holds its weights itself; another could ask for any file of the machine.
        is_own = graph.stat().st_size == record["bytes"] and not external_data(graph)
        return Kept(graph) if is_own else None
    except (OSError, ValueError, LookupError, TypeError, RecursionError):  # no record, or a damaged one
        return None


def keep(weights: Path, graph: bytes | None, stat: list[int]) -> None:
    """Keep a model's rewritten graph, or that it has none, if it can be kept.

    Args:
        weights: The model's ONNX file.
        graph: What to load in its place; None where it has to be used as it is.
        stat: ``file_stat(weights)`` from before ``graph`` was made: nothing is kept of a file that changed since.
    """
    # What is installed, and what its owner has made read-only, stays as it is: root could write there all the same.
    if weights.resolve().is_relative_to(_PACKAGE) or not weights.parent.stat().st_mode & _OWNER_MAY_WRITE:
        return
    folder, path = weights.parent / _FOLDER, None
    try:
        record: dict[str, Any] = {"rewriter": REWRITER, "stat": stat, "sha256": sha256(weights), "graph": None}
        folder.mkdir(mode=0o755, exist_ok=True)
        if danger := _danger(folder):
            log.info("%s: its rewritten graph is not kept: %s", weights, danger)
            return
        if file_stat(weights) != stat:
            return
        if graph is not None:
            path = folder / f"{weights.stem}-{hashlib.sha256(graph).hexdigest()[:_DIGITS]}.onnx"
            write_whole(path, graph)
            record |= {"graph": path.name, "bytes": len(graph)}
        write_whole(_record(weights), json.dumps(record).encode())
    except OSError as error:  # a folder that is only read, a full disk: the next process makes it again
        log.info("%s: its rewritten graph is not kept: %s", weights, error)
        return
    for outdated in folder.glob(f"{glob.escape(weights.stem)}-{'[0-9a-f]' * _DIGITS}.onnx"):
        if outdated != path:
            with contextlib.suppress(OSError):  # in use on Windows
                outdated.unlink()


def _record(weights: Path) -> Path:
    return weights.parent / _FOLDER / f"{weights.name}.json"


def file_stat(path: Path) -> list[int]:
    """Return what changes with a file's content: reading it whole takes longer than loading the graph."""
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def _danger(folder: Path) -> str | None:
    """Return how another user could have changed what is kept, or None; only POSIX tells."""
    if os.name != "posix":
        return None
    return changeable(folder.parent.resolve() / folder.name, {os.geteuid(), ROOT})
