"""Labels: the teacher's logit of each training query's passages, scored one pair at a time."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rich.console import Console

from bench.common.digest import digest_files, digest_of
from bench.distill.texts.examples import find_labels
from bench.distill.texts.queries import Question, normal
from bench.results.journal import Journal
from bench.run.progress import track
from flashrank.models.store import resolve_model
from flashrank.scoring.pair_encoder import PairEncoder
from flashrank.scoring.session import CrossEncoder, load_session
from flashrank.scoring.tokenizer import load_tokenizer

_MAX_LENGTH = 384
_SHARD = 250


class Teacher:
    """A cross-encoder that gives logits.

    Args:
        model: A directory in FlashRank's layout, or a model's name.
        threads: Pairs scored at once; every core when not given.
    """

    def __init__(self, model: str | Path, threads: int | None = None) -> None:
        files = resolve_model(model)
        tokenizer, _ = load_tokenizer(files.directory, _MAX_LENGTH)
        self._vocabulary = tokenizer.get_vocab(with_added_tokens=False)
        self.digest = digest_files([files.weights])
        self._pairs = PairEncoder(tokenizer, _MAX_LENGTH)
        self._encoder = CrossEncoder(
            load_session(files.weights), threads or len(os.sched_getaffinity(0)), files.weights
        )

    def logits(self, query: str, texts: list[str]) -> list[float]:
        """Return the logit of each text for ``query``."""
        return [round(float(row[-1]), 4) for row in self._encoder.logits(self._pairs.encode(query, texts))]

    def words(self) -> list[str]:
        """Return the words of at least four letters that are one piece to this model and do not end in s."""
        pieces = [piece for piece in self._vocabulary if piece.isascii() and piece.isalpha() and len(piece) > 3]
        return sorted(piece for piece in pieces if not piece.endswith("s"))


class Questions(Protocol):
    """Where queries to label come from: :class:`bench.distill.texts.candidates.Source` says what each name means."""

    name: str
    digest: str
    questions: Sequence[tuple[Question, Question]]

    def candidates(self, row: Question, varied: Question) -> tuple[list[str], list[int]]:
        """Return a question's passages, and 1 for each that answers it, else 0."""


@dataclass(frozen=True, slots=True)
class _Shard:
    """Questions of one source that are labelled into one file."""

    path: Path
    source: Questions
    questions: Sequence[tuple[Question, Question]]


def label(
    sources: Sequence[Questions], given: Iterable[Path], out: Path, teacher: Teacher, queries: int, console: Console
) -> None:
    """Label up to ``queries`` more queries of every source, into files ``out/NAME.NN.jsonl.gz``.

    A query that the ``given`` folders or another file in ``out`` have is not labelled again. The sources take turns,
    a file of some of their queries each, and every finished file can be trained on while the rest is missing. A
    stopped run goes on at the query where it was; finished files are left as they are.
    """
    known = {normal(row.query) for row in find_labels((*given, out))}
    out.mkdir(parents=True, exist_ok=True)
    shards = _plan(sources, known, out, queries)
    steps = (step for shard in shards for step in _label_shard(shard, teacher))
    total = sum(len(shard.questions) for shard in shards)
    for _ in track(steps, label="label", total=total, unit="queries", console=console):
        pass


def _plan(sources: Sequence[Questions], known: set[str], out: Path, queries: int) -> list[_Shard]:
    """Return what is to be labelled, in turns of the sources.

    Finished files are always the first of this order, so leaving out what they hold leaves the rest as it was.
    """
    shards = []
    for number in range(-(-queries // _SHARD)):
        for source in sources:
            path = out / f"{source.name}.{number:02}.jsonl.gz"
            if path.exists():
                continue
            chosen: list[tuple[Question, Question]] = []
            for row, varied in source.questions:
                if len(chosen) == min(_SHARD, queries - number * _SHARD):
                    break
                if (query := normal(varied.query)) not in known:
                    known.add(query)
                    chosen.append((row, varied))
            if chosen:
                shards.append(_Shard(path, source, chosen))
    return shards


def _label_shard(shard: _Shard, teacher: Teacher) -> Iterator[None]:
    """Label a file's queries, yielding after each; those of a stopped run are there already."""
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
        part = shard.path.with_suffix(".part")
        with part.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as file:
            for entry in journal.entries:
                file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
        part.replace(shard.path)
    journal_path.unlink()
