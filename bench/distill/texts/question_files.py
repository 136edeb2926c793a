"""Files of questions to label: the order of the questions, and the passages of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.common.digest import digest_files
from bench.common.errors import BenchError
from bench.common.textfile import numbered_lines
from bench.distill.texts.bm25_pool import Bm25Pool
from bench.distill.texts.hashing import generator_for, text_hash
from bench.distill.texts.question_forms import TrainingQuestion, vary

_WORDS = 250
_POSITIVES, _NEGATIVES, _HARD, _RANDOM, _HARD_RANKS = 2, 2, 3, 1, 30


class QuestionFile:
    """A ``*.jsonl`` file of ``{"query", "pos", "neg"}`` a line.

    Args:
        path: The file.

    Attributes:
        name: The file's, without its ending.
        digest: Of the content.
        questions: In a random order, each as it stands and in the form that
            :func:`~bench.distill.texts.question_forms.vary` gives it. Those without an answer are left out.

    Raises:
        BenchError: The file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self.digest = digest_files([path])
        rows = [row for row in read_questions(path) if row.pos]
        self._pool = Bm25Pool([_cut(text) for row in rows for text in row.pos])
        varied = ((row, vary(row)) for row in rows)
        self.questions: Sequence[tuple[TrainingQuestion, TrainingQuestion]] = sorted(
            varied, key=lambda pair: text_hash(pair[0].query)
        )

    def candidates(self, row: TrainingQuestion, varied: TrainingQuestion) -> tuple[list[str], list[int]]:
        """Return a question's passages, and 1 for each that answers it, else 0.

        The passages are the question's own, some of BM25's best in the file, and a random one.
        """
        random = generator_for(row.query)
        negatives = [row.neg[i] for i in random.permutation(len(row.neg))[:_NEGATIVES]]
        own = [_cut(text) for text in (*varied.pos[:_POSITIVES], *negatives)]
        positive = {_cut(text) for text in row.pos}
        ranked = random.permutation(np.array(self._pool.search(varied.query, _HARD_RANKS), dtype=object))
        hard = [text for text in ranked if text not in positive][:_HARD]
        draws = random.integers(len(self._pool.texts), size=_RANDOM)
        others = [self._pool.texts[i] for i in draws if self._pool.texts[i] not in positive]
        texts = list(dict.fromkeys([*own, *hard, *others]))
        relevant = {_cut(text) for text in varied.pos}
        return texts, [int(text in relevant) for text in texts]


def question_files(data: Path) -> list[Path]:
    """Return the files of questions in a folder.

    Raises:
        BenchError: It has none.
    """
    paths = sorted(data.glob("*.jsonl"))
    if not paths:
        raise BenchError(f"{data}: no *.jsonl files of queries to label")
    return paths


def read_questions(path: Path) -> list[TrainingQuestion]:
    """Return the questions of a file.

    Raises:
        BenchError: It is damaged.
    """
    rows = []
    for place, line in numbered_lines(path):
        try:
            row = json.loads(line)
            rows.append(TrainingQuestion(str(row["query"]), tuple(row["pos"]), tuple(row["neg"])))
        except (ValueError, KeyError, TypeError) as error:
            raise BenchError(f"{place}: not a JSON object with `query`, `pos`, `neg`: {error}") from error
    return rows


def _cut(text: str) -> str:
    return " ".join(text.split()[:_WORDS])
