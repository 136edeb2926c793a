"""The stage ``label``: the teacher scores the passages of each training query, and files keep the logits."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rich.console import Console

from bench.common.atomic import whole_file
from bench.common.digest import digest_of
from bench.distill.labels.int8_teacher import Int8Teacher
from bench.distill.labels.labelled_queries import find_labelled_queries
from bench.distill.texts.hashing import normalised
from bench.distill.texts.question_forms import TrainingQuestion
from bench.results.journal import Journal
from bench.run.progress import track

_SHARD = 250


class QuestionSource(Protocol):
    """Where queries to label come from, as in :class:`~bench.distill.texts.question_files.QuestionFile`."""

    name: str
    digest: str
    questions: Sequence[tuple[TrainingQuestion, TrainingQuestion]]

    def candidates(self, row: TrainingQuestion, varied: TrainingQuestion) -> tuple[list[str], list[int]]:
        """Return a question's passages, and 1 for each that answers it, else 0."""


@dataclass(frozen=True, slots=True)
class _Shard:
    """The questions of a source that are labelled into one file."""

    path: Path
    source: QuestionSource
    questions: Sequence[tuple[TrainingQuestion, TrainingQuestion]]


def label(
    sources: Sequence[QuestionSource],
    given: Iterable[Path],
    out: Path,
    teacher: Int8Teacher,
    queries: int,
    console: Console,
) -> None:
    """Label up to ``queries`` more queries of every source, into files ``out/NAME.NN.jsonl.gz``.

    A query that is labelled in a ``given`` folder, or in ``out``, is not labelled again. The sources take turns, a file
    each, so that every finished file can be trained on while others are missing. A stopped run continues at the query
    where it stopped. Finished files are left as they are.
    """
    known = {normalised(row.query) for row in find_labelled_queries((*given, out))}
    out.mkdir(parents=True, exist_ok=True)
    shards = _plan(sources, known, out, queries)
    steps = (step for shard in shards for step in _label_shard(shard, teacher))
    total = sum(len(shard.questions) for shard in shards)
    for _ in track(steps, label="label", total=total, unit="queries", console=console):
        pass


def _plan(sources: Sequence[QuestionSource], known: set[str], out: Path, queries: int) -> list[_Shard]:
    """Return the files to make, the sources taking turns.

    The files that are there already come first in this order, so leaving out their queries does not change the rest.
    """
    shards = []
    for number in range(-(-queries // _SHARD)):
        for source in sources:
            path = out / f"{source.name}.{number:02}.jsonl.gz"
            if path.exists():
                continue
            chosen: list[tuple[TrainingQuestion, TrainingQuestion]] = []
            for row, varied in source.questions:
                if len(chosen) == min(_SHARD, queries - number * _SHARD):
                    break
                if (query := normalised(varied.query)) not in known:
                    known.add(query)
                    chosen.append((row, varied))
            if chosen:
                shards.append(_Shard(path, source, chosen))
    return shards


def _label_shard(shard: _Shard, teacher: Int8Teacher) -> Iterator[None]:
    """Label the queries of a file, and yield after each; those that a stopped run has labelled are in its journal."""
    key = digest_of([teacher.digest, shard.source.digest, [varied.query for _, varied in shard.questions]])
    journal_path = shard.path.with_suffix(".journal")
    with Journal(journal_path, key) as journal:
        for done, (row, varied) in enumerate(shard.questions):
            if done == len(journal.entries):
                texts, relevant = shard.source.candidates(row, varied)
                logits = teacher.logits(varied.query, texts)
                passages = [
                    {"text": text, "relevant": answers, "logit": logit}
                    for text, answers, logit in zip(texts, relevant, logits, strict=True)
                ]
                journal.append({"query": varied.query, "passages": passages})
            yield
        with (
            whole_file(shard.path) as partial,
            partial.open("wb") as raw,
            gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file,
        ):
            for entry in journal.entries:
                file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
    journal_path.unlink()
