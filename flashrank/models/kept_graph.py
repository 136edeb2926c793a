"""The rewritten graph of a model, kept on disk: a file and a record of what it was made from, in a folder ``.fast``.

The folder lies beside the model. Where the model's directory cannot take it, because it is only read or others may
write there, the folder is one of the user's own cache, below the path of that directory. A graph is only kept in, and
only taken from, a folder that nobody but this user and root may write. Where neither can take it, every process makes
the graph again, which takes it several times as long as loading the model.

So that an image of a container has the graph, load the model once as the image is built: ``flashrank download MODEL``.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onnxruntime import __version__ as ONNXRUNTIME  # noqa: N812

from flashrank.graphs.rewrite import REWRITER
from flashrank.models.external_data import external_data
from flashrank.models.files import sha256, write_whole
from flashrank.models.store import default_cache_dir
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

    One that another release of onnxruntime was checked with counts for nothing. A model that comes with the package has
    a graph of the package's own making, which is not looked into.

    Args:
        weights: The model's ONNX file.
    """
    if weights.resolve().is_relative_to(_PACKAGE):
        return Kept(None)
    return next(filter(None, (_find_in(folder, weights) for folder in _folders(weights))), None)


def _find_in(folder: Path, weights: Path) -> Kept | None:
    try:
        record = json.loads(_record(folder, weights).read_text(encoding="utf-8"))
        if [record["rewriter"], record["onnxruntime"]] != [REWRITER, ONNXRUNTIME] or _danger(folder):
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
    for folder in _folders(weights):
        try:
            _make(folder)
            danger = _danger(folder)
            if danger is None:
                _keep_in(folder, weights, graph, stat)
                return
        except OSError as error:  # a folder that is only read, a full disk
            danger = str(error)
        log.info("%s: its rewritten graph is not kept in %s: %s", weights, folder, danger)


def _keep_in(folder: Path, weights: Path, graph: bytes | None, stat: list[int]) -> None:
    import hashlib  # loads OpenSSL

    path = None
    record: dict[str, Any] = {
        **{"rewriter": REWRITER, "onnxruntime": ONNXRUNTIME},
        **{"stat": stat, "sha256": sha256(weights), "graph": None},
    }
    if file_stat(weights) != stat:
        return
    if graph is not None:
        path = folder / f"{weights.stem}-{hashlib.sha256(graph).hexdigest()[:_DIGITS]}.onnx"
        write_whole(path, graph)
        record |= {"graph": path.name, "bytes": len(graph)}
    write_whole(_record(folder, weights), json.dumps(record).encode())
    for other in folder.iterdir():
        stem, _, digest = other.stem.rpartition("-")
        if (stem, other.suffix) == (weights.stem, ".onnx") and len(digest) == _DIGITS and other != path:
            with contextlib.suppress(OSError):  # in use on Windows
                other.unlink()


def _folders(weights: Path) -> Iterator[Path]:
    """Yield where a model's graph may lie."""
    yield weights.parent / _FOLDER
    _, *parts = weights.parent.resolve().parts
    yield default_cache_dir().absolute().joinpath(_FOLDER, *parts)


def _make(folder: Path) -> None:
    """Make a folder that only its owner may write, and those above it, whatever the umask."""
    if not folder.parent.exists():
        _make(folder.parent)
    # What its owner has made read-only, such as a package, stays as it is: root could write there all the same.
    if not folder.parent.stat().st_mode & _OWNER_MAY_WRITE:
        raise PermissionError(errno.EACCES, "its owner has made it read-only", str(folder.parent))
    folder.mkdir(mode=0o755, exist_ok=True)


def _record(folder: Path, weights: Path) -> Path:
    return folder / f"{weights.name}.json"


def file_stat(path: Path) -> list[int]:
    """Return what changes with a file's content: reading it whole takes longer than loading the graph."""
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def _danger(folder: Path) -> str | None:
    """Return how another user could have changed what is kept, or None; only POSIX tells."""
    if os.name != "posix":
        return None
    return changeable(folder.parent.resolve() / folder.name, {os.geteuid(), ROOT})
