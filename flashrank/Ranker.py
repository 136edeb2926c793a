"""The public face: FlashRank's ``Ranker`` and ``RerankRequest``."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from flashrank import Config
from flashrank._cores import available_cores
from flashrank._memory import release_free_memory
from flashrank._parts import RankerParts
from flashrank.cascade.rescoring import PATIENCE, score_in_cascade
from flashrank.Config import default_model, listwise_rankers, model_file_map, model_url
from flashrank.errors import InvalidRequest
from flashrank.models.recipe import Recipe, read_recipe
from flashrank.models.store import ModelFiles
from flashrank.models.template import TextTemplate
from flashrank.scoring.pair import Pair
from flashrank.scoring.request import RerankRequest, checked_count, checked_passages, checked_query, checked_texts
from flashrank.scoring.scores import Scores
from flashrank.scoring.scripts import is_mostly_latin

__all__ = [
    "Ranker",
    "RerankRequest",
    "default_cache_dir",
    "default_model",
    "listwise_rankers",
    "model_file_map",
    "model_url",
]

_GRAPHS = ("fast", "as-shipped")
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

default_cache_dir: str


def __getattr__(name: str) -> str:
    """Return ``default_cache_dir`` as the environment has it now."""
    if name == "default_cache_dir":
        return Config.default_cache_dir
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class Ranker(RankerParts):
    """Ranks passages for a query, on the CPU; safe to use from many threads at once.

    ``session``, ``tokenizer``, ``model_dir``, ``cache_dir`` and ``logger`` may be read, and the first two replaced or
    deleted; a listwise model has neither of the two, and ``llm_model`` instead, which may be deleted. What differs from
    FlashRank 0.2.10, and why, is in ``DIFFERENCES.md`` beside this file.

    Args:
        model_name: A model of ``flashrank.list_models()`` or ``flashrank.Config.model_file_map``, a directory in
            FlashRank's layout, or a hub repository with ONNX files, as ``"org/name"``.
        cache_dir: Where models are kept, one directory each; by default ``$FLASHRANK_CACHE_DIR``, else the
            platform's user cache, and then what FlashRank 0.2.10 left of this user's in ``/tmp``.
        max_length: Most tokens per pair of query and passage, special tokens included; clamped to what the model
            takes.
        log_level: Level of the logger ``flashrank.Ranker``; by default it stays as it is.
        threads: Passages scored at once, or a listwise model's threads; by default the cores this process may use.
        offline: Never use the network: a model that is not on disk is an error.
        template: How query and passage become one text, as ``"Query: {query} Document: {passage}"``; empty to join the
            two as the tokenizer joins a pair; by default what the model's ``flashrank.json``, else its row, says.
        revision: Commit, branch or tag of a hub repository.
        file: Which of the ONNX files of a hub repository or a directory, by its path or its name.
        graph: ``"fast"`` runs a rewritten graph where the model is one that is known and the two agree on a few pairs,
            and keeps it beside the file. Scores of int8 models then differ a little from FlashRank's, and lie no
            farther from those of float32. ``"as-shipped"`` runs the model's file as it is, with FlashRank's bits.
        first: A smaller model that scores all passages, so that this one rescores only those that may still be among
            its first ten: a name, a directory, or a Ranker made with options of its own. Rescored passages have the
            scores of a Ranker without ``first``, and stand above all others. These keep the order of ``first``, and
            its scores, lowered where they would overtake. ``Scores.rescored`` says which are which.
        patience: How many passages in a row, down the order of ``first``, must not come among this model's first ten
            before it leaves the rest; 18 by default. With more, the order is closer to its own.

    Raises:
        InvalidRequest: An argument has the wrong type or value.
        ModelUnavailable: The model is not on disk and could not be fetched.
        InvalidModel: The model's files cannot be used.
    """

    def __init__(
        self,
        model_name: str | Path = default_model,
        cache_dir: str | Path | None = None,
        max_length: int = 512,
        log_level: str | None = None,
        *,
        threads: int | None = None,
        offline: bool = False,
        template: str | None = None,
        revision: str | None = None,
        file: str | None = None,
        graph: str = "fast",
        first: str | Path | Ranker | None = None,
        patience: int | None = None,
    ) -> None:
        level = None if log_level is None else str(log_level).upper()
        if level is not None and level not in logging.getLevelNamesMapping():
            raise InvalidRequest(f"log_level is {log_level!r}; allowed: {', '.join(_LOG_LEVELS)}")
        wanted = checked_count("max_length", max_length)
        for name, path in (("model_name", model_name), ("cache_dir", cache_dir or ".")):
            if not isinstance(path, str | os.PathLike):
                raise InvalidRequest(f"{name} is {type(path).__name__}, not a string or a path")
        for name, text in (("template", template), ("revision", revision), ("file", file)):
            if text is not None and not isinstance(text, str):
                raise InvalidRequest(f"{name} is {type(text).__name__}, not a string")
        if template:
            TextTemplate.parse(template)
        if graph not in _GRAPHS:
            raise InvalidRequest(f"graph is {graph!r}; allowed: {', '.join(_GRAPHS)}")
        if first is None and patience is not None:
            raise InvalidRequest(f"patience is {patience!r}, but no model comes before this one: give first, too")
        self.patience = PATIENCE if patience is None else checked_count("patience", patience)
        self.threads = available_cores() if threads is None else checked_count("threads", threads)
        self.logger = logging.getLogger(__name__)
        if level is not None:
            self.logger.setLevel(level)
        self.cache_dir = Path(Config.default_cache_dir if cache_dir is None else cache_dir).expanduser()
        self._options = {"offline": offline, "revision": revision, "file": file}
        files = self._on_disk(model_name, cache_dir)
        self.model_dir = files.directory
        self._weights = files.weights
        recipe = read_recipe(files.directory)
        self._english_only = (recipe.languages or (files.spec.languages if files.spec else ())) == ("en",)
        self._listwise = None
        if files.weights.suffix == ".gguf":
            unfit = {"template": template, "graph": None if graph == _GRAPHS[0] else graph, "first": first}
            self._load_listwise(files, wanted, **unfit)
        else:
            self._load_cross_encoder(files, recipe, wanted, template, graph == "fast")
            if first is not None:
                from flashrank._first import load_first

                self.first = load_first(first, self, cache_dir, graph)
                self._english_only |= self.first._english_only
        release_free_memory()

    def _load_cross_encoder(
        self, files: ModelFiles, recipe: Recipe, wanted: int, template: str | None, is_fast: bool
    ) -> None:
        # Loading onnxruntime takes longer than the rest of the import: only who ranks pays for it.
        from flashrank.scoring.session import CrossEncoder, load_session
        from flashrank.scoring.tokenizer import length_limit

        spec = files.spec
        text = next(said for said in (template, recipe.template, spec.template if spec else "") if said is not None)
        self._template = TextTemplate.parse(text) if text else None
        # First, as the tokenizer then takes some of the memory that loading the session leaves free.
        if is_fast:
            from flashrank.scoring.fast import load_fast_encoder, made_fast

            self._encoder, may_be_made = load_fast_encoder(files.weights, self.threads)
        else:
            self._encoder, may_be_made = CrossEncoder(load_session(files.weights), self.threads, files.weights), False
        limit = length_limit(files.directory, wanted, recipe.max_length or (spec.max_length if spec else None))
        self.max_length = limit.tokens
        self.tokenizer = self._get_tokenizer(limit.tokens)
        if self.max_length < (shortest := self._pair_encoder().shortest):
            raise InvalidRequest(
                f"max_length is {wanted}, of which {limit.tokens} can be used ({limit.source}); a pair of this model"
                f" takes at least {shortest}"
            )
        if self.max_length < wanted:
            self.logger.warning("max_length %d is clamped to %d, the limit of %s", wanted, *limit)
        if may_be_made:
            self._encoder = made_fast(self._encoder, files.weights, self._scoring_parts()[0])

    def _load_listwise(self, files: ModelFiles, wanted: int, **unfit: object) -> None:
        from flashrank.listwise.scorer import ListwiseScorer

        for name, value in unfit.items():
            if value is not None:
                raise InvalidRequest(f"{name} is {value!r}; {files.weights.name} is a listwise model and takes none")
        self.max_length = min(wanted, files.spec.max_length) if files.spec else wanted
        if self.max_length < wanted:
            self.logger.warning("max_length %d is clamped to %d, the limit of the model", wanted, self.max_length)
        self._is_listwise = True
        self._listwise = ListwiseScorer(
            files.weights, max_length=self.max_length, threads=self.threads, logger=self.logger
        )

    def rerank(self, request: RerankRequest) -> list[dict[str, Any]]:
        """Return the passages of ``request`` as new dicts with a ``"score"`` in 0..1, best first.

        Every passage comes back, with every key it had, ordered by its logit, which still differs where the scores of
        a very sure model are all 1.0; equal logits keep the order given. So of two almost equal scores the first may be
        the lower one, in the last bit of a float32. The request and its passages are left as they were.

        Raises:
            InvalidRequest: The query or a passage's text is missing or not a string.
            InvalidModel: The model fails on a pair, or gives NaN.
        """
        passages = checked_passages(request.passages)
        scored = self.score(checked_query(request.query), [passage["text"] for passage in passages])
        results = [{**passage, "score": score} for passage, score in zip(passages, scored.scores, strict=True)]
        return [results[place] for place in sorted(range(len(results)), key=lambda place: -scored.logits[place])]

    def score(self, query: str, texts: Iterable[str]) -> Scores:
        """Return the relevance of each of ``texts`` for ``query``, in the order given, with token counts.

        A cross-encoder's score depends on the query, the text and the model alone: not on the other texts, their order,
        or the number of threads. A listwise model's says where the text stands among the others.

        Raises:
            InvalidRequest: The query or a text is not a string.
            InvalidModel: The model fails on a pair, or gives NaN.
        """
        checked_query(query)
        texts = checked_texts(texts)
        if not texts:
            return Scores.from_pairs((), None if self.first is None else ())
        if self._english_only and not is_mostly_latin(query):
            self._english_only = False  # said once
            self.logger.warning("this model knows English only: scores for a query in another script mean little")
        return self._listwise_scorer().score(query, texts) if self._is_listwise else self._score_pairs(query, texts)

    def encode(self, query: str, texts: Iterable[str]) -> list[Pair]:
        """Return what a cross-encoder reads of ``query`` and each of ``texts``, in the order given.

        These are the token ids that ``score`` runs the model on: special tokens included, cut to ``max_length``, not
        padded.

        Raises:
            InvalidRequest: The query or a text is not a string, or the model is a listwise one, which reads no pairs.
        """
        checked_query(query)
        texts = checked_texts(texts)
        if self._is_listwise:
            raise InvalidRequest(f"{self._weights.name} is a listwise model, which reads no pairs: use a cross-encoder")
        return self._pair_encoder().encode(query, texts)

    def _score_pairs(self, query: str, texts: list[str]) -> Scores:
        from flashrank.scoring.session import score_pairs

        large = partial(score_pairs, *(parts := self._scoring_parts()), query)
        if self.first is None:
            scores = Scores.from_pairs(large(texts))
        else:
            small = partial(score_pairs, *self.first._scoring_parts(), query)
            scores = score_in_cascade(texts, small, large, self.patience)
        if scores.truncated:
            told = (scores.truncated, len(texts), parts[0].max_length, scores.tokens_cut)
            self.logger.warning("truncated %d of %d passages to %d tokens with the query: %d tokens were cut", *told)
        return scores
