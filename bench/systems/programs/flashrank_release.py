"""FlashRank 0.2.10, which this library replaces."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

PACKAGE = "flashrank"
GIVES_LOGITS = False


def load(setup: dict[str, Any]) -> Callable[[str, list[str]], list[tuple[int, float]]]:
    """Return the function that ranks.

    FlashRank takes neither a model that is not in its list nor a number of threads. So the model is put into the list:
    its name is the path of its directory, which stays what it is when it is joined to ``cache_dir``. And the session
    is given the threads where onnxruntime makes it, since a second session would take memory.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = setup["threads"]
    onnxruntime.InferenceSession = partial(onnxruntime.InferenceSession, sess_options=options)
    # Looked up by its name, as a type checker would take it for this library, whose name is the same.
    flashrank = import_module(PACKAGE)
    sys.modules[flashrank.Ranker.__module__].model_file_map[setup["directory"]] = setup["file"]
    ranker = flashrank.Ranker(
        model_name=setup["directory"], cache_dir="/", max_length=setup["max_length"], log_level="ERROR"
    )

    def rank(query: str, texts: list[str]) -> list[tuple[int, float]]:
        passages = [{"id": place, "text": text} for place, text in enumerate(texts)]
        results = ranker.rerank(flashrank.RerankRequest(query=query, passages=passages))
        return [(result["id"], result["score"]) for result in results]

    return rank
