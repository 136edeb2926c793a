"""Labels of texts, turned into labels of numbers."""

from __future__ import annotations

import gzip
import json
import lzma
from pathlib import Path

import numpy as np

from bench.common.errors import BenchError
from bench.distill.packs.label_arrays import LabelArrays
from bench.distill.packs.pack import MORE_QUERIES, MORE_SOURCES, PASSAGES, Pack, find
from bench.distill.texts.hashing import normalised


class TextNumbers:
    """The numbers of a pack's texts. Texts that are not in the pack get the next numbers.

    Args:
        pack: The pack.
    """

    def __init__(self, pack: Pack) -> None:
        self._queries = {normalised(text): i for i, text in reversed(list(enumerate(pack.queries)))}
        self._passages = {text: i for i, text in enumerate(pack.passages)}
        self._sizes = len(pack.queries), len(pack.passages)
        self._more_queries: list[tuple[str, str]] = []
        self._more_passages: list[str] = []

    def labels(self, path: Path) -> LabelArrays:
        """Return the labels of a ``*.jsonl.gz`` file. Where a row names no source, the file's name is taken.

        Raises:
            BenchError: The file is damaged.
        """
        found: list[tuple[int, int, float]] = []
        try:
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                for row in map(json.loads, lines):
                    query = self._query(row["query"], row.get("source", path.name.split(".")[0]))
                    found += [
                        (query, self._passage(passage["text"]), float(passage["logit"])) for passage in row["passages"]
                    ]
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise BenchError(f"{path}: not a file of labels: {error}") from error
        columns = np.array(found, dtype=np.float64).reshape(-1, 3).T
        return LabelArrays(columns[0].astype(np.int32), columns[1].astype(np.int32), columns[2].astype(np.float32))

    def save(self, folder: Path) -> None:
        """Write the texts that are not in the pack beside its files, if there are any."""
        number = 1
        while find(folder, PASSAGES.format(number)):
            number += 1
        for name, lines in (
            (PASSAGES.format(number), self._more_passages),
            (MORE_QUERIES, [text for text, _ in self._more_queries]),
            (MORE_SOURCES, [source for _, source in self._more_queries]),
        ):
            if lines:
                (folder / f"{name}.xz").write_bytes(lzma.compress("\n".join(lines).encode()))

    def _query(self, text: str, source: str) -> int:
        following = self._sizes[0] + len(self._more_queries)
        number = self._queries.setdefault(normalised(text), following)
        if number == following:
            self._more_queries.append((" ".join(text.split()), source))
        return number

    def _passage(self, text: str) -> int:
        text = " ".join(text.split())
        following = self._sizes[1] + len(self._more_passages)
        number = self._passages.setdefault(text, following)
        if number == following:
            self._more_passages.append(text)
        return number
