"""The latency grid: exact token counts, and resuming."""

from __future__ import annotations

import pytest

from bench.errors import BenchError
from bench.journal import Journal
from bench.latency import latency_table, measure_latency, request_of
from bench.specs import LatencySpec
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


def test_every_cell_of_the_grid_is_timed_and_a_second_run_goes_on(fixtures, tmp_path):
    ranker = Ranker(fixtures / "one-logit-int8", log_level="ERROR")
    grid = LatencySpec(tokens=(32, 64, 1024), passages=2, repeats=4, min_repeats=1, warmup=1)
    with Journal(tmp_path / "journal", "key") as journal:
        work = measure_latency(ranker, grid, journal)
        for _ in range(3):
            next(work)
        work.close()
        assert len(journal.entries) == 3
        first = list(journal.entries)
        assert sum(1 for _ in measure_latency(ranker, grid, journal)) == 8
        table = latency_table(journal)
    assert table.to_dict("records")[:3] == first
    assert sorted(zip(table["tokens"], table["repeat"], strict=True)) == [(t, r) for t in (32, 64) for r in range(4)]
    assert (table["seconds"] > 0).all()


def test_a_grid_above_the_models_limit_is_refused(fixtures, tmp_path):
    ranker = Ranker(fixtures / "one-logit-int8", max_length=16, log_level="ERROR")
    with Journal(tmp_path / "journal", "key") as journal, pytest.raises(BenchError, match="limit of 16"):
        list(measure_latency(ranker, LatencySpec(tokens=(32,)), journal))


def test_a_slow_count_stops_at_max_seconds_but_not_below_min_repeats(fixtures, tmp_path):
    ranker = Ranker(fixtures / "one-logit-int8", log_level="ERROR")
    grid = LatencySpec(tokens=(32,), passages=1, repeats=50, min_repeats=3, warmup=0, max_seconds=1e-9)
    with Journal(tmp_path / "journal", "key") as journal:
        list(measure_latency(ranker, grid, journal))
        assert len(journal.entries) == 3
