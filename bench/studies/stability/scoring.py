"""Two ways to the same logits: each pair alone, as flashrank runs it, or all of a request in one padded batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from flashrank import Pair
from flashrank.models.files import read_json
from flashrank.scoring.heads import FloatArray
from flashrank.scoring.pair_encoder import PairEncoder
from flashrank.scoring.session import CrossEncoder, load_session
from flashrank.scoring.tokenizer import load_tokenizer

Scorer = Callable[[str, Sequence[str]], FloatArray]
"""Query and passages -> logits, float32 of shape (passages, 1 or 2)."""


def load_scorer(directory: Path, onnx: Path, *, max_length: int, threads: int, batched: bool) -> Scorer:
    """Return a function that scores requests.

    Args:
        directory: A model directory in FlashRank's layout, for its tokenizer.
        onnx: The graph to run, of that model or made from it.
        max_length: Most tokens per pair.
        threads: Pairs run at once, or, batched, threads of the one run.
        batched: Whether a request is one padded batch, as FlashRank 0.2.10 and most libraries make it.

    Raises:
        InvalidModel: The model's files cannot be used.
    """
    tokenizer, limit = load_tokenizer(directory, max_length)
    encoder = PairEncoder(tokenizer, limit)
    if batched:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        session = ort.InferenceSession(str(onnx), options, providers=["CPUExecutionProvider"])
        padding = int(read_json(directory / "config.json").get("pad_token_id") or 0)
        return lambda query, passages: padded_logits(session, encoder.encode(query, passages), padding)
    model = CrossEncoder(load_session(onnx), threads, onnx)
    return lambda query, passages: model.logits(encoder.encode(query, passages))


def padded_logits(session: ort.InferenceSession, pairs: Sequence[Pair], padding: int) -> FloatArray:
    """Return the logits of pairs that are run at once, all as long as the longest.

    Args:
        session: Takes ``input_ids`` and optionally ``attention_mask`` and ``token_type_ids``.
        pairs: At least one.
        padding: Token id that fills up shorter pairs, masked.
    """
    return np.asarray(session.run(None, padded(session, pairs, padding))[0], dtype=np.float32)


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
