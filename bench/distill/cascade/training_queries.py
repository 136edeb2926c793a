"""Training queries with the passages that BM25 finds for them: the requests that a cascade's rule is calibrated on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

from bench.common.digest import digest_files
from bench.common.errors import BenchError
from bench.distill.packs.pack import PASSAGES, QUERIES, find, read_pack
from bench.distill.texts.bm25_pool import Bm25Pool
from bench.distill.texts.hashing import normalised, text_hash
from bench.distill.texts.question_files import question_files, read_questions


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """A training query and its candidates.

    Attributes:
        source: Where the query is from.
        query: Its text.
        texts: The passages, the best first by BM25.
        answers: Places among ``texts`` of the passages that are known to answer the query; None where it is not known
            what does.
    """

    source: str
    query: str
    texts: tuple[str, ...]
    answers: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class TrainingTexts:
    """A folder of a pack, and one of files of questions.

    Attributes:
        pack: As ``read_pack`` reads it: what answers its queries is not known.
        questions: ``*.jsonl`` files of ``{"query", "pos", "neg"}`` a line: ``pos`` answers the query.
    """

    pack: Path
    questions: Path

    def digest(self) -> str:
        """Return the sha256 of the texts.

        Raises:
            BenchError: A file is missing.
        """
        files = [path for name in (PASSAGES.format(1), PASSAGES.format(2), QUERIES) if (path := find(self.pack, name))]
        if not files:
            raise BenchError(f"{self.pack}: no pack, whose first files are {PASSAGES.format(1)} and {QUERIES}")
        return digest_files([*files, *question_files(self.questions)])

    def requests(self, depth: int) -> Iterator[TrainingRequest]:
        """Yield requests in an order that does not depend on how many are taken: the sources take turns.

        Args:
            depth: Passages of each query, at most.

        Raises:
            BenchError: A file is missing or damaged.
        """
        sources = [*_pack_sources(self.pack, depth), *_question_sources(self.questions, depth)]
        turns = chain.from_iterable(zip_longest(*sources))
        return (request for request in turns if request is not None and len(request.texts) > 1)


def _pack_sources(folder: Path, depth: int) -> list[Iterator[TrainingRequest]]:
    pack = read_pack(folder)
    pool, queries = Bm25Pool(pack.passages), dict[str, list[str]]()
    for query, source in zip(pack.queries, pack.sources, strict=True):
        queries.setdefault(source, []).append(query)
    return [_requests(source, dict.fromkeys(queries[source]), pool, depth) for source in sorted(queries)]


def _question_sources(folder: Path, depth: int) -> list[Iterator[TrainingRequest]]:
    sources = []
    for path in question_files(folder):
        rows = [row for row in read_questions(path) if row.pos]
        pool = Bm25Pool(text for row in rows for text in (*row.pos, *row.neg))
        sources.append(_requests(path.stem, {row.query: row.pos for row in rows}, pool, depth))
    return sources


def _requests(
    source: str, queries: Mapping[str, tuple[str, ...] | None], pool: Bm25Pool, depth: int
) -> Iterator[TrainingRequest]:
    """Yield a source's requests in the order of the hashes of their queries, each query once."""
    seen = set()
    for query in sorted(queries, key=text_hash):
        if (text := normalised(query)) not in seen:
            seen.add(text)
            texts, known = pool.search(query, depth), queries[query]
            answers = None if known is None else tuple(i for i, passage in enumerate(texts) if passage in known)
            yield TrainingRequest(source, query, tuple(texts), answers)
