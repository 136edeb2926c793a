"""A test collection that is on every machine: the documentation of Python's standard library, with judged questions."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NoReturn

from bench.common.errors import BenchError
from bench.data.collections.beir_folder import BeirFolder
from bench.data.collections.collection import Availability, texts_of
from bench.data.quickstart.docstrings import read_passages

__all__ = ["DATASET_ID", "PythonDocs"]

# What an experiment file calls the collection.
DATASET_ID = "builtin/python-docs"


@dataclass(frozen=True)
class PythonDocs:
    """Docstrings of the running interpreter as documents; questions and judgments from the files beside this module.

    The documents differ a little from one minor version of Python to the next. Judgments name documents by qualified
    name, and a version may lack a few of them.

    Attributes:
        name: The dataset's label.
    """

    name: str

    def check(self) -> Availability:
        """Tell that nothing has to be downloaded.

        Raises:
            BenchError: Python runs without docstrings.
        """
        found = f"{len(self._documents)} docstrings of Python {platform.python_version()}"
        return Availability(present=True, download_bytes=0, detail=f"{DATASET_ID}: {found}")

    def queries(self) -> dict[str, str]:
        """Return the questions."""
        return self._judged.queries()

    def unjudged(self) -> int:
        """Return how many questions nothing is judged for."""
        return self._judged.unjudged()

    def qrels(self) -> dict[str, dict[str, int]]:
        """Return the judgments: 3 answers the question, 2 is good, 1 is related, 0 was judged and is neither."""
        return self._judged.qrels()

    def documents(self) -> Iterator[tuple[str, str]]:
        """Yield qualified name and text of every passage, in the order of the names.

        Raises:
            BenchError: Python runs without docstrings.
        """
        yield from self._documents.items()

    def texts(self, doc_ids: Iterable[str]) -> dict[str, str]:
        """Return the texts of those documents.

        Raises:
            BenchError: Documents that this version of Python does not have, or Python runs without docstrings.
        """
        return texts_of(self._documents, doc_ids, self.name)

    def absent(self, doc_ids: Iterable[str]) -> set[str]:
        """Return those of the names that this version of Python does not have."""
        return set(doc_ids) - self._documents.keys()

    def remarks(self) -> list[str]:
        """Return nothing: no document is judged twice for a question."""
        return []

    def check_scored_documents(self) -> NoReturn:
        """Raise BenchError: no run comes with the collection."""
        self.scored_documents()

    def scored_documents(self) -> NoReturn:
        """Raise BenchError: no run comes with the collection."""
        raise BenchError(
            f"{DATASET_ID} comes with no scored documents; name a run file (source: run) or use source: bm25"
        )

    @property
    def _judged(self) -> BeirFolder:
        return BeirFolder(self.name, Path(__file__).parent)

    @cached_property
    def _documents(self) -> dict[str, str]:
        return {passage.name: f"{passage.title} {passage.text}" for passage in read_passages()}
