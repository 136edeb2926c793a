"""What is left to measure of an experiment, for the estimate that is printed first: pairs, their lengths, cells.

An interrupted run goes on from its journals: see ``bench.results.journal``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

from bench.common.errors import BenchError
from bench.data.collections.collection import Collection
from bench.data.collections.opening import open_collection
from bench.data.dataset_spec import CandidatesSpec, DatasetSpec
from bench.data.first_stages.candidates import read_run_file, retrieve
from bench.data.relevance import relevant_from_of
from bench.data.task import Task
from bench.experiment.peers import WorkloadSpec
from bench.experiment.reranker import RerankerSpec
from bench.experiment.schema import Experiment
from bench.results.folder import RunDirectory
from bench.run.availability import model_files
from bench.run.planning import cold_start_cell, comparison_cell, latency_cell, quality_cell
from bench.run.rankers import threads_of
from flashrank import Ranker

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: How many documents are read, from the beginning of a collection.
_DOCUMENTS = 2000
#: Of how many pairs, and of how many queries, the tokens are counted.
_PAIRS, _QUERIES = 400, 50
#: How many characters of a text are looked at, for each token that the model takes.
_CHARACTERS = 16


@dataclass(frozen=True)
class DatasetPairs:
    """The pairs of one dataset.

    Attributes:
        task: The dataset's queries and judgments, without candidates.
        count: How many pairs of query and candidate there are.
        depth: Candidates of the query with most.
        queries: Texts of some of the queries.
        texts: Texts of some of the candidates. Where these are not known yet, a part of the collection is searched.
    """

    task: Task
    count: int
    depth: int
    queries: tuple[str, ...]
    texts: tuple[str, ...]

    def tokens(self, ranker: Ranker) -> npt.NDArray[np.int64]:
        """Return how many tokens some of the pairs have for a model, before any is cut."""
        import numpy as np

        if not self.texts:
            return np.zeros(0, dtype=np.int64)
        tokenizer, longest = ranker.tokenizer, _CHARACTERS * ranker.max_length
        special = ranker.score("a", [""]).tokens[0] - len(tokenizer.encode("a", add_special_tokens=False).ids)
        queries, texts = (
            [len(found.ids) for found in tokenizer.encode_batch(some, add_special_tokens=False)]
            # Half a surrogate pair is no text to a tokenizer.
            for some in (
                [text[:longest].encode("utf-8", "replace").decode() for text in texts]
                for texts in (self.queries, self.texts)
            )
        )
        return np.asarray(texts) + round(float(np.mean(queries))) + special


def pairs_of(experiment: Experiment, dataset: DatasetSpec) -> DatasetPairs:
    """Read a dataset's queries and a sample of its texts.

    Raises:
        BenchError: The dataset or its run cannot be read.
    """
    collection, spec = open_collection(dataset), experiment.candidates_of(dataset)
    qrels, queries = collection.qrels(), experiment.queries_of(dataset).select(collection.queries())
    counts, texts = _candidates(collection, spec, dataset, queries)
    chosen = {query_id: qrels[query_id] for query_id in queries}
    task = Task(
        dataset=dataset.name,
        first_stage=spec.label,
        queries=queries,
        qrels=chosen,
        candidates={},
        texts={},
        relevant_from=relevant_from_of(dataset, qrels, experiment.measures),
    )
    some = tuple(islice(queries.values(), _QUERIES))
    return DatasetPairs(task, sum(counts), max(counts, default=0), some, tuple(texts))


@dataclass(frozen=True)
class _Beginning:
    """The first documents of a collection, to search in."""

    name: str
    found: Mapping[str, str]

    def documents(self) -> Iterator[tuple[str, str]]:
        yield from self.found.items()


def _candidates(
    collection: Collection, spec: CandidatesSpec, dataset: DatasetSpec, queries: Mapping[str, str]
) -> tuple[list[int], Sequence[str]]:
    """Return how many candidates each query has, and texts of some; a guess where they are not retrieved yet."""
    if spec.file is not None:
        run = read_run_file(spec.file)
        ranked = [[doc_id for doc_id, _ in run.get(query_id, [])][: spec.depth] for query_id in queries]
        sample = _spread([doc_id for ranking in ranked for doc_id in ranking])
        texts = collection.texts(sample)
        return [len(ranking) for ranking in ranked], [texts[doc_id] for doc_id in sample]
    beginning = _Beginning(collection.name, dict(islice(collection.documents(), _DOCUMENTS)))
    counts = [min(spec.depth, len(beginning.found))] * len(queries)
    if spec.source != "bm25":
        return counts, _spread(list(beginning.found.values()))
    # BM25 finds longer documents than the usual one, and in a small collection not always as many as asked for.
    some = dict(islice(queries.items(), _QUERIES))
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        searched = cast("Collection", beginning)  # it is searched for documents alone
        candidates = retrieve(searched, spec, some, cache_dir=Path(folder), language=dataset.language)
    if len(beginning.found) < _DOCUMENTS:
        mean = sum(map(len, candidates.values())) / max(1, len(some))
        counts = [round(mean)] * len(queries)
    pairs = [doc_id for ranking in candidates.values() for doc_id, _ in ranking]
    return counts, [beginning.found[doc_id] for doc_id in _spread(pairs)]


def _spread(texts: Sequence[str]) -> Sequence[str]:
    """Return some of many, evenly spread."""
    return texts[:: max(1, len(texts) // _PAIRS)]


def quality_left(
    experiment: Experiment, pairs: DatasetPairs, reranker: RerankerSpec, out: RunDirectory
) -> tuple[float, bool]:
    """Return the share of the queries that is left to rerank, and whether the sweep is left."""
    files, threads, sweep = model_files(reranker), threads_of(reranker), experiment.planned().sweep
    cell = quality_cell(pairs.task, experiment.measures, reranker, files, threads, sweep)
    if out.is_finished(cell, unknown=("candidates", "texts")):
        return 0.0, False
    # A sweep starts from the scores of the journal, also where the quality is finished.
    done = _most_in_a_journal(out, cell.place)
    return max(0.0, 1 - done / len(pairs.task.queries)), sweep is not None


def latency_left(experiment: Experiment, reranker: RerankerSpec, out: RunDirectory) -> bool:
    """Tell whether the latency grid of a model is left to be timed."""
    grid = experiment.planned().latency
    if grid is None:
        return False
    return not out.is_finished(latency_cell(grid, reranker, model_files(reranker), threads_of(reranker)))


def comparisons_left(experiment: Experiment, reranker: RerankerSpec, out: RunDirectory) -> list[WorkloadSpec]:
    """Return the workloads on which systems are still to be compared with a model."""
    planned = experiment.planned()
    peers, files, threads = planned.peers, model_files(reranker), threads_of(reranker)
    if peers is None:
        return []
    unknown = ("texts", "systems")
    return [
        workload
        for workload in planned.workloads_of(reranker)
        if not out.is_finished(comparison_cell(peers, workload, (), {}, reranker, files, threads), unknown)
    ]


def cold_starts_left(experiment: Experiment, reranker: RerankerSpec, out: RunDirectory) -> bool:
    """Tell whether systems are still to be started with a model."""
    spec = experiment.planned().cold_start
    if spec is None:
        return False
    return not out.is_finished(cold_start_cell(spec, (), {}, reranker, model_files(reranker)), ("texts", "systems"))


def _most_in_a_journal(out: RunDirectory, place: str) -> int:
    """Return the number of entries of the longest journal beside a cell."""
    path = out.path / place
    try:
        journals = [journal.read_bytes() for journal in path.parent.glob(f"{path.name}.????????????.partial.jsonl")]
    except OSError as error:
        raise BenchError(f"{path}: a journal beside it cannot be read ({error.strerror})") from error
    return max((content.count(b"\n") - 1 for content in journals), default=0)
