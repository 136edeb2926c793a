"""The latency grid: exact token counts, and resuming."""

from __future__ import annotations

import pytest

from bench.common.errors import BenchError
from bench.experiment.grids import LatencySpec
from bench.measure.latency import latency_table, measure_latency, request_of, settings, thread_counts
from bench.results.journal import Journal
from flashrank import Ranker


@pytest.fixture(scope="module")
def words(shared) -> Ranker:
    """A ranker whose tokenizer knows whole English words."""
    return Ranker("ms-marco-MiniLM-L-12-v2", cache_dir=shared / "models", log_level="ERROR")


@pytest.mark.parametrize("tokens", [8, 16, 100, 512])
def test_pairs_have_exactly_the_tokens_asked_for(words, tokens):
    request = request_of(words, tokens, passages=3)
    texts = [passage["text"] for passage in request.passages]
    assert len(set(texts)) == 3
    scored = words.score(request.query, texts)
    assert scored.tokens == (tokens,) * 3
    assert scored.truncated == 0


@pytest.mark.parametrize("name", ["one-logit-int8", "no-token-types"])
def test_any_tokenizer_will_do(fixtures, name):
    ranker = Ranker(fixtures / name, log_level="ERROR")
    for tokens in (32, 64, 511, 512):
        request = request_of(ranker, tokens, passages=2)
        assert ranker.score(request.query, [passage["text"] for passage in request.passages]).tokens == (tokens,) * 2


def test_a_length_too_short_for_any_passage_is_refused(words):
    with pytest.raises(BenchError, match="exactly 5 tokens"):
        request_of(words, 5, passages=1)


@pytest.fixture(scope="module")
def ranker(fixtures) -> Ranker:
    return Ranker(fixtures / "one-logit-int8", threads=1, log_level="ERROR")


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "journal", "key") as journal:
        yield journal


def test_every_cell_of_the_grid_is_timed_and_a_second_run_goes_on(ranker, journal):
    grid = LatencySpec(tokens=(32, 64, 1024), passages=2, repeats=4, min_repeats=1, warmup=1)
    work = measure_latency({1: ranker}, grid, journal)
    for _ in range(3):
        next(work)
    work.close()
    assert len(journal.entries) == 3
    first = list(journal.entries)
    assert sum(1 for _ in measure_latency({1: ranker}, grid, journal)) == 8
    table = latency_table(journal)
    assert table.to_dict("records")[:3] == first
    assert sorted(zip(table["tokens"], table["repeat"], strict=True)) == [(t, r) for t in (32, 64) for r in range(4)]
    assert set(table["passages"]) == {2}
    assert (table["seconds"] > 0).all()


def test_tokens_passages_and_threads_take_turns_within_every_repeat(fixtures, journal, monkeypatch):
    rankers = {n: Ranker(fixtures / "one-logit-int8", threads=n, log_level="ERROR") for n in (1, 2)}
    asked = []

    def rerank(self, request):
        texts = [passage["text"] for passage in request.passages]
        asked.append((self.score(request.query, texts).tokens, self.threads))
        return []

    monkeypatch.setattr(Ranker, "rerank", rerank)
    grid = LatencySpec(tokens=(32, 64), passages=(1, 3), threads=(2, 1), repeats=2, min_repeats=1, warmup=0)
    assert sum(1 for _ in measure_latency(rankers, grid, journal)) == 16
    table = latency_table(journal)
    assert list(table.columns) == ["tokens", "passages", "threads", "repeat", "seconds"]
    timed = list(zip(table["tokens"], table["passages"], table["threads"], strict=True))
    assert [((tokens,) * passages, threads) for tokens, passages, threads in timed] == asked
    assert timed[:8] == timed[8:]
    assert set(timed[:8]) == {(t, p, n) for t in (32, 64) for p in (1, 3) for n in (1, 2)}
    assert table["repeat"].tolist() == [0] * 8 + [1] * 8
    assert settings(grid, rankers, 512) == timed[:8]


def test_a_grid_above_the_models_limit_is_refused(fixtures, journal):
    ranker = Ranker(fixtures / "one-logit-int8", max_length=16, log_level="ERROR")
    with pytest.raises(BenchError, match="limit of 16"):
        list(measure_latency({ranker.threads: ranker}, LatencySpec(tokens=(32,)), journal))


def test_a_slow_count_stops_at_max_seconds_but_not_below_min_repeats(ranker, journal):
    grid = LatencySpec(tokens=(32,), passages=1, repeats=50, min_repeats=3, warmup=0, max_seconds=1e-9)
    list(measure_latency({1: ranker}, grid, journal))
    assert len(journal.entries) == 3


def test_threads_are_the_grids_or_the_models_own():
    assert thread_counts(LatencySpec(threads=(1, 4)), own=2, cores=4) == (1, 4)
    assert thread_counts(LatencySpec(), own=8, cores=4) == (8,)


def test_more_threads_than_cores_are_refused():
    with pytest.raises(BenchError, match=r"`threads` asks for 4, 8, but this process may use 2 .* give 1 to 2"):
        thread_counts(LatencySpec(threads=(1, 4, 8)), own=2, cores=2)
