"""Labels: each training query's passages, gathered with BM25 and scored by the teacher one pair at a time."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from bench.digest import digest_files, digest_of
from bench.distill.examples import read_labels
from bench.distill.queries import Question, lot, normal, vary
from bench.errors import BenchError
from bench.journal import Journal
from bench.progress import track
from flashrank.cross_encoder import CrossEncoder, load_session
from flashrank.pairs import PairEncoder
from flashrank.store import resolve_model
from flashrank.tokenizer import load_tokenizer

_MAX_LENGTH, _WORDS = 384, 250
_POSITIVES, _NEGATIVES, _HARD, _RANDOM, _HARD_RANKS = 2, 2, 3, 1, 30


class Teacher:
    """A cross-encoder that gives logits.

    Args:
        model: A directory in FlashRank's layout, or a model's name.
        threads: Pairs scored at once; every core when not given.
    """

    def __init__(self, model: str | Path, threads: int | None = None) -> None:
        files = resolve_model(model, offline=True)
        tokenizer, _ = load_tokenizer(files.directory, _MAX_LENGTH)
        self.digest = digest_files([files.weights])
        self._pairs = PairEncoder(tokenizer, _MAX_LENGTH)
        self._encoder = CrossEncoder(load_session(files.weights), threads or len(os.sched_getaffinity(0)))

    def logits(self, query: str, texts: list[str]) -> list[float]:
        """Return the logit of each text for ``query``."""
        return [round(float(row[-1]), 4) for row in self._encoder.logits(self._pairs.encode(query, texts))]


def label(data: Path, given: Iterable[Path], out: Path, teacher: Teacher, queries: int, console: Console) -> None:
    """Label up to ``queries`` more queries of every ``*.jsonl`` in ``data``: one ``out/NAME.jsonl.gz`` each.

    They are questions, keywords and claims (:func:`bench.distill.queries.vary`).
    A query that ``given`` folders of labels have is not labelled again. A stopped run goes on at the query where it
    was; a finished file is left as it is.

    Raises:
        BenchError: ``data`` has no such files, or one is damaged.
    """
    sources = sorted(data.glob("*.jsonl"))
    if not sources:
        raise BenchError(f"{data}: no *.jsonl files of queries to label")
    folders = [folder for folder in given if any(folder.glob("*.jsonl.gz"))]
    known = {normal(row.query) for row in read_labels(folders)} if folders else set()
    out.mkdir(parents=True, exist_ok=True)
    for source in sources:
        shard = out / f"{source.name}.gz"
        if not shard.exists():
            _label_source(source, shard, known, teacher, queries, console)


def _label_source(source: Path, shard: Path, known: set[str], teacher: Teacher, queries: int, console: Console) -> None:
    rows = [row for row in _read(source) if row.pos]
    forms = [(row, vary(row)) for row in rows]
    chosen = sorted((pair for pair in forms if normal(pair[1].query) not in known), key=lambda pair: lot(pair[0].query))
    chosen = chosen[:queries]
    key = digest_of([teacher.digest, digest_files([source]), [varied.query for _, varied in chosen]])
    journal_path = shard.with_suffix(".journal")
    with Journal(journal_path, key) as journal:
        waiting = chosen[len(journal.entries) :]
        candidates = _candidates(waiting, rows)
        for row, texts in track(
            candidates, label=f"label {source.stem}", total=len(waiting), unit="queries", console=console
        ):
            logits = teacher.logits(row.query, texts)
            relevant = {_cut(text) for text in row.pos}
            passages = [
                {"text": text, "relevant": int(text in relevant), "logit": logit}
                for text, logit in zip(texts, logits, strict=True)
            ]
            journal.append({"query": row.query, "passages": passages})
        part = shard.with_suffix(".part")
        with part.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as file:
            for entry in journal.entries:
                file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
        part.replace(shard)
    journal_path.unlink()


def _candidates(waiting: list[tuple[Question, Question]], rows: list[Question]) -> Iterator[tuple[Question, list[str]]]:
    """Yield each varied question with its passages: its own, some of BM25's best in the file, some at random."""
    if not waiting:
        return
    import bm25s
    import Stemmer

    pool = list(dict.fromkeys(_cut(text) for row in rows for text in row.pos))
    settings: dict[str, Any] = {"stemmer": Stemmer.Stemmer("english"), "stopwords": "en", "show_progress": False}
    index = bm25s.BM25(method="lucene", k1=0.9, b=0.4)
    index.index(bm25s.tokenize(pool, **settings), show_progress=False)
    for row, varied in waiting:
        random = np.random.default_rng(int.from_bytes(lot(row.query)[:8], "big"))
        negatives = [row.neg[i] for i in random.permutation(len(row.neg))[:_NEGATIVES]]
        own = [_cut(text) for text in (*varied.pos[:_POSITIVES], *negatives)]
        tokens = bm25s.tokenize([varied.query], **settings)
        found, _ = index.retrieve(tokens, k=min(_HARD_RANKS, len(pool)), show_progress=False)
        positive = {_cut(text) for text in row.pos}
        hard = [pool[i] for i in random.permutation(found[0]) if pool[i] not in positive][:_HARD]
        others = [pool[i] for i in random.integers(len(pool), size=_RANDOM) if pool[i] not in positive]
        yield varied, list(dict.fromkeys([*own, *hard, *others]))


def _read(source: Path) -> list[Question]:
    rows = []
    for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            rows.append(Question(str(row["query"]), tuple(row["pos"]), tuple(row["neg"])))
        except (ValueError, KeyError, TypeError) as error:
            raise BenchError(f"{source}:{number}: not a JSON object with `query`, `pos`, `neg`: {error}") from error
    return rows


def _cut(text: str) -> str:
    return " ".join(text.split()[:_WORDS])
