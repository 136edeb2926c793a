"""The one module that imports ir_datasets, as it needs much that is not documented and may change with a release.

Above all, which files a dataset still lacks, found without downloading any. ir_datasets has no call for this, so the
objects a dataset is made of are walked: handlers of documents, queries and qrels, down to the downloads that feed them.
A cached extract or a built document store on the way makes the downloads below it unnecessary.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.common.errors import BenchError

#: The releases with which the tests of this module were seen to pass. Run them with a new one before it is added.
KNOWN_RELEASES = ("0.6.0", "0.6.1", "0.6.2", "0.6.3")

# ir_datasets 0.6 declares the number of rows of NanoBEIR's files where it declares bytes for all others.
_SIZE_UNKNOWN = ("nano-beir/",)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that a dataset still lacks.

    Attributes:
        url: Where ir_datasets downloads it from.
        path: Where a copy fetched by other means can be put; None when it is only streamed.
        size_bytes: Its size; None when not known.
        terms: What its owner asks users to agree to; empty when nothing.
    """

    url: str
    path: Path | None
    size_bytes: int | None
    terms: str


def registry() -> Any:
    """Return ir_datasets' mapping of dataset id to dataset, with its log silenced below errors.

    Its log lines tell of steps that go well; what goes wrong is raised as well.
    """
    import ir_datasets

    ir_datasets.log.easy().logger().setLevel(logging.ERROR)
    return ir_datasets.registry


def home() -> Path:
    """Return the folder in which ir_datasets keeps its files."""
    import ir_datasets

    return Path(ir_datasets.util.home_path())


def missing_files(dataset: Any, parts: Sequence[str]) -> list[RemoteFile]:
    """Return the files that ``dataset`` lacks, each once.

    Args:
        dataset: One of the registry's.
        parts: Which of ``docs``, ``queries``, ``qrels`` and ``scoreddocs`` must be usable.

    Raises:
        BenchError: A file that ir_datasets cannot download and its user has to ask for.
    """
    files: dict[str, RemoteFile] = {}
    for part in parts:
        handler = handler_of(dataset, part)
        downloads = list(_downloads(handler))
        if part == "docs" and _has_document_store(handler, downloads):
            continue
        for download in downloads:
            file = _remote_file(dataset.dataset_id(), download)
            files.setdefault(file.url, file)
    return list(files.values())


def handler_of(dataset: Any, part: str) -> Any:
    """Return the object that reads one part, without calling anything: a call can delete files that are out of date."""
    from ir_datasets import Dataset
    from ir_datasets.util import Migrator

    owner = next(member for member in dataset._constituents if hasattr(member, f"{part}_handler"))
    if isinstance(owner, Dataset):
        return handler_of(owner, part)
    return owner._wrapped if isinstance(owner, Migrator) else owner


def _downloads(node: Any) -> Iterator[Any]:
    """Yield the downloads below ``node`` whose files are not on disk."""
    from ir_datasets import util

    if isinstance(node, list | tuple):
        for item in node:
            yield from _downloads(item)
    elif isinstance(node, util.Download):
        cached = node._cache_path is not None and Path(node._cache_path).exists()
        copied = any(isinstance(source, util.LocalDownload) and source._path.exists() for source in node.mirrors)
        if not (cached or copied):
            yield node
    elif type(node).__module__.startswith("ir_datasets.") and not _is_extracted(node):
        for item in vars(node).values():
            yield from _downloads(item)


def _is_extracted(node: Any) -> bool:
    """Tell whether ``node`` keeps what it extracts from a download, and has done so."""
    from ir_datasets import util

    places = {util.Cache: "_path", util.TarExtractAll: "_extract_path", util.ZipExtractCache: "extract_path"}
    return type(node) in places and Path(vars(node)[places[type(node)]]).exists()


def _has_document_store(handler: Any, downloads: list[Any]) -> bool:
    from ir_datasets.datasets.beir import BeirDocs
    from ir_datasets.datasets.nano_beir import NanoBeirDocs
    from ir_datasets.formats import TsvDocs

    # Other handlers may start a download when they are asked for their store, as does a download without a place.
    if type(handler) not in (BeirDocs, NanoBeirDocs, TsvDocs) or any(file._cache_path is None for file in downloads):
        return False
    return bool(handler.docs_store().built())


def _remote_file(dataset_id: str, download: Any) -> RemoteFile:
    urls = [source.url for source in download.mirrors if hasattr(source, "url")]
    if not urls:
        raise BenchError(f"{dataset_id}: its owner has to be asked for it: {' '.join(_instructions(download).split())}")
    return RemoteFile(
        url=urls[0],
        path=None if download._cache_path is None else Path(download._cache_path),
        size_bytes=None if dataset_id.startswith(_SIZE_UNKNOWN) else download._size_hint,
        terms=download.dua or "",
    )


def _instructions(download: Any) -> str:
    return next((source._message for source in download.mirrors if source._message), "see ir-datasets.com")
