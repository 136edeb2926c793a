"""BM25 over a whole collection, with Lucene's formula; the index is kept on disk under a hash of what it is made of.

Documents without a word are not indexed: Lucene takes the number of documents and their mean length over the others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from filelock import FileLock

from bench.common.atomic import whole_folder
from bench.common.errors import BenchError
from bench.data.collections.collection import Collection
from bench.data.first_stages.analyzers import Analyzer, analyzer_of
from bench.data.runs import Candidates
from bench.data.ties import best_first
from bench.provenance.versions import VERSIONS

#: Anserini's defaults: term frequency saturation and length normalisation. With them, with Lucene's formula and with
#: English words, its flat BEIR baselines are reproduced to within 0.005 nDCG@10.
DEFAULT_K1 = 0.9
DEFAULT_B = 0.4
_METHOD = "lucene"
_INDEXED = "indexed.npy"
_SUMS = "sha256.json"


def indexes_dir() -> Path:
    """Return the user's folder of indexes: they can always be made again."""
    return platformdirs.user_cache_path("flashrank-bench", appauthor=False)


def search(
    collection: Collection,
    queries: Mapping[str, str],
    *,
    k1: float,
    b: float,
    depth: int,
    cache_dir: Path,
    language: str = "en",
) -> Candidates:
    """Return the best ``depth`` documents of every query.

    Documents that share no token with a query are no candidates of it, so a list may be shorter, or empty. Equal
    scores are in the order of ``bench.data.ties``: a list is a prefix of any deeper one.

    Args:
        collection: Its documents' titles and bodies are indexed as one text.
        queries: Query id -> text.
        k1: Term frequency saturation.
        b: Length normalisation.
        depth: Documents per query, at most.
        cache_dir: Where indexes are kept. They are made once by one process at a time, and made again if damaged.
        language: Of documents and queries, one of ``analyzers.LANGUAGES``: what counts as a word.

    Returns:
        Query id -> ``(document id, score)``, best first, in the order of ``queries``. Scores are float32 values.

    Raises:
        BenchError: No documents, none with an indexable word, an index that cannot be written, or a language without
            an analyzer.
    """
    analyzer = analyzer_of(language)
    key, doc_ids = _fingerprint(collection, k1, b, analyzer)
    try:
        index, indexed = _cached_index(collection, k1, b, analyzer, cache_dir / "bm25", key)
    except OSError as error:
        raise BenchError(f"the BM25 index of {collection.name} cannot be kept in {cache_dir}: {error}") from error
    tokens = analyzer.tokenize(list(queries.values()), return_ids=False)
    ranked = (_rank(index, words, depth) for words in tokens)
    return {
        query_id: best_first((doc_ids[indexed[row]], score) for row, score in ranking)[:depth]
        for query_id, ranking in zip(queries, ranked, strict=True)
    }


def _rank(index: Any, words: list[str], depth: int) -> list[tuple[int, float]]:
    """Return the best ``depth`` rows of the index and all that equal the last one, in no order, and their scores."""
    # bm25s' own selection breaks ties by numpy's partition, so its top 10 need not begin its top 100.
    scores = index.get_scores_from_ids(index.get_tokens_ids(words))
    matching = np.flatnonzero(scores > 0)
    if matching.size > depth:
        threshold = np.partition(scores[matching], -depth)[-depth]
        matching = matching[scores[matching] >= threshold]
    return [(int(row), float(scores[row])) for row in matching]


def _fingerprint(collection: Collection, k1: float, b: float, analyzer: Analyzer) -> tuple[str, list[str]]:
    """Return the index's key, which any change to a document, an option or a library changes, and the document ids."""
    software = {name: version(name) for name in ("bm25s", "PyStemmer")}
    options = {"k1": k1, "b": b, "method": _METHOD, "version": VERSIONS["bm25"], **analyzer.options, **software}
    digest = hashlib.sha256(json.dumps(options, sort_keys=True).encode())
    doc_ids = []
    for doc_id, text in collection.documents():
        doc_ids.append(doc_id)
        for part in (doc_id, text):
            encoded = part.encode("utf-8", "surrogatepass")
            digest.update(len(encoded).to_bytes(8, "little") + encoded)
    if not doc_ids:
        raise BenchError(f"{collection.name}: no documents")
    return digest.hexdigest(), doc_ids


def _cached_index(
    collection: Collection, k1: float, b: float, analyzer: Analyzer, folder: Path, key: str
) -> tuple[Any, Any]:
    """Return the index, and the position in the collection of each document in it."""
    import bm25s

    entry = folder / key
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f"{key}.lock"):
        if not _is_intact(entry):
            index, indexed = _build(collection, k1, b, analyzer)
            with whole_folder(entry) as partial:
                index.save(partial, show_progress=False)
                np.save(partial / _INDEXED, indexed)
                (partial / _SUMS).write_text(json.dumps(_sums(partial)), encoding="utf-8")
    return bm25s.BM25.load(entry, mmap=True, show_progress=False), np.load(entry / _INDEXED)


def _build(collection: Collection, k1: float, b: float, analyzer: Analyzer) -> tuple[Any, Any]:
    import bm25s

    tokens = analyzer.tokenize([text for _, text in collection.documents()], return_ids=True)
    if not tokens.vocab:
        raise BenchError(f"{collection.name}: no document has a word that BM25 can index")
    indexed = [position for position, words in enumerate(tokens.ids) if words]
    index = bm25s.BM25(method=_METHOD, k1=k1, b=b)
    index.index(tokens._replace(ids=[tokens.ids[position] for position in indexed]), show_progress=False)
    return index, np.asarray(indexed, dtype=np.int64)


def _is_intact(entry: Path) -> bool:
    try:
        expected = json.loads((entry / _SUMS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(expected == _sums(entry))


def _sums(folder: Path) -> dict[str, str]:
    sums = {}
    for path in sorted(folder.iterdir()):
        if path.name != _SUMS:
            with path.open("rb") as file:
                sums[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return sums
