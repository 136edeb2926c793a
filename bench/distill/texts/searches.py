"""Search queries over all training texts, and the passages that BM25 finds for them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from bench.common.digest import digest_files, digest_of
from bench.distill.texts.bm25_pool import Bm25Pool
from bench.distill.texts.hashing import generator_for, text_hash
from bench.distill.texts.question_files import read_questions
from bench.distill.texts.question_forms import TrainingQuestion, keywords
from bench.distill.texts.search_forms import phrases, search_query
from bench.distill.texts.substitution import Substitution
from bench.distill.texts.windows import windows

_PASSAGES, _QUESTIONS = 10_000, 3_000
# First rank, last rank (exclusive, from 0) and number of the passages taken there: what a reranker has to tell apart.
_RANKS = ((0, 5, 3), (5, 30, 3), (30, 100, 2))
_SUBSTITUTED = 3


class Searches:
    """Search queries over the passages of all files together.

    Half of the queries are questions of the files, and every other of these is reduced to keywords. The other half are
    made from passages (:mod:`bench.distill.texts.search_forms`). In every third query and its passages, words are
    exchanged (:mod:`bench.distill.texts.substitution`). A file gives at most 3,000 questions and 10,000 passages.

    Args:
        paths: The files.
        words: The words that others are exchanged for.

    Attributes:
        name: Beginning of the names of the files of labels.
        digest: Of the content of the files, and the words.
        questions: In a random order, each as BM25 searches for it and as the teacher sees it.

    Raises:
        BenchError: A file is damaged.
    """

    name = "searches"

    def __init__(self, paths: Sequence[Path], words: Sequence[str]) -> None:
        self._words = words
        self.digest = digest_of([digest_files(paths), list(words)])
        passages: list[str] = []
        questions: dict[str, TrainingQuestion] = {}
        for path in paths:
            rows = [row for row in read_questions(path) if row.pos]
            texts = dict.fromkeys(text for row in rows for text in (*row.pos, *row.neg))
            random = generator_for(path.stem)
            # Cut twice, at other places each time.
            cut = list(dict.fromkeys([*windows(texts, random), *windows(texts, random)]))
            passages += [cut[i] for i in random.permutation(len(cut))[:_PASSAGES]]
            asked = sorted(rows, key=lambda row: text_hash(row.query))[:_QUESTIONS]
            questions |= {query: TrainingQuestion(query, row.pos, ()) for row in asked for query in [_asked(row.query)]}
        self._pool = Bm25Pool(passages)
        made = sorted(self._pool.texts, key=text_hash)[: len(questions)]
        questions |= {query: TrainingQuestion(query, (), ()) for query in self._made(made)}
        ordered = sorted(questions.values(), key=lambda row: text_hash(row.query))
        self.questions: Sequence[tuple[TrainingQuestion, TrainingQuestion]] = [
            (row, self._shown(row)) for row in ordered
        ]

    def candidates(self, row: TrainingQuestion, varied: TrainingQuestion) -> tuple[list[str], list[int]]:
        """Return a query's passages, and 1 for each that holds its answer, else 0."""
        random = generator_for(row.query)
        found = self._pool.search(row.query, max(last for _, last, _ in _RANKS))
        texts = [text for first, last, n in _RANKS for text in random.permutation(found[first:last])[:n].tolist()]
        relevant = [int(any(answer.strip() in text for answer in row.pos)) for text in texts]
        if varied is not row:
            exchange = Substitution(row.query, self._words)
            texts = [exchange(text) for text in texts]
        return texts, relevant

    def _shown(self, row: TrainingQuestion) -> TrainingQuestion:
        if text_hash(row.query)[10] % _SUBSTITUTED:
            return row
        return TrainingQuestion(Substitution(row.query, self._words)(row.query), row.pos, row.neg)

    def _made(self, passages: Sequence[str]) -> Iterator[str]:
        for passage in passages:
            if query := search_query(passage, self._rarity, generator_for(passage)):
                yield query

    def _rarity(self, word: str) -> float:
        return math.log(len(self._pool.texts) / max(2, self._passages_with[word]))

    @cached_property
    def _passages_with(self) -> Counter[str]:
        return Counter(
            word for text in self._pool.texts for word in {word for thing in phrases(text) for word in thing.split()}
        )


def _asked(query: str) -> str:
    return (keywords(query) if text_hash(query)[11] % 2 else "") or query
