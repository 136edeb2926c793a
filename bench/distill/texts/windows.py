"""Passages as long as those of web search, cut from longer texts or joined from short ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from bench.distill.texts.question_forms import SENTENCE_END

# Around the 56 words that MS MARCO's passages have on average (Thakur et al. 2021, table 1).
_WORDS = (20, 80)
_LONGEST_SENTENCE = 60
_FEW_SENTENCES = 3


def sentences(text: str) -> list[str]:
    """Return a text's sentences."""
    return [sentence.strip() for sentence in SENTENCE_END.split(text) if sentence.strip()]


def windows(texts: Iterable[str], random: np.random.Generator) -> list[str]:
    """Return passages of consecutive sentences.

    Each gets a random length of 20 to 80 words, and ends with the sentence that reaches it. A remainder of less than 20
    words is dropped. Texts of one or two sentences are joined with those that follow: in files that keep the sentences
    of an article in order, these belong together. Longer texts are not joined.
    """
    return [window for run in _runs(texts) for window in _cut(run, random)]


def _runs(texts: Iterable[str]) -> Iterator[list[str]]:
    run: list[str] = []
    for text in texts:
        parts = [piece for sentence in sentences(text) for piece in _short(sentence)]
        if len(parts) < _FEW_SENTENCES:
            run += parts
            continue
        if run:
            yield run
            run = []
        yield parts
    if run:
        yield run


def _short(sentence: str) -> Iterator[str]:
    """Yield a sentence, in parts where it is too long: it is then a table, or a list without full stops."""
    words = sentence.split()
    for first in range(0, len(words), _LONGEST_SENTENCE):
        yield " ".join(words[first : first + _LONGEST_SENTENCE])


def _cut(run: Sequence[str], random: np.random.Generator) -> Iterator[str]:
    window: list[str] = []
    words = 0
    goal = random.integers(*_WORDS)
    for sentence in run:
        window.append(sentence)
        words += len(sentence.split())
        if words >= goal:
            yield " ".join(window)
            window, words, goal = [], 0, random.integers(*_WORDS)
    if words >= _WORDS[0]:
        yield " ".join(window)
