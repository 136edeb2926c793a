"""Two ways to the same logits: each pair alone, as flashrank runs it, or all of a request in one padded batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from bench.common.model_config import read_model_config
from flashrank import Pair, Ranker

FloatArray = npt.NDArray[np.float32]

Scorer = Callable[[str, Sequence[str]], FloatArray]
"""Query and passages -> the logits that order the passages, float32 of shape (passages,)."""


def load_scorer(
    directory: Path, onnx: Path, *, max_length: int, threads: int, batched: bool = False, graph: str = "as-shipped"
) -> Scorer:
    """Return a function that scores requests.

    Args:
        directory: A model directory in FlashRank's layout.
        onnx: The graph to run, in that directory.
        max_length: Most tokens per pair.
        threads: Pairs run at once, or, batched, threads of the one run.
        batched: Whether a request is one padded batch, as FlashRank 0.2.10 and most libraries make it.
        graph: ``as-shipped`` runs the graph as it is, ``fast`` as flashrank rewrites it; a batch runs it as it is.

    Raises:
        FlashRankError: The model's files cannot be used.
    """
    ranker = load_ranker(directory, onnx, max_length=max_length, threads=threads, graph=graph)
    if not batched:
        return lambda query, passages: np.array(ranker.score(query, passages).logits, dtype=np.float32)
    del ranker.session  # Only the memory of the session that runs is this variant's.
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(str(onnx), options, providers=["CPUExecutionProvider"])
    padding = int(read_model_config(directory).get("pad_token_id") or 0)
    return lambda query, passages: padded_logits(session, ranker.encode(query, passages), padding)


def load_ranker(
    directory: Path, onnx: Path, *, max_length: int = 512, threads: int = 1, graph: str = "as-shipped"
) -> Ranker:
    """Load a graph of a model directory as its users would; truncation is not logged.

    Raises:
        FlashRankError: The model's files cannot be used.
    """
    file = onnx.relative_to(directory).as_posix()
    return Ranker(
        directory, max_length=max_length, threads=threads, file=file, graph=graph, offline=True, log_level="ERROR"
    )


def padded_logits(session: ort.InferenceSession, pairs: Sequence[Pair], padding: int) -> FloatArray:
    """Return the logits of pairs that are run at once, all as long as the longest, float32 of shape (pairs,).

    Args:
        session: Takes ``input_ids`` and optionally ``attention_mask`` and ``token_type_ids``.
        pairs: At least one.
        padding: Token id that fills up shorter pairs, masked.
    """
    logits = np.asarray(session.run(None, padded(session, pairs, padding))[0], dtype=np.float32)
    # Of two logits the score is the softmax's second, whose logit is their difference: what ``Scores.logits`` holds.
    return logits[:, 0] if logits.shape[1] == 1 else logits[:, 1] - logits[:, 0]


def padded(session: ort.InferenceSession, pairs: Sequence[Pair], padding: int = 0) -> dict[str, npt.NDArray[Any]]:
    """Return what a session is fed for some pairs at once: all as long as the longest, the rest masked."""
    shape = (len(pairs), max(len(pair.ids) for pair in pairs))
    columns = {
        "input_ids": np.full(shape, padding),
        "attention_mask": np.zeros(shape, dtype=np.int64),
        "token_type_ids": np.zeros(shape, dtype=np.int64),
    }
    for row, pair in enumerate(pairs):
        length = len(pair.ids)
        columns["input_ids"][row, :length] = pair.ids
        columns["attention_mask"][row, :length] = 1
        columns["token_type_ids"][row, :length] = pair.type_ids
    return {
        node.name: columns[node.name].astype(np.int32 if "int32" in node.type else np.int64)
        for node in session.get_inputs()
    }
