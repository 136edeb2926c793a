"""The rewritten graph of a model, kept beside it: a file in the folder ``.fast`` and a record of what it was made from.

A graph is only kept in, and only taken from, a folder that nobody but this user and the system may write, and never in
the package itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flashrank.graphs.rewrite import REWRITER
from flashrank.models.files import sha256, write_whole
from flashrank.models.upstream_cache import changeable

_FOLDER = ".fast"
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
        if record["rewriter"] != REWRITER or not _is_safe(folder):
            return None
        if record["stat"] != _stat(weights) and record["sha256"] != sha256(weights):
            return None
        if record["graph"] is None:
            return Kept(None)
        graph = folder / Path(record["graph"]).name
        return Kept(graph) if graph.stat().st_size == record["bytes"] else None
    except (OSError, ValueError, LookupError, TypeError):  # no record, or a damaged one
        return None


def keep(weights: Path, graph: bytes | None) -> Path | None:
    """Keep a model's rewritten graph, or that it has none, and return where the graph lies.

    Where it cannot be kept, nothing is, and None is returned.

    Args:
        weights: The model's ONNX file.
        graph: What to load in its place; None where it has to be used as it is.
    """
    if weights.resolve().is_relative_to(_PACKAGE):  # what is installed stays as it is
        return None
    folder = weights.parent / _FOLDER
    record: dict[str, Any] = {"rewriter": REWRITER, "stat": _stat(weights), "sha256": sha256(weights), "graph": None}
    path = None
    try:
        folder.mkdir(mode=0o755, exist_ok=True)
        if not _is_safe(folder):
            return None
        if graph is not None:
            path = folder / f"{weights.stem}-{hashlib.sha256(graph).hexdigest()[:16]}.onnx"
            write_whole(path, graph)
            record |= {"graph": path.name, "bytes": len(graph)}
        write_whole(_record(weights), json.dumps(record).encode())
    except OSError:  # a folder that is only read, a full disk: the next process makes it again
        return None
    for outdated in folder.glob(f"{weights.stem}-*.onnx"):
        if outdated != path:
            with contextlib.suppress(OSError):  # in use on Windows
                outdated.unlink()
    return path


def _record(weights: Path) -> Path:
    return weights.parent / _FOLDER / f"{weights.name}.json"


def _stat(path: Path) -> list[int]:
    """Return what changes with a file's content: reading it whole takes longer than loading the graph."""
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def _is_safe(folder: Path) -> bool:
    return os.name != "posix" or changeable(folder.parent.resolve() / folder.name) is None
