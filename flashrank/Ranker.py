"""The public face: FlashRank's ``Ranker`` and ``RerankRequest``."""

from __future__ import annotations

import logging
import operator
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flashrank.cores import available_cores
from flashrank.errors import InvalidRequest
from flashrank.memory import release_free_memory
from flashrank.models import DEFAULT_MODEL
from flashrank.scores import Scores
from flashrank.scripts import is_mostly_latin
from flashrank.store import default_cache_dir, resolve_model

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class RerankRequest:
    """A query and the passages to rank for it.

    Args:
        query: The query.
        passages: One mapping per passage with at least a ``"text"``; every other key is handed through.
    """

    def __init__(self, query: str | None = None, passages: Iterable[Mapping[str, Any]] | None = None) -> None:
        self.query = query
        self.passages = passages if passages is not None else []


class Ranker:
    """Ranks passages for a query with a cross-encoder, on the CPU; safe to use from many threads at once.

    ``session``, ``tokenizer``, ``model_dir``, ``cache_dir`` and ``logger`` may be read, and the first two replaced.

    Args:
        model_name: A model of ``flashrank.list_models()``, or a directory in FlashRank's layout.
        cache_dir: Where models are kept, one directory each; by default ``$FLASHRANK_CACHE_DIR``, else the
            platform's user cache.
        max_length: Most tokens per pair of query and passage, special tokens included; clamped to what the
            model takes.
        log_level: Level of the logger ``flashrank.Ranker``.
        threads: Passages scored at once; by default the cores this process may use.
        offline: Never use the network: a model that is not on disk is an error.

    Raises:
        InvalidRequest: An argument has the wrong type or value.
        ModelUnavailable: The model is not on disk and could not be fetched.
        InvalidModel: The model's files cannot be used.
    """

    def __init__(
        self,
        model_name: str | Path = DEFAULT_MODEL,
        cache_dir: str | Path | None = None,
        max_length: int = 512,
        log_level: str = "INFO",
        *,
        threads: int | None = None,
        offline: bool = False,
    ) -> None:
        # Loading onnxruntime takes longer than the rest of the import: only who ranks pays for it.
        from flashrank.cross_encoder import load_session
        from flashrank.tokenizer import load_tokenizer

        if str(log_level).upper() not in _LOG_LEVELS:
            raise InvalidRequest(f"log_level is {log_level!r}; allowed: {', '.join(_LOG_LEVELS)}")
        wanted = _positive("max_length", max_length)
        for name, path in (("model_name", model_name), ("cache_dir", cache_dir or ".")):
            if not isinstance(path, str | os.PathLike):
                raise InvalidRequest(f"{name} is {type(path).__name__}, not a string or a path")
        self.threads = available_cores() if threads is None else _positive("threads", threads)
        self.logger = logging.getLogger(__name__)
        self.logger.setLevel(log_level.upper())
        self.cache_dir = Path(cache_dir).expanduser() if cache_dir is not None else default_cache_dir()
        files = resolve_model(model_name, cache_dir, offline=offline)
        self.model_dir = files.directory
        self._english_only = files.spec is not None and files.spec.languages == ("en",)
        # First, as the tokenizer then takes some of the memory that loading the session leaves free.
        self.session = load_session(files.weights)
        limit = files.spec.max_length if files.spec is not None else None
        tokenizer, self.max_length = load_tokenizer(files.directory, wanted, limit)
        self.tokenizer = tokenizer
        if self.max_length < self._pairs.shortest:
            raise InvalidRequest(
                f"max_length is {max_length}; a pair of this model takes at least {self._pairs.shortest}"
            )
        if self.max_length < wanted:
            self.logger.warning("max_length %d is clamped to %s's own %d", wanted, model_name, self.max_length)
        release_free_memory()

    @property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer in use; its truncation setting is the limit on a pair's tokens."""
        return self._pairs.tokenizer

    @tokenizer.setter
    def tokenizer(self, tokenizer: Tokenizer) -> None:
        from flashrank.pairs import PairEncoder

        self._pairs = PairEncoder(tokenizer, self.max_length)

    @property
    def session(self) -> InferenceSession:
        """The ONNX session in use."""
        return self._encoder.session

    @session.setter
    def session(self, session: InferenceSession) -> None:
        from flashrank.cross_encoder import CrossEncoder

        self._encoder = CrossEncoder(session, self.threads)

    def rerank(self, request: RerankRequest) -> list[dict[str, Any]]:
        """Return the passages of ``request`` as new dicts with a ``"score"`` in 0..1, best first.

        Every passage comes back, with every key it had; equal scores keep the order given; the request and its
        passages are left as they were.

        Raises:
            InvalidRequest: The query or a passage's text is missing or not a string.
            InvalidModel: The model fails on a pair, or gives NaN.
        """
        if request.passages is None or isinstance(request.passages, str | Mapping):
            raise InvalidRequest(f"passages is {type(request.passages).__name__}, not a list of dicts")
        passages = list(request.passages)
        scored = self.score(_query(request.query), [_text(i, passage) for i, passage in enumerate(passages)])
        results = [{**passage, "score": score} for passage, score in zip(passages, scored.scores, strict=True)]
        return sorted(results, key=lambda result: result["score"], reverse=True)

    def score(self, query: str, texts: Iterable[str]) -> Scores:
        """Return the relevance of each of ``texts`` for ``query``, in the order given, with token counts.

        A text's score depends on the query, the text and the model alone: not on the other texts, their order,
        or the number of threads.

        Raises:
            InvalidRequest: The query or a text is not a string.
            InvalidModel: The model fails on a pair, or gives NaN.
        """
        from flashrank.heads import scores_from_logits

        _query(query)
        if isinstance(texts, str) or not isinstance(texts, Iterable):
            raise InvalidRequest(f"texts is {type(texts).__name__}, not a list of strings")
        texts = list(texts)
        for i, text in enumerate(texts):
            if not isinstance(text, str):
                raise InvalidRequest(f"texts[{i}] is {type(text).__name__}, not a string")
        if not texts:
            return Scores((), (), 0, 0)
        if self._english_only and not is_mostly_latin(query):
            self._english_only = False  # said once
            self.logger.warning("this model knows English only: scores for a query in another script mean little")
        pairs = self._pairs.encode(query, texts)
        truncated = sum(pair.cut > 0 for pair in pairs)
        tokens_cut = sum(pair.cut for pair in pairs)
        if truncated:
            self.logger.warning(
                "truncated %d of %d passages to %d tokens with the query: %d tokens were cut",
                truncated,
                len(pairs),
                self._pairs.max_length,
                tokens_cut,
            )
        scores = scores_from_logits(self._encoder.logits(pairs))
        return Scores(tuple(scores.tolist()), tuple(len(pair.ids) for pair in pairs), truncated, tokens_cut)


def _positive(name: str, value: int) -> int:
    try:
        number = 0 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = 0
    if number < 1:
        raise InvalidRequest(f"{name} is {value!r}; it must be a whole number of at least 1")
    return number


def _query(query: object) -> str:
    if not isinstance(query, str):
        raise InvalidRequest(f"query is {type(query).__name__}, not a string")
    return query


def _text(position: int, passage: object) -> str:
    if not isinstance(passage, Mapping):
        raise InvalidRequest(f"passages[{position}] is {type(passage).__name__}, not a dict with a 'text'")
    if "text" not in passage:
        raise InvalidRequest(f"passages[{position}] has no 'text'; its keys are: {', '.join(map(str, passage))}")
    text = passage["text"]
    if not isinstance(text, str):
        raise InvalidRequest(f"passages[{position}]['text'] is {type(text).__name__}, not a string")
    return text
