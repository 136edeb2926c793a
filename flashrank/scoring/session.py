"""Token ids to logits: one pair per ``session.run``, one thread per run, several runs at once.

There is no batch and so no padding: a pair costs what its own tokens cost, memory does not grow with the
number of candidates, and a pair's logits cannot depend on the other pairs. That matters most for the int8
models, which choose the quantisation of their activations per tensor at run time: in a batch, every passage
shifts the scores of every other.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from flashrank.errors import InvalidModel, first_line, logged
from flashrank.scoring.heads import FloatArray, relevance_logits, scores_from_logits
from flashrank.scoring.pair import Pair
from flashrank.scoring.scores import ScoredPair

if TYPE_CHECKING:
    from flashrank.scoring.pair_encoder import PairEncoder
    from flashrank.scoring.prompt_encoder import PromptEncoder

_DTYPES = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_OUTPUTS = ("tensor(float)", "tensor(float16)", "tensor(double)")


def load_session(onnx: Path | bytes) -> ort.InferenceSession:
    """Load an ONNX file, or the content of one, to be run by one thread per call.

    Raises:
        InvalidModel: onnxruntime cannot load it.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # A plan of memory is kept for every length seen, and saves no time.
    options.enable_mem_pattern = False
    try:
        model = onnx if isinstance(onnx, bytes) else str(onnx)
        return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no public base class
        name = "a graph" if isinstance(onnx, bytes) else onnx
        raise logged(InvalidModel(f"{name}: onnxruntime cannot load it: {first_line(error)}"), error) from None


class CrossEncoder:
    """Runs a session over pairs; safe to call from many threads at once.

    Args:
        session: Any ONNX session that takes ``input_ids`` and optionally ``attention_mask`` and
            ``token_type_ids``, each of shape (batch, sequence), and whose first output is (batch, 1 or 2).
        threads: Pairs run at once per call: the calling thread and ``threads - 1`` helpers, which calls share.
        name: What errors call the model: its file.
        loader: Gives the session that callers see, where that is another one than the one that is run.

    Raises:
        InvalidModel: Its inputs or outputs are others.
    """

    def __init__(
        self,
        session: ort.InferenceSession,
        threads: int,
        name: str | Path = "the session",
        loader: Callable[[], ort.InferenceSession] | None = None,
    ) -> None:
        self._session = session
        self._load = loader
        self.threads = threads
        self.name = name
        nodes = session.get_inputs()
        self._inputs = {node.name: _DTYPES.get(node.type) for node in nodes}
        if "input_ids" not in self._inputs or not set(self._inputs) <= set(_INPUTS) or None in self._inputs.values():
            found = ", ".join(f"{node.name} {node.type}" for node in nodes)
            raise InvalidModel(f"{name}: its inputs are {found}; expected int64 or int32 of: {', '.join(_INPUTS)}")
        for node in nodes:
            batch, sequence = node.shape if len(node.shape) == 2 else (0, 0)
            if isinstance(sequence, int) or (isinstance(batch, int) and batch != 1):
                raise InvalidModel(
                    f"{name}: its input {node.name} has shape {node.shape}; expected (batch, sequence) of any length:"
                    " export it with dynamic axes"
                )
        output = session.get_outputs()[0]
        self._output = output.name
        # An empty shape is one that onnxruntime could not infer: every answer's is looked at anyway.
        fits = len(output.shape) == 2 and (not isinstance(output.shape[1], int) or output.shape[1] in (1, 2))
        if (output.shape and not fits) or output.type not in _OUTPUTS:
            raise InvalidModel(
                f"{name}: its output {output.name} is {output.type} of shape {output.shape}; a cross-encoder's is a"
                " float tensor of shape (batch, 1 or 2)"
            )
        self._start_helpers()

    @property
    def is_rewritten(self) -> bool:
        """Whether another graph than the model's own is run."""
        return self._load is not None

    @cached_property
    def session(self) -> ort.InferenceSession:
        """The session of the model's own graph; where another one is run in its place, loaded when it is asked for."""
        return self._session if self._load is None else self._load()

    def logits(self, pairs: Sequence[Pair]) -> FloatArray:
        """Return the logits of every pair, float32 of shape (pairs, 1 or 2).

        Raises:
            InvalidModel: onnxruntime fails on a pair, or the model gives NaN.
        """
        # Longest first, so that no thread starts the longest pair when the others have nothing left to do.
        waiting = deque(sorted(range(len(pairs)), key=lambda i: -len(pairs[i].ids)))
        rows: list[Any] = [None] * len(pairs)

        def work() -> None:
            try:
                while waiting:
                    try:
                        i = waiting.popleft()
                    except IndexError:  # another thread took the last one
                        return
                    rows[i] = self._run(pairs[i])
            except BaseException:
                waiting.clear()
                raise

        futures = [self._pool().submit(work) for _ in range(min(self.threads, len(pairs)) - 1)]
        try:
            work()
        finally:
            # A helper that is busy with another caller's pairs has nothing left to do here.
            running = [future for future in futures if not future.cancel()]
            for future in running:
                future.exception()
        for future in running:
            future.result()
        logits = np.concatenate(rows, axis=0)
        if np.isnan(logits).any():
            count = int(np.isnan(logits).any(axis=1).sum())
            raise InvalidModel(
                f"{self.name} gave NaN for {count} of {len(pairs)} passages: its weights are damaged or overflow"
            )
        return logits

    def _run(self, pair: Pair) -> npt.NDArray[Any]:
        length = len(pair.ids)
        feed = {"input_ids": np.array([pair.ids], dtype=self._inputs["input_ids"])}
        if "attention_mask" in self._inputs:
            feed["attention_mask"] = np.ones((1, length), dtype=self._inputs["attention_mask"])
        if "token_type_ids" in self._inputs:
            feed["token_type_ids"] = np.array([pair.type_ids], dtype=self._inputs["token_type_ids"])
        try:
            (logits,) = self._session.run([self._output], feed)
        except Exception as error:  # onnxruntime's exceptions share no public base class
            message = (
                f"{self.name}: onnxruntime failed on a pair of {length} tokens: {first_line(error)}; if it takes"
                " shorter ones, its position table is shorter than config.json says: give Ranker a smaller max_length"
            )
            raise logged(InvalidModel(message), error) from None
        if logits.ndim != 2 or logits.shape[0] != 1 or logits.shape[1] not in (1, 2):
            raise InvalidModel(f"{self.name}: it gave an output of shape {logits.shape} for one pair, not (1, 1 or 2)")
        with np.errstate(over="ignore"):  # a double beyond float32 is infinite
            return np.asarray(logits, dtype=np.float32)

    def _start_helpers(self) -> None:
        self._helpers = ThreadPoolExecutor(max(1, self.threads - 1), thread_name_prefix="flashrank")
        self._helpers_pid = os.getpid()

    def _pool(self) -> ThreadPoolExecutor:
        # A fork copies the executor but none of its threads: the child needs threads of its own.
        if self._helpers_pid != os.getpid():
            self._start_helpers()
        return self._helpers


def score_pairs(
    encoder: PairEncoder | PromptEncoder, cross_encoder: CrossEncoder, query: str, texts: Sequence[str]
) -> list[ScoredPair]:
    """Return the pairs of ``query`` and each of ``texts``, at least one, scored, in the order given.

    Args:
        encoder: Makes the pairs.
        cross_encoder: Runs the model over them.
        query: The query.
        texts: The passages.

    Raises:
        InvalidModel: The model fails on a pair, or gives NaN.
    """
    pairs = encoder.encode(query, texts)
    logits = cross_encoder.logits(pairs)
    found = zip(scores_from_logits(logits).tolist(), relevance_logits(logits).tolist(), pairs, strict=True)
    return [ScoredPair(score, logit, len(pair.ids), pair.cut) for score, logit, pair in found]
