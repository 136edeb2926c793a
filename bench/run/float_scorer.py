"""A model's weights in float32, as a reference: each pair is scored alone, by the graph as it was shipped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import onnx

from bench.systems.float_graph import dequantised
from flashrank import ModelFiles, Ranker, Scores


@contextmanager
def float_scorer(files: ModelFiles, max_length: int, threads: int) -> Iterator[FloatScorer]:
    """Yield a function that scores in float32; nothing is loaded before it is called.

    Args:
        files: The model.
        max_length: Most tokens per pair.
        threads: Pairs scored at once.
    """
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield FloatScorer(files, max_length, threads, Path(folder))


@dataclass
class FloatScorer:
    """Scores query and passages with float32 activations.

    Attributes:
        files: The model.
        max_length: Most tokens per pair.
        threads: Pairs scored at once.
        folder: Where the graph is written, if the model's own has products of quantised activations.
    """

    files: ModelFiles
    max_length: int
    threads: int
    folder: Path

    def __call__(self, query: str, passages: Sequence[str]) -> Scores:
        """Return the scores.

        Raises:
            BenchError: The quantisation cannot be taken out of the graph.
            FlashRankError: The model cannot be used.
        """
        return self._ranker.score(query, passages)

    @cached_property
    def _ranker(self) -> Ranker:
        directory, file = self.files.directory, self.files.weights.relative_to(self.files.directory)
        graph = dequantised(self.files.weights)
        if graph is not None:
            for companion in directory.glob("*.json"):
                shutil.copy(companion, self.folder)
            directory, file = self.folder, Path(file.name)
            onnx.save(graph, str(directory / file))
        return Ranker(
            directory,
            max_length=self.max_length,
            threads=self.threads,
            file=file.as_posix(),
            graph="as-shipped",
            offline=True,
            log_level="ERROR",
        )
