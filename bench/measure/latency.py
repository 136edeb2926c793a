"""Latency of the ``Ranker.rerank`` that a user calls, by exact numbers of tokens, passages and threads."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import NamedTuple

import pandas as pd

from bench.common.errors import BenchError
from bench.experiment.grids import LatencySpec
from bench.results.journal import Journal
from flashrank import Ranker, RerankRequest

#: What requests are made of: words that every English vocabulary has whole.
WORDS = ("time", "year", "people", "way", "day", "man", "thing", "world", "life", "hand", "part", "child")
QUERY = "good time"


class LatencySetting(NamedTuple):
    """One combination of the grid.

    Attributes:
        tokens: Tokens per pair.
        passages: Passages per request.
        threads: Passages scored at once.
    """

    tokens: int
    passages: int
    threads: int


def thread_counts(grid: LatencySpec, own: int, cores: int) -> tuple[int, ...]:
    """Return the numbers of threads to measure with: the grid's, or the one that the model has of its own.

    A grid that asks for more threads than cores is refused. Its times would be those of a scheduler that switches
    between threads, which no cost model describes. Without these counts it would be another grid than the one asked
    for, and nobody would notice before two machines are compared.

    Args:
        grid: The grid.
        own: Threads of the model's row, used when the grid names none.
        cores: Cores that this process may use.

    Raises:
        BenchError: The grid asks for more threads than there are cores.
    """
    above = [str(threads) for threads in grid.threads or () if threads > cores]
    if above:
        raise BenchError(
            f"latency: `threads` asks for {', '.join(above)}, but this process may use {cores} of the machine's cores; "
            f"give 1 to {cores}"
        )
    return grid.threads or (own,)


def settings(grid: LatencySpec, threads: Iterable[int], limit: int) -> list[LatencySetting]:
    """Return the combinations of the grid that a model with a limit of ``limit`` tokens per pair can take.

    Raises:
        BenchError: There are none.
    """
    tokens = [count for count in grid.tokens if count <= limit]
    if not tokens:
        raise BenchError(f"every token count of the latency grid is above the model's limit of {limit}")
    return [LatencySetting(*counts) for counts in product(tokens, grid.passages, threads)]


def request_of(ranker: Ranker, tokens: int, passages: int) -> RerankRequest:
    """Return a request of ``passages`` different passages, each making a pair of exactly ``tokens`` tokens.

    Raises:
        BenchError: The tokenizer cannot make such pairs.
    """
    room = tokens - ranker.score(QUERY, [""]).tokens[0]
    beginnings = [beginning(ranker, room, first) for first in range(passages + len(WORDS))] if room > 0 else []
    lengths = ranker.score(QUERY, beginnings).tokens
    exact = dict.fromkeys(text for text, length in zip(beginnings, lengths, strict=True) if length == tokens)
    if len(exact) < passages:
        raise BenchError(f"cannot make {passages} pairs of exactly {tokens} tokens for this tokenizer")
    return RerankRequest(QUERY, [{"id": row, "text": text} for row, text in enumerate(list(exact)[:passages])])


def beginning(ranker: Ranker, tokens: int, first: int) -> str:
    """Return a text of words, the first of them numbered ``first``, that ends with its token number ``tokens``."""
    # The number makes each text different, although there are few words.
    text = " ".join([str(first), *(WORDS[(first + i) % len(WORDS)] for i in range(tokens))])
    return text[: ranker.tokenizer.encode(text, add_special_tokens=False).offsets[tokens - 1][1]]


def measure_latency(rankers: Mapping[int, Ranker], grid: LatencySpec, journal: Journal) -> Iterator[None]:
    """Time the grid, adding each request to the journal; yields ``repeats`` times for each of ``settings``.

    The combinations take turns within every repeat, so that a machine that slows down for a while slows all of
    them.

    Args:
        rankers: Number of threads -> the same model at the same length with that many.
        grid: The grid; its threads are the keys of ``rankers``.
        journal: What was measured already, of this model on this grid.

    Raises:
        BenchError: Every token count is above the model's limit, or its tokenizer cannot make such pairs.
    """
    any_ranker = next(iter(rankers.values()))
    combinations = settings(grid, rankers, any_ranker.max_length)
    sizes = dict.fromkeys((setting.tokens, setting.passages) for setting in combinations)
    requests = {size: request_of(any_ranker, *size) for size in sizes}
    spent = dict.fromkeys(combinations, 0.0)
    done = set()
    for entry in journal.entries:
        setting = LatencySetting(entry["tokens"], entry["passages"], entry["threads"])
        done.add((entry["repeat"], setting))
        spent[setting] += entry["seconds"]
    for _ in range(grid.warmup):
        for setting in combinations:
            rankers[setting.threads].rerank(requests[setting.tokens, setting.passages])
    for repeat in range(grid.repeats):
        for setting in combinations:
            enough = spent[setting] >= grid.max_seconds and repeat >= grid.min_repeats
            if not enough and (repeat, setting) not in done:
                ranker, request = rankers[setting.threads], requests[setting.tokens, setting.passages]
                started = time.perf_counter()
                ranker.rerank(request)
                seconds = time.perf_counter() - started
                spent[setting] += seconds
                journal.append({**setting._asdict(), "repeat": repeat, "seconds": seconds})
            yield


def latency_table(journal: Journal) -> pd.DataFrame:
    """Return the timed requests of a journal: ``tokens``, ``passages``, ``threads``, ``repeat``, ``seconds``."""
    return pd.DataFrame(journal.entries, columns=[*LatencySetting._fields, "repeat", "seconds"])
