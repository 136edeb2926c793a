"""The numbers that each version of ``bench.provenance.versions`` stands for, computed from inputs that code makes.

``python -m tests.bench.provenance.version_references`` writes them down again, of the versions that were raised, and
refuses where numbers moved and the version did not.
"""

from __future__ import annotations

import json
import logging
import math
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from bench.data.dataset_spec import QuerySubset
from bench.data.first_stages.bm25 import search
from bench.data.length_mixes import MIXES
from bench.data.task import Task
from bench.experiment.cold_start import ColdStartSpec
from bench.experiment.grids import LatencySpec, SweepSpec
from bench.experiment.peers import PeersSpec
from bench.measure import footprint, latency
from bench.measure.energy import measure_energy
from bench.measure.fidelity import fidelity
from bench.measure.quality import Reranked, measure, rerank_queries, reranked_run, timings
from bench.measure.request import Request
from bench.measure.side_by_side import take_rounds
from bench.measure.sweep import scoring, sweep
from bench.provenance.versions import VERSIONS
from bench.results.journal import Journal
from bench.systems.cold_start import take_cold_starts
from flashrank import Ranker, RerankRequest, Scores
from flashrank.cascade.rescoring import PATIENCE, score_in_cascade
from flashrank.listwise import scorer
from flashrank.listwise.scorer import ListwiseScorer
from flashrank.scoring.scores import ScoredPair

FIXTURES = Path(__file__).parents[2] / "fixtures"
FILE = Path(__file__).with_name("version_references.json")
RAISE = (
    "if that is meant, raise {0!r} in bench/provenance/versions.py and run:"
    " python -m tests.bench.provenance.version_references"
)

QUERY = "how do bees find their way home?"
PASSAGES = (
    "A forager returns to her hive by the sun.",
    "Bees.",
    "",
    "Čeština, 東京 and [SEP] \N{HONEYBEE} in one passage; " * 4,
    "honey " * 90,
)
_WORDS = ("rank", "query", "model", "score", "token", "layer", "search", "index")


def _ranker(model: str, **options: Any) -> Ranker:
    with tempfile.TemporaryDirectory() as folder:  # graphs are kept beside the models that are loaded
        directory = shutil.copytree(FIXTURES / model, Path(folder) / "model")
        return Ranker(directory, threads=1, log_level="ERROR", **options)


def _pairs(model: str, **options: Any) -> list[list[Any]]:
    pairs = _ranker(model, **options).encode(QUERY, PASSAGES)
    return [[pair.ids, pair.type_ids, pair.cut] for pair in pairs]


def tokenization() -> dict[str, Any]:
    """Ids, segments and cut of pairs: by WordPiece and Unigram, whole and cut, as a pair and in a template."""
    return {
        "wordpiece": _pairs("one-logit-fp32"),
        "wordpiece cut": _pairs("one-logit-fp32", max_length=24),
        "unigram": _pairs("multilingual/xlm-roberta", max_length=48),
        "template": _pairs("one-logit-fp32", max_length=40, template="Query: {query} Document: {passage}"),
    }


def engine() -> dict[str, Any]:
    """Scores by every head: one logit, two logits, a decoder's first token. Of float weights: int8 differs by CPU."""
    models = ("one-logit-fp32", "multilingual/multibert-cased", "architectures/t5", "architectures/modernbert")
    return {model: list(_ranker(model, max_length=64).score(QUERY, PASSAGES).scores) for model in models}


class _Reader:
    """A language model that keeps its prompts, and names the passages of a window by their last word."""

    context, chat_template = 1000, ""

    def __init__(self, *_: object) -> None:
        self.prompts: list[str] = []

    def tokens(self, text: str) -> list[str]:
        return re.findall(r"\s+|\w+|[^\w\s]", text)

    def text(self, tokens: list[str]) -> str:
        return "".join(tokens).strip()

    def conversation(self, turns: list[str]) -> list[str]:
        return self.tokens("</s>".join(turns))

    def generate(self, prompt: list[str], most: int) -> str:
        self.prompts.append("".join(prompt) + f"|{most}")
        listed = re.findall(r"^\[(\d+)\] .*?(\d+)$", self.prompts[-1], re.MULTILINE)
        return " > ".join(f"[{number}]" for number, _ in sorted(listed, key=lambda found: -int(found[1]))[:15])


def cascade() -> dict[str, Any]:
    """Scores of forty passages by two models that disagree, and who gave them, at two patiences."""
    texts = [str(place) for place in range(40)]

    def scorer(step: int) -> Callable[[Any], list[ScoredPair]]:
        logits = [(place * place * step % 83 - 40) / 8 for place in range(40)]
        return lambda texts: [ScoredPair(0.5 + logits[int(text)] / 20, logits[int(text)], step, 0) for text in texts]

    found = {patience: score_in_cascade(texts, scorer(5), scorer(7), patience) for patience in (2, 4, PATIENCE)}
    return {
        str(patience): [list(scores.scores), list(scores.logits), list(scores.rescored or ())]
        for patience, scores in found.items()
    }


def listwise() -> dict[str, Any]:
    """Prompts, and the scores of forty passages that a perfect reader orders, some of them cut."""
    texts = [f"of [3] {'long ' * (place % 7)} relevance {place * 17 % 40}" for place in range(40)]
    with mock.patch.object(scorer, "LlamaModel", _Reader):
        model = ListwiseScorer(Path("none"), max_length=24, threads=1, logger=logging.getLogger("none"))
        found = model.score(QUERY, texts)
    prompts = model._model.prompts  # type: ignore[attr-defined]
    return {"prompts": prompts, "scores": list(found.scores), "tokens": list(found.tokens), "cut": found.tokens_cut}


class _Documents:
    name = "made"

    def documents(self) -> Iterator[tuple[str, str]]:
        for number in range(30):
            yield f"blank{number}", "?" * (number % 2)
            yield f"d{number}", " ".join(_WORDS[(number * step + step) % 8] + "s" * (step % 2) for step in range(1, 6))


def bm25() -> dict[str, Any]:
    """Candidates and scores, with ties at the cut and blank documents."""
    queries = {"q1": "searching models", "q2": "the index of tokens", "q3": "nothing"}
    with tempfile.TemporaryDirectory() as cache:
        run = search(_Documents(), queries, k1=0.9, b=0.4, depth=7, cache_dir=Path(cache))  # type: ignore[arg-type]
    return {query_id: [[doc_id, score] for doc_id, score in ranked] for query_id, ranked in run.items()}


def _task() -> Task:
    queries = {f"q{number}": f"query {number}" for number in range(6)}
    candidates = {
        query_id: [(f"d{place}", 1.0 / (1 + place)) for place in range(number * 2)]
        for number, query_id in enumerate(queries)
    }
    qrels = {query_id: {f"d{place}": place % 3 for place in range(0, 12, 2)} for query_id in queries}
    texts = {f"d{place}": "word " * (1 + place * 5) for place in range(12)}
    return Task("made", "BM25", queries, qrels, candidates, texts)


class _Recorder:
    """A ranker that keeps what it is asked, and takes a tenth of a second for a passage."""

    def __init__(self, clock: list[float], max_length: int = 64, threads: int = 2) -> None:
        self.clock, self.max_length, self.threads = clock, max_length, threads
        self.asked: list[Any] = []

    def score(self, query: str, texts: Any) -> Scores:
        self.asked.append([query, len(list(texts)), self.max_length])
        self.clock[0] += 0.1 * len(texts)
        tokens = tuple(min(self.max_length, 4 + len(text.split())) for text in texts)
        logits = tuple(float((len(text) * 7) % 3) for text in texts)
        scores = tuple(logit / 3 for logit in logits)
        return Scores(scores, logits, tokens, sum(len(text.split()) + 4 > self.max_length for text in texts), 0)

    def rerank(self, request: Any) -> None:
        self.asked.append([str(request.query), len(request.passages), self.threads])
        self.clock[0] += 0.1 * len(request.passages)


@contextmanager
def _journal() -> Iterator[Journal]:
    with tempfile.TemporaryDirectory() as folder, Journal(Path(folder, "journal"), "key") as journal:
        yield journal


@contextmanager
def _clock() -> Iterator[list[float]]:
    clock = [0.0]
    with mock.patch("time.perf_counter", side_effect=lambda: clock[0]):
        yield clock


def _reranked(task: Task, clock: list[float]) -> tuple[_Recorder, list[Reranked]]:
    ranker = _Recorder(clock)
    with _journal() as journal:
        return ranker, list(rerank_queries(ranker, task, journal))  # type: ignore[arg-type]


def quality() -> dict[str, Any]:
    """What is asked of a ranker, the run with its ties, measures by query, seconds, and which queries are chosen."""
    task = _task()
    with _clock() as clock:
        ranker, reranked = _reranked(task, clock)
    run = reranked_run(task, {result.query_id: result.logits for result in reranked})
    values = measure(run, task.qrels, ("nDCG@10", "RR@10", "R@100", "P@10", "AP", "Judged@10"))
    chosen = QuerySubset(size=12, seed=3).select({str(number): "" for number in range(50)})
    return {
        "asked": ranker.asked,
        "run": {query_id: [[doc_id, score] for doc_id, score in ranked] for query_id, ranked in run.items()},
        "measures": values.to_numpy().tolist(),
        "timings": timings(task, reranked).to_numpy().tolist(),
        "chosen": list(chosen),
    }


def sweep_points_and_times() -> dict[str, Any]:
    """Points, what is scored again and timed, and the measures of every point."""
    task, spec = _task(), SweepSpec(depths=(2, 5, 50), max_lengths=(16, 32, 64), timed_queries=2, repeats=2)
    rankers: list[_Recorder] = []

    def ranker_of(length: int) -> Any:
        rankers.append(_Recorder(clock, length))
        return rankers[-1]

    with _clock() as clock, _journal() as journal:
        _, reranked = _reranked(task, clock)
        lengths = sweep.shorter_lengths(spec, 64)
        shortened = list(scoring.shorten(task, reranked, lengths, ranker_of, journal))
        list(sweep.time_sweep(task, spec, ranker_of, journal, 64))
        values = sweep.sweep_quality(task, reranked, shortened, spec, ("nDCG@10",), 64)
        timed = sweep.sweep_timings(journal)
    return {
        "asked": [ranker.asked for ranker in rankers],
        "measures": values.to_numpy().tolist(),
        "timed": timed.to_numpy().tolist(),
    }


def latency_grid() -> dict[str, Any]:
    """The texts of requests, the order in which they are timed, and when a setting has been timed enough."""
    grid = LatencySpec(tokens=(16, 24), passages=(1, 3), threads=(1, 2), repeats=4, min_repeats=2, max_seconds=0.5)
    real = _ranker("one-logit-fp32", max_length=64)
    made = [latency.request_of(real, tokens, 3) for tokens in grid.tokens]
    requests = [[str(request.query), *(passage["text"] for passage in request.passages)] for request in made]

    def request_of(_: object, tokens: int, passages: int) -> RerankRequest:
        return RerankRequest(str(tokens), [{"text": ""}] * passages)

    with _clock() as clock, _journal() as journal:
        rankers = {threads: _Recorder(clock, threads=threads) for threads in (1, 2)}
        with mock.patch.object(latency, "request_of", request_of):
            list(latency.measure_latency(rankers, grid, journal))  # type: ignore[arg-type]
        timed = latency.latency_table(journal)
    return {
        "requests": requests,
        "asked": [ranker.asked for ranker in rankers.values()],
        "timed": timed.to_numpy().tolist(),
    }


class _FakeProcess:
    """A process that takes 0.3 seconds for a request, and grows with every one."""

    clock: list[float]

    def __init__(self, *_: object, options: dict[str, Any]) -> None:
        self.options, self.asked = options, 0

    def ask(self, _query: str, texts: list[str]) -> dict[str, Any]:
        self.asked += 1
        self.clock[0] += 0.3
        return {"peak_bytes": 1000 * self.asked + len(texts)}

    def __enter__(self) -> _FakeProcess:
        return self

    def __exit__(self, *_: object) -> None: ...


def footprint_of_a_process() -> dict[str, Any]:
    """How often a request is answered, and whose peak counts."""
    request = RerankRequest("q", [{"text": "a"}] * 5)
    with (
        _clock() as clock,
        tempfile.TemporaryDirectory() as power,
        mock.patch.object(footprint, "ranker_process", _FakeProcess),
    ):
        _FakeProcess.clock = clock
        found = footprint.measure_footprint({"model_name": "made", "threads": 2}, request, Path(power))
    return {"requests": found.requests, "peak_bytes": found.peak_bytes, "joules": found.joules}


def energy() -> dict[str, Any]:
    """Counters of packages and memory, one of which starts again."""
    names = {"intel-rapl:0": "package-0", "intel-rapl:0:0": "core", "intel-rapl:0:2": "dram", "intel-rapl:1": "psys"}

    def write(root: Path, values: tuple[int, ...]) -> None:
        for (zone, name), value in zip(names.items(), values, strict=True):
            (root / zone).mkdir(exist_ok=True)
            (root / zone / "name").write_text(f"{name}\n")
            (root / zone / "energy_uj").write_text(f"{value}\n")
            (root / zone / "max_energy_range_uj").write_text("10000000\n")

    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), (9_000_000, 5, 1_000_000, 7))
        with measure_energy(Path(folder)) as found:
            write(Path(folder), (500_000, 900_000, 1_250_000, 9_999_999))
    return {"joules": found.joules}


class _Answering:
    """A process that answers in a second for each of its name's letters."""

    def __init__(self, name: str, asked: list[list[Any]]) -> None:
        self.name, self.asked = name, asked

    def ask(self, query: str, texts: Any) -> dict[str, Any]:
        self.asked.append([self.name, query, *texts])
        return {"seconds": float(len(self.name)), "scores": [0.25, 0.75], "peak_bytes": len(self.asked)}


def side_by_side() -> dict[str, Any]:
    """The lengths of a mix, who is asked what and in which order, what is kept of it, and distances from float32."""
    spec = PeersSpec.model_validate(
        {"systems": ["a", "bb", "ccc"], "workloads": [{"mix": "short"}], "rounds": 4, "min_rounds": 2, "max_seconds": 9}
    )
    requests = [Request(f"q{n}", f"query {n}", ("x", "y"), (f"text {n}", "more")) for n in range(2)]
    asked: list[list[Any]] = []
    processes: dict[str, Any] = {name: _Answering(name, asked) for name in spec.systems}
    with _journal() as journal:
        list(take_rounds(processes, requests, spec, journal))
        kept = list(journal.entries)
    found = fidelity({0: [0.25, 0.75, 1.0]}, {0: [1.0, 0.5, 30.0]})
    return {
        "lengths": {mix.name: list(mix.draw(4, 0)) for mix in MIXES},
        "asked": asked,
        "kept": kept,
        "fidelity": [found.mean_difference, found.largest_difference, found.tau],
    }


def cold_start() -> dict[str, Any]:
    """Who is started and asked what, in which order, what the time of a start has in it, and what is kept."""
    spec = ColdStartSpec.model_validate({"systems": ["a", "bb"], "rounds": 2, "warm": 2})
    requests = {passages: Request("q", "query", ("x",), (f"{passages} texts",)) for passages in spec.passages}
    asked: list[list[Any]] = []
    starts: dict[tuple[str, int], Any] = {
        (name, threads): partial(nullcontext, _Answering(f"{name}{threads}", asked))
        for name in spec.systems
        for threads in spec.threads
    }
    with _journal() as journal:
        list(take_cold_starts(starts, requests, spec, journal, clock=lambda: float(len(asked))))
        return {"asked": asked, "kept": list(journal.entries), "lengths": spec.mix}


#: Version -> what computes its numbers, and how far floats may be from them on another processor.
REFERENCES: dict[str, tuple[Callable[[], dict[str, Any]], float]] = {
    "tokenization": (tokenization, 0.0),
    "engine": (engine, 1e-5),
    "cascade": (cascade, 1e-9),
    "listwise": (listwise, 0.0),
    "bm25": (bm25, 1e-4),
    "quality": (quality, 1e-9),
    "sweep": (sweep_points_and_times, 1e-9),
    "latency": (latency_grid, 1e-9),
    "footprint": (footprint_of_a_process, 0.0),
    "energy": (energy, 0.0),
    "peers": (side_by_side, 1e-9),
    "cold start": (cold_start, 1e-9),
}


def as_json(value: Any) -> Any:
    """Return what is read back of a value written as JSON."""
    return json.loads(json.dumps(value))


def difference(old: Any, new: Any, tolerance: float, place: str = "") -> str:
    """Return the first place where two JSON values differ by more than ``tolerance``, and how; or an empty string."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        return next(filter(None, (difference(old[key], new[key], tolerance, f"{place} {key}") for key in old)), "")
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return next(filter(None, (difference(*pair, tolerance, f"{place}[{at}]") for at, pair in pairs)), "")
    if isinstance(old, float) and isinstance(new, float):
        return "" if math.isclose(old, new, rel_tol=0, abs_tol=tolerance) else f"{place.strip()}: {old} -> {new}"
    same = type(old) is type(new) and old == new
    return "" if same else f"{place.strip()}: {str(old)[:80]} -> {str(new)[:80]}"


def main() -> int:
    """Write the numbers of raised and new versions; refuse where others moved."""
    known = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    written = {}
    for name, (compute, tolerance) in REFERENCES.items():
        numbers, before = as_json(compute()), known.get(name)
        if before and before["version"] == VERSIONS[name]:
            if moved := difference(before["numbers"], numbers, tolerance):
                sys.exit(f"{name}: {moved}; {RAISE.format(name)}")
            numbers = before["numbers"]
        written[name] = {"version": VERSIONS[name], "numbers": numbers}
    lines = [f" {json.dumps(name)}: {json.dumps(entry)}" for name, entry in written.items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
