"""The first model of a cascade: a Ranker of its own, refused before it is loaded where it does not fit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from flashrank.Config import model_file_map
from flashrank.errors import InvalidRequest
from flashrank.models.store import locate_model

if TYPE_CHECKING:
    from flashrank.Ranker import Ranker


def load_first(first: str | Path | Ranker, second: Ranker, cache_dir: str | Path | None, graph: str) -> Ranker:
    """Return the Ranker that scores before another one does.

    Args:
        first: A model's name or directory, of which one is made with the options of ``second``, or the Ranker itself.
        second: The Ranker that it comes before.
        cache_dir: Where models are kept.
        graph: Which graph is run.

    Raises:
        InvalidRequest: It is something else, the second model itself, a listwise model, or has a first one of its own.
        ModelUnavailable: The model is not on disk and could not be fetched.
        InvalidModel: The model's files cannot be used.
    """
    from flashrank.Ranker import Ranker

    if isinstance(first, Ranker):
        if first.first is not None:
            raise InvalidRequest("first is a Ranker that has a first model of its own: give one without")
        _check(str(first.model_dir), first._weights, second)
        return first
    if not isinstance(first, str | os.PathLike):
        raise InvalidRequest(f"first is {type(first).__name__}, not a model's name, a directory or a Ranker")
    located = locate_model(first, cache_dir)
    weights = located.weights if located is not None else Path(model_file_map.get(str(first), ""))
    _check(str(first), weights, second)
    offline = second._options["offline"]
    return Ranker(first, cache_dir, second.max_length, threads=second.threads, offline=offline, graph=graph)


def _check(name: str, weights: Path, second: Ranker) -> None:
    if weights.suffix == ".gguf":
        raise InvalidRequest(f"first is {name!r}, a listwise model, which scores no pairs: give a cross-encoder")
    if weights.is_file() and weights.samefile(second._weights):
        raise InvalidRequest(f"first is {name!r}, the model that is to rescore: give another, smaller one")
