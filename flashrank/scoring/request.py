"""A request, and the checks that refuse one that cannot be scored."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from typing import Any

from flashrank.errors import InvalidRequest


class RerankRequest:
    """A query and the passages to rank for it.

    Args:
        query: The query.
        passages: One mapping per passage with at least a ``"text"``; every other key is handed through.
    """

    def __init__(self, query: str | None = None, passages: Iterable[Mapping[str, Any]] | None = None) -> None:
        self.query = query
        self.passages = passages if passages is not None else []


def checked_count(name: str, value: int) -> int:
    """Return ``value`` if it is a whole number of at least 1, also one of numpy's."""
    try:
        number = 0 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = 0
    if number < 1:
        raise InvalidRequest(f"{name} is {value!r}; it must be a whole number of at least 1")
    return number


def checked_query(query: object) -> str:
    """Return ``query`` if it is a string."""
    if not isinstance(query, str):
        raise InvalidRequest(f"query is {type(query).__name__}, not a string")
    return query


def checked_texts(texts: object) -> list[str]:
    """Return ``texts`` as a list if it is one of strings."""
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        raise InvalidRequest(f"texts is {type(texts).__name__}, not a list of strings")
    found = list(texts)
    for i, text in enumerate(found):
        if not isinstance(text, str):
            raise InvalidRequest(f"texts[{i}] is {type(text).__name__}, not a string")
    return found


def checked_passages(passages: object) -> list[Mapping[str, Any]]:
    """Return ``passages`` as a list if it is one of mappings with a text."""
    if isinstance(passages, str | Mapping) or not isinstance(passages, Iterable):
        raise InvalidRequest(f"passages is {type(passages).__name__}, not a list of dicts")
    found = list(passages)
    for i, passage in enumerate(found):
        if not isinstance(passage, Mapping):
            raise InvalidRequest(f"passages[{i}] is {type(passage).__name__}, not a dict with a 'text'")
        if "text" not in passage:
            raise InvalidRequest(f"passages[{i}] has no 'text'; its keys are: {', '.join(map(str, passage))}")
        if not isinstance(passage["text"], str):
            raise InvalidRequest(f"passages[{i}]['text'] is {type(passage['text']).__name__}, not a string")
    return found
