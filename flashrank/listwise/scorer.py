"""Scores by the order in which a language model puts a query's passages, asked window by window."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flashrank.errors import InvalidModel, InvalidRequest
from flashrank.listwise.answer import read_named, whole_order
from flashrank.listwise.fitting import Fitted
from flashrank.listwise.llama import LlamaModel
from flashrank.listwise.prompt import ASSISTANT, SYSTEM, as_content, user_turn, whole_answer
from flashrank.listwise.windows import SIZE, rank
from flashrank.scoring.scores import Scores
from flashrank.scoring.token_ids import encodable

# Fewer tokens of a passage say too little to rank it by.
SHORTEST_PASSAGE = 16


class ListwiseScorer:
    """Ranks passages with RankZephyr, run by llama.cpp; safe to use from many threads, which then take turns.

    The model reads up to 20 passages at once and writes down their order. More than 20 are ranked in windows that
    slide from the bottom to the top, 10 passages a step. Decoding is greedy: one request has one answer.

    Args:
        gguf: The model's file.
        max_length: Most tokens of the query and one passage together. A window's prompt, with room for the answer,
            must fit the model's context as well (4096 tokens at most): long passages are cut evenly until it does,
            with 20 in a window to about 180 tokens.
        threads: Threads that llama.cpp uses.
        logger: Where truncation and doubts about the model are told.

    Raises:
        ModelUnavailable: llama-cpp-python is not installed.
        InvalidModel: The file cannot be loaded, or the model's context is too small for 20 passages.
        InvalidRequest: ``max_length`` has no room for a token of the query and one of the passage.
    """

    def __init__(self, gguf: Path, *, max_length: int, threads: int, logger: logging.Logger) -> None:
        if max_length < 2:
            raise InvalidRequest(f"max_length is {max_length}; a pair of query and passage takes at least 2 tokens")
        self.max_length = max_length
        self._logger = logger
        self._model = LlamaModel(gguf, threads)
        if (spare := self._room(SIZE)) < SIZE * SHORTEST_PASSAGE:
            needed = self._model.context - spare + SIZE * SHORTEST_PASSAGE
            raise InvalidModel(
                f"{gguf}: its context of {self._model.context} tokens is too small for {SIZE} passages,"
                f" which take {needed} or more"
            )
        if self._model.chat_template and "<|user|>" not in self._model.chat_template:
            logger.warning("%s: its chat template is not Zephyr's: it will be asked as RankZephyr is", gguf.name)

    @property
    def llama(self) -> Any:
        """The ``llama_cpp.Llama`` that runs the model."""
        return self._model.llama

    def score(self, query: str, texts: Sequence[str]) -> Scores:
        """Return what the model's order of ``texts`` gives, in the order given.

        The scores say where a passage stands among these passages, and nothing else: the one at rank r of n, counted
        from 0, has (n - r) / n, so that the best one has 1 and the last one 1 / n. They cannot be compared between
        requests. A passage that the model leaves out keeps its place behind those it names.

        ``tokens`` of the result counts the query and a passage once each, as for a cross-encoder. The model reads more:
        its instructions, the query twice in every window, and a passage in every window that it stands in.

        Raises:
            InvalidModel: llama.cpp fails.
        """
        count = len(texts)
        if not count:
            return Scores((), (), (), 0, 0)
        window = min(count, SIZE)
        fitted = Fitted(
            as_content(encodable(query)),
            [as_content(encodable(text)) for text in texts],
            max_length=self.max_length,
            room=self._room(window),
            window=window,
            model=self._model,
        )
        order = rank(count, lambda passages: self._order(fitted, passages))
        scores = [0.0] * count
        for place, passage in enumerate(order):
            scores[passage] = (count - place) / count
        truncated = sum(cut > 0 for cut in fitted.cut)
        if truncated:
            self._logger.warning(
                "truncated %d of %d passages to fit %d tokens with the query and %d in a window of %d: %d were cut",
                truncated,
                count,
                self.max_length,
                self._model.context,
                window,
                sum(fitted.cut),
            )
        return Scores(tuple(scores), tuple(scores), tuple(fitted.kept), truncated, sum(fitted.cut))

    def _order(self, fitted: Fitted, passages: Sequence[int]) -> list[int]:
        """Return ``passages``, which fit one window, in the model's order."""
        most = self._answer_tokens(len(passages))
        prompt = self._prompt(fitted, passages)
        while (excess := len(prompt) + most - self._model.context) > 0 and fitted.limit > 0:
            # Text put together can have a few more tokens than its parts.
            fitted.tighten(excess, passages)
            prompt = self._prompt(fitted, passages)
        answer = self._model.generate(prompt, most)
        self._logger.debug("ranked %d passages with a prompt of %d tokens: %s", len(passages), len(prompt), answer)
        named = read_named(answer, len(passages))
        if not named:
            self._logger.warning(
                "the answer names none of %d passages, which keep their order: %.80r", len(passages), answer
            )
        return [passages[position] for position in whole_order(named, len(passages))]

    def _prompt(self, fitted: Fitted, passages: Sequence[int]) -> list[int]:
        return self._conversation(fitted.query, [fitted.passage(number) for number in passages])

    def _conversation(self, query: str, passages: Sequence[str]) -> list[int]:
        return self._model.conversation([SYSTEM, user_turn(query, passages), ASSISTANT])

    def _answer_tokens(self, count: int) -> int:
        """Return the tokens that the order of ``count`` passages takes, with the one that ends it."""
        return len(self._model.tokens(whole_answer(count))) + 1

    def _room(self, count: int) -> int:
        """Return how many tokens a window of ``count`` passages leaves for them and the query."""
        return self._model.context - len(self._conversation("", [""] * count)) - self._answer_tokens(count)
