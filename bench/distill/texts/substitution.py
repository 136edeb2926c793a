"""Words exchanged for others, so that a student meets more of its vocabulary.

The training texts have few topics. Often all that matters in a pair is that a word of the query is in the passage too.
So some words are exchanged, each for the same other word everywhere in a query and its passages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bench.distill.texts.hashing import text_hash

_WORD = re.compile(r"[A-Za-z]{4,}")
_QUERY_SHARE, _PASSAGES_SHARE = 0.6, 0.15
_QUESTION = {
    "what",
    "which",
    "whom",
    "whose",
    "when",
    "where",
    "does",
    "mean",
    "many",
    "much",
    "long",
    "used",
    "between",
}


class Substitution:
    """Exchanges most words of a query, and a few that are only in its passages.

    Args:
        query: The query before the exchange.
        words: The words that others are exchanged for, in lower case.
    """

    def __init__(self, query: str, words: Sequence[str]) -> None:
        from bm25s.stopwords import STOPWORDS_EN

        self._query, self._words = query, words
        self._asked = {_singular(word) for word in _WORD.findall(query)}
        self._kept = {*STOPWORDS_EN, *_QUESTION}

    def __call__(self, text: str) -> str:
        """Return the query, or one of its passages, with its words exchanged."""
        return _WORD.sub(lambda match: self._other(match.group()), text)

    def _other(self, word: str) -> str:
        form = _singular(word)
        digest = text_hash(f"{form} in {self._query}")
        share = _QUERY_SHARE if form in self._asked else _PASSAGES_SHARE
        if word.lower() in self._kept or int.from_bytes(digest[:4], "big") >= share * 2**32:
            return word
        new = self._words[int.from_bytes(digest[4:8], "big") % len(self._words)]
        new += "s" if form != word.lower() else ""
        return new.capitalize() if word[0].isupper() else new


def _singular(word: str) -> str:
    form = word.lower()
    return form[:-1] if len(form) > 4 and form.endswith("s") and not form.endswith("ss") else form
