"""Latency against exact token counts, through the same ``Ranker.rerank`` that a user calls."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pandas as pd

from bench.errors import BenchError
from bench.journal import Journal
from bench.specs import LatencySpec
from flashrank import Ranker, RerankRequest

_WORDS = ("time", "year", "people", "way", "day", "man", "thing", "world", "life", "hand", "part", "child")
_QUERY = "good time"


def request_of(ranker: Ranker, tokens: int, passages: int) -> RerankRequest:
    """Return a request of ``passages`` different passages, each making a pair of exactly ``tokens`` tokens.

    Raises:
        BenchError: The tokenizer cannot make such pairs.
    """
    room = tokens - ranker.score(_QUERY, [""]).tokens[0]
    beginnings = [_beginning(ranker, room, first) for first in range(passages + len(_WORDS))] if room > 0 else []
    lengths = ranker.score(_QUERY, beginnings).tokens
    exact = dict.fromkeys(text for text, length in zip(beginnings, lengths, strict=True) if length == tokens)
    if len(exact) < passages:
        raise BenchError(f"cannot make {passages} pairs of exactly {tokens} tokens for this tokenizer")
    return RerankRequest(_QUERY, [{"id": row, "text": text} for row, text in enumerate(list(exact)[:passages])])


def _beginning(ranker: Ranker, tokens: int, first: int) -> str:
    """Return a text of words, the first of them numbered ``first``, that ends with its token number ``tokens``."""
    # A number makes every text another one, however few words there are.
    text = " ".join([str(first), *(_WORDS[(first + i) % len(_WORDS)] for i in range(tokens))])
    return text[: ranker.tokenizer.encode(text, add_special_tokens=False).offsets[tokens - 1][1]]


def measure_latency(ranker: Ranker, grid: LatencySpec, journal: Journal) -> Iterator[None]:
    """Time the grid, adding each request to the journal; yields after each.

    The token counts take turns within every repeat, so that a machine that slows down for a while slows all of
    them. Counts above the ranker's own limit are left out.
    """
    requests = {
        tokens: request_of(ranker, tokens, grid.passages) for tokens in grid.tokens if tokens <= ranker.max_length
    }
    if not requests:
        raise BenchError(f"every token count of the latency grid is above the model's limit of {ranker.max_length}")
    spent = dict.fromkeys(requests, 0.0)
    done = set()
    for entry in journal.entries:
        done.add((entry["repeat"], entry["tokens"]))
        spent[entry["tokens"]] += entry["seconds"]
    for _ in range(grid.warmup):
        for request in requests.values():
            ranker.rerank(request)
    for repeat in range(grid.repeats):
        for tokens, request in requests.items():
            enough = spent[tokens] >= grid.max_seconds and repeat >= grid.min_repeats
            if not enough and (repeat, tokens) not in done:
                started = time.perf_counter()
                ranker.rerank(request)
                seconds = time.perf_counter() - started
                spent[tokens] += seconds
                journal.append({"tokens": tokens, "repeat": repeat, "seconds": seconds})
            yield


def latency_table(journal: Journal) -> pd.DataFrame:
    """Return the timed requests of a journal: columns ``tokens``, ``repeat``, ``seconds``."""
    return pd.DataFrame(journal.entries, columns=["tokens", "repeat", "seconds"])
