"""A model's rewritten graph as a session, once it has been seen to score as the model's own does."""

from __future__ import annotations

import contextlib
import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from flashrank.errors import InvalidModel
from flashrank.graphs.rewrite import rewrite
from flashrank.models.kept_graph import file_stat, find_kept, keep
from flashrank.scoring.heads import relevance_logits
from flashrank.scoring.samples import SAMPLES
from flashrank.scoring.session import CrossEncoder, load_session

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from flashrank.scoring.pair_encoder import PairEncoder
    from flashrank.scoring.prompt_encoder import PromptEncoder

log = logging.getLogger("flashrank")

#: How far a logit may lie from that of the model's own graph, as a share of the range of logits over the samples.
#: Float32 sums in another order move it by a millionth. Where activations are quantised, another rounding moves it by a
#: hundredth. A graph that was not understood moves all logits anywhere.
_TOLERANCE, _QUANTISED_TOLERANCE = 1e-3, 0.1
#: What is read of the samples but the longest: passages per query, and characters of a text. It is enough to tell, and
#: soon done: where nothing can be kept, every process does it.
_PASSAGES, _SAMPLE = 2, 100


def load_fast_encoder(weights: Path, threads: int) -> tuple[CrossEncoder, bool]:
    """Return what runs a model: its rewritten graph if one was checked and kept, else its own.

    Args:
        weights: The model's ONNX file.
        threads: Pairs run at once per call.

    Returns:
        The encoder, and whether a rewritten graph may still be made: none is kept, and nothing says that there is none.

    Raises:
        InvalidModel: onnxruntime cannot load the model, or it is no cross-encoder.
    """
    kept = find_kept(weights)
    if kept is not None and kept.path is not None:
        # What was damaged since is made again.
        with contextlib.suppress(InvalidModel):
            return _fast_encoder(load_session(kept.path), weights, threads), False
    return CrossEncoder(load_session(weights), threads, weights), kept is None or kept.path is not None


def made_fast(own: CrossEncoder, weights: Path, pairs: PairEncoder | PromptEncoder) -> CrossEncoder:
    """Return what runs a model's rewritten graph, kept for the next process; ``own`` where there is none that agrees.

    Args:
        own: Runs the model as it is.
        weights: Its ONNX file.
        pairs: Encodes the samples that both are run on.
    """
    try:
        stat, graph = file_stat(weights), rewrite(weights)
    except OSError:  # gone since it was loaded
        return own
    fast = None if graph is None else _loaded(graph, weights, own.threads)
    if graph is not None and fast is not None and not _agree(fast, own, pairs, _tolerance(graph)):
        log.warning("%s: its rewritten graph scores differently, so the model is run as it is", weights)
        fast = None
    keep(weights, graph if fast is not None else None, stat)
    return fast or own


def _fast_encoder(session: InferenceSession, weights: Path, threads: int) -> CrossEncoder:
    return CrossEncoder(session, threads, weights, partial(load_session, weights))


def _loaded(graph: bytes, weights: Path, threads: int) -> CrossEncoder | None:
    try:
        return _fast_encoder(load_session(graph), weights, threads)
    except InvalidModel:  # rewritten into something that onnxruntime does not take
        return None


def _tolerance(graph: bytes) -> float:
    # DynamicQuantizeLinear, DynamicQuantizeMatMul or QuantizeLinear; weights alone have DequantizeLinear.
    return _QUANTISED_TOLERANCE if b"Quantize" in graph else _TOLERANCE


def _agree(fast: CrossEncoder, own: CrossEncoder, encoder: PairEncoder | PromptEncoder, tolerance: float) -> bool:
    texts = ((query, [passage[:_SAMPLE] for passage in passages[:_PASSAGES]]) for query, passages in SAMPLES)
    pairs = [pair for query, passages in texts for pair in encoder.encode(query[:_SAMPLE], passages)]
    # What differs only between tokens far apart, such as a window of attention, shows in a long pair.
    pairs += encoder.encode(SAMPLES[0][0], [max((text for _, texts in SAMPLES for text in texts), key=len)])
    try:
        found, expected = (relevance_logits(each.logits(pairs)).astype(np.float64) for each in (fast, own))
    except InvalidModel:
        return False
    return bool(np.abs(found - expected).max() <= tolerance * np.ptp(expected) + 1e-4)
