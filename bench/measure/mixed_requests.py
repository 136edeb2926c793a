"""Requests whose pairs have the lengths of a mix, made of questions and documentation that are on every machine."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import cycle, islice

from bench.data.length_mixes import LengthMix
from bench.data.quickstart.python_docs import DATASET_ID, PythonDocs
from bench.measure.request import Request
from flashrank import Ranker

#: Characters that are looked at for every token that is wanted; documentation has about four.
_CHARACTERS = 12


def mixed_requests(mix: LengthMix, requests: int, passages: int, ranker: Ranker, seed: int = 0) -> list[Request]:
    """Return requests of questions about Python's library and passages cut from its documentation.

    The passages are consecutive pieces of the docstrings in random order: natural text of the lengths asked for, few of
    which answer the question.

    Args:
        mix: The lengths of the pairs. A pair has at least one token of its passage.
        requests: How many requests.
        passages: Passages of each.
        ranker: Its tokenizer counts the tokens.
        seed: Of lengths, questions and the order of the docstrings.

    Raises:
        BenchError: Python runs without docstrings.
    """
    docs = PythonDocs(DATASET_ID)
    questions, texts = list(docs.queries().items()), [text for _, text in docs.documents()]
    draw = random.Random(seed)
    draw.shuffle(questions)
    draw.shuffle(texts)
    tokens = iter(mix.draw(requests * passages, seed))
    stream = _Stream(cycle(texts), ranker)
    made = []
    for number, (query_id, query) in enumerate(islice(cycle(questions), requests)):
        room = ranker.score(query, [""]).tokens[0]
        pieces = tuple(stream.cut(max(1, length - room)) for length in islice(tokens, passages))
        doc_ids = tuple(f"piece {number * passages + place}" for place in range(passages))
        made.append(Request(query_id, query, doc_ids, pieces))
    return made


class _Stream:
    """Texts one after the other, from which pieces are cut."""

    def __init__(self, texts: Iterator[str], ranker: Ranker) -> None:
        self._texts = texts
        self._tokenizer = ranker.tokenizer
        self._left = ""

    def cut(self, tokens: int) -> str:
        """Return the next piece of so many tokens."""
        while len(self._left) < _CHARACTERS * tokens:
            self._left = f"{self._left} {next(self._texts)}".lstrip()
        offsets = self._tokenizer.encode(self._left[: _CHARACTERS * tokens], add_special_tokens=False).offsets
        end = offsets[min(tokens, len(offsets)) - 1][1]
        piece, self._left = self._left[:end], self._left[end:].lstrip()
        return piece
