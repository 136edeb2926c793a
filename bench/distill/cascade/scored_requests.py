"""Training requests scored by both models of a cascade, kept line by line: a stopped run goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console

from bench.common.digest import digest_files, digest_of
from bench.distill.cascade.training_queries import TrainingTexts
from bench.results.journal import Journal
from bench.run.progress import track
from flashrank import Ranker, resolve_model

LOGITS = "logits.jsonl"


@dataclass(frozen=True, slots=True)
class ScoredRequest:
    """A training query, and what both models give its candidates, in BM25's order.

    Attributes:
        source: Where the query is from.
        first: The first model's logits, float of shape (passages,).
        second: The second model's, of the same shape.
        tokens: Tokens of each pair as the second model reads it, of the same shape.
        answers: Places of the passages that are known to answer the query; None where it is not known what does.
    """

    source: str
    first: npt.NDArray[np.float64]
    second: npt.NDArray[np.float64]
    tokens: npt.NDArray[np.int64]
    answers: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class ScoringSettings:
    """How training requests are scored.

    Attributes:
        first: The first model's name or directory.
        second: The second model's.
        queries: How many; the first of a larger number are the same.
        depth: Passages of each, at most.
        max_length: Tokens per pair, at most.
    """

    first: str
    second: str
    queries: int
    depth: int
    max_length: int


def score_requests(
    texts: TrainingTexts, settings: ScoringSettings, out: Path, console: Console
) -> Sequence[ScoredRequest]:
    """Return the scored requests; those in ``logits.jsonl`` in ``out`` are not scored again.

    Raises:
        BenchError: The texts cannot be read.
        FlashRankError: A model cannot be used.
    """
    models = [resolve_model(model) for model in (settings.first, settings.second)]
    files = [digest_files([model.weights, *sorted(model.directory.glob("*.json"))]) for model in models]
    out.mkdir(parents=True, exist_ok=True)
    with Journal(out / LOGITS, digest_of([*files, texts.digest(), settings.depth, settings.max_length])) as journal:
        left = settings.queries - len(journal.entries)
        if left > 0:
            steps = _score(texts, settings, journal)
            for _ in track(steps, label="score", total=left, unit="queries", console=console):
                pass
        return [_parsed(entry) for entry in journal.entries[: settings.queries]]


def _score(texts: TrainingTexts, settings: ScoringSettings, journal: Journal) -> Iterator[None]:
    first, second = (
        Ranker(model, max_length=settings.max_length, log_level="ERROR") for model in (settings.first, settings.second)
    )
    for request in islice(texts.requests(settings.depth), len(journal.entries), settings.queries):
        cheap, large = (ranker.score(request.query, request.texts) for ranker in (first, second))
        journal.append(
            {
                "source": request.source,
                "query": request.query,
                "answers": None if request.answers is None else list(request.answers),
                "tokens": list(large.tokens),
                "first": [round(logit, 4) for logit in cheap.logits],
                "second": [round(logit, 4) for logit in large.logits],
            }
        )
        yield


def _parsed(entry: dict[str, object]) -> ScoredRequest:
    answers = entry["answers"]
    return ScoredRequest(
        source=str(entry["source"]),
        first=np.array(entry["first"], dtype=np.float64),
        second=np.array(entry["second"], dtype=np.float64),
        tokens=np.array(entry["tokens"], dtype=np.int64),
        answers=tuple(answers) if isinstance(answers, list) else None,
    )
