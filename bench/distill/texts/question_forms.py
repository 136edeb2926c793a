"""The form of a training query: the question itself, its keywords, or a claim taken from its answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bench.distill.texts.hashing import text_hash

_CLAIM_WORDS = range(6, 31)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class TrainingQuestion:
    """A training query with the passages that are known to answer it, and some that are known not to."""

    query: str
    pos: tuple[str, ...]
    neg: tuple[str, ...]


def vary(question: TrainingQuestion) -> TrainingQuestion:
    """Return a question in one of three forms, which the hash of its text chooses.

    A third stay questions and a third become keywords. A third become a claim: a sentence of the first answer, whose
    other sentences then support it. Where the answer is too short for a claim, keywords are taken; where the question
    is too short for keywords, it stays as it is.
    """
    form = text_hash(question.query)[8] % 3
    if form == 2 and (claimed := _claim(question)):
        return claimed
    if form and (words := keywords(question.query)):
        return replace(question, query=words)
    return question


def _claim(question: TrainingQuestion) -> TrainingQuestion | None:
    sentences = SENTENCE_END.split(question.pos[0])
    fit = [i for i, sentence in enumerate(sentences) if len(sentence.split()) in _CLAIM_WORDS]
    if len(sentences) < 3 or not fit:
        return None
    i = fit[text_hash(question.query)[9] % len(fit)]
    rest = " ".join(sentences[:i] + sentences[i + 1 :])
    return replace(question, query=sentences[i].rstrip("."), pos=(rest, *question.pos[1:]))


def keywords(query: str) -> str:
    """Return a question without stopwords and question words, or nothing where fewer than two words are left."""
    from bm25s.stopwords import STOPWORDS_EN

    dull = {*STOPWORDS_EN, "what", "which", "who", "whom", "whose", "when", "where", "why", "how", "do", "does", "did"}
    words = [word for word in re.findall(r"[^\W_][\w'./+-]*", query) if word.lower() not in dull]
    return " ".join(word.rstrip(".'/-") for word in words) if len(words) > 1 else ""
