"""Published collections as folders on disk: where they lie, whether they are what was measured, and getting them.

A collection NAME lies in ``$FLASHRANK_COLLECTIONS/NAME``, else in the user's cache; a run that comes with it lies in
``runs/`` beside the collections. A folder whose content has the digests of its row is used, wherever it came from.
"""

from __future__ import annotations

import http.client
import json
import os
import tarfile
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import platformdirs
from filelock import FileLock

from bench.common.atomic import move_folder
from bench.common.digest import digest_of
from bench.common.errors import BenchError, one_line
from bench.data.collections.beir_folder import BeirFolder
from bench.data.collections.catalog import Published
from bench.data.collections.collection import Availability
from bench.data.collections.conversions import Converted
from bench.data.collections.judgments import digest_of_qrels
from bench.data.runs import read_run, write_run

VARIABLE = "FLASHRANK_COLLECTIONS"
_TIMEOUT_S = 60
#: What a download or a conversion raises where a source is not there, or not what it was.
_UNUSABLE = (OSError, http.client.HTTPException, tarfile.TarError, EOFError, LookupError, ValueError, RuntimeError)


def collections_dir() -> Path:
    """Return ``$FLASHRANK_COLLECTIONS``, or the folder of collections in the user's cache."""
    configured = os.environ.get(VARIABLE)
    if configured:
        return Path(configured).expanduser()
    return platformdirs.user_cache_path("flashrank-bench", appauthor=False) / "collections"


@dataclass(frozen=True)
class PublishedFolder:
    """A published collection: fetched, and compared with what was measured, when a method first needs it.

    Attributes:
        name: The dataset's label.
        row: Which it is.
        root: The folder of collections.
    """

    name: str
    row: Published
    root: Path

    @property
    def path(self) -> Path:
        """The collection's folder."""
        return self.root / self.row.name

    @property
    def run_path(self) -> Path:
        """The run that comes with the collection."""
        return self.root.parent / "runs" / self.row.run

    def check(self) -> Availability:
        """Tell whether the collection is there.

        Raises:
            BenchError: Something else lies in its place.
        """
        if self.present():
            _ = self._folder
            return Availability(present=True, download_bytes=0, detail=f"folder {self.path}")
        detail = f"not in {self.root} (${VARIABLE}); would be made from {self.row.source}"
        return Availability(present=False, download_bytes=None, detail=detail)

    def check_scored_documents(self) -> Availability:
        """Tell the same of the run that comes with the collection.

        Raises:
            BenchError: None does.
        """
        if not self.row.run:
            raise BenchError(f"{self.row.name} comes with no run; name a run file (source: run) or use source: bm25")
        return self.check()

    def queries(self) -> dict[str, str]:
        """Return the judged queries."""
        return self._folder.queries()

    def unjudged(self) -> int:
        """Return how many queries nothing is judged for."""
        return self._folder.unjudged()

    def qrels(self) -> dict[str, dict[str, int]]:
        """Return the judgments."""
        return self._folder.qrels()

    def documents(self) -> Iterator[tuple[str, str]]:
        """Yield the documents."""
        return self._folder.documents()

    def texts(self, doc_ids: Iterable[str]) -> dict[str, str]:
        """Return the texts of those documents."""
        return self._folder.texts(doc_ids)

    def absent(self, doc_ids: Iterable[str]) -> set[str]:
        """Return those of the ids that no document has."""
        return self._folder.absent(doc_ids)

    def remarks(self) -> list[str]:
        """Return notes on its judgments."""
        return self._folder.remarks()

    def scored_documents(self) -> Iterator[tuple[str, str, float]]:
        """Yield the run that comes with the collection."""
        self.check_scored_documents()
        _ = self._folder
        for query_id, ranked in read_run(self.run_path).items():
            yield from ((query_id, doc_id, score) for doc_id, score in ranked)

    @cached_property
    def _folder(self) -> BeirFolder:
        if not self.present():
            fetch(self)
        folder = BeirFolder(self.name, self.path)
        folder.check()
        if unlike := self.unlike(folder, self.run_path):
            raise BenchError(
                f"{self.path}: not the {self.row.name} that was measured: other {' and '.join(unlike)}; remove it and "
                f"run `python -m bench fetch {self.row.name}`, or measure what lies there as `path: {self.path}`"
            )
        return folder

    def present(self) -> bool:
        """Tell whether there is a folder, and the run if one comes with the collection."""
        return self.path.is_dir() and (not self.row.run or self.run_path.is_file())

    def unlike(self, folder: BeirFolder, run: Path) -> list[str]:
        """Return the parts whose content is not that of the row."""
        found = digests(folder, run if self.row.run else None)
        return [part for part, digest in self.row.digests.items() if found[part] != digest]


def digests(folder: BeirFolder, run: Path | None = None) -> dict[str, str]:
    """Return part -> digest of its content: ``documents``, ``queries``, ``judgments`` and, where there is one, ``run``.

    What counts is what is measured: texts as they are reranked, and no layout of files. Entries are sorted, so their
    order does not count either; it decides nothing but ties of BM25.
    """
    parts = {
        "documents": digest_of(sorted(folder.documents())),
        "queries": digest_of(sorted(folder.queries().items())),
        "judgments": digest_of_qrels(folder.qrels()),
    }
    return parts if run is None else {**parts, "run": digest_of(sorted(read_run(run).items()))}


def fetch(collection: PublishedFolder) -> None:
    """Make a collection's folder from its public source, once, by one process at a time.

    Raises:
        BenchError: The source cannot be had or read, or what it gives is not what was measured: that is kept beside,
            as ``NAME.other``.
    """
    row, root = collection.row, collection.root
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f".{row.name}.lock"):
            if collection.present():
                return
            try:
                converted = row.convert(download)
            except _UNUSABLE as error:
                reason = f"{one_line(error):.200}"
                raise BenchError(f"{row.name} cannot be made from {row.source} ({reason}); {row.by_hand}") from None
            with TemporaryDirectory(dir=root, prefix=f".{row.name}.") as scratch:
                folder, run = Path(scratch) / "folder", Path(scratch) / "run"
                write(converted, folder, run)
                unlike = collection.unlike(BeirFolder(row.name, folder), run)
                kept = root / f"{row.name}.other" if unlike else collection.path
                if row.run:
                    place = folder / "run.trec" if unlike else collection.run_path
                    place.parent.mkdir(parents=True, exist_ok=True)
                    run.replace(place)
                move_folder(folder, kept)
    except OSError as error:
        raise BenchError(f"{root}: cannot be written to: {error}; set {VARIABLE} to another folder") from error
    if unlike:
        raise BenchError(
            f"{row.source} gives a {row.name} with other {' and '.join(unlike)} than what was measured; it is in "
            f"{kept}: measured as `path: {kept}`, its numbers are not those of the README"
        )


def download(url: str) -> bytes:
    """Return what ``url`` names.

    Raises:
        OSError: It cannot be had.
    """
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as response:
        return bytes(response.read())


def write(converted: Converted, folder: Path, run: Path) -> None:
    """Write a collection in BEIR layout, and its run if it has one."""
    (folder / "qrels").mkdir(parents=True)
    documents = ({"_id": key, "title": title, "text": text} for key, (title, text) in converted.documents.items())
    queries = ({"_id": key, "text": text} for key, text in converted.queries.items())
    for name, records in (("corpus.jsonl", documents), ("queries.jsonl", queries)):
        lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (folder / name).write_text("".join(lines), encoding="utf-8", newline="\n")
    rows = (
        f"{query_id}\t{doc_id}\t{relevance}\n"
        for query_id, judged in converted.qrels.items()
        for doc_id, relevance in judged.items()
    )
    text = "query-id\tcorpus-id\tscore\n" + "".join(rows)
    (folder / "qrels" / "test.tsv").write_text(text, encoding="utf-8", newline="\n")
    if converted.run is not None:
        write_run(run, converted.run, tag="bm25")
