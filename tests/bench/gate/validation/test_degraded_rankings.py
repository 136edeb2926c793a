"""Rankings lose what they are asked to lose, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from bench.experiment.gate_limits import GateSpec
from bench.gate.judge_quality import judge_quality
from bench.gate.validation.degraded_rankings import degraded, scored
from bench.gate.verdict import Outcome
from bench.measure.quality import measure


@pytest.fixture
def ranking():
    """Ninety queries with twenty candidates each, ranked so that there is something to lose."""
    rng = np.random.default_rng(1)
    qrels, run = {}, {}
    for query in range(90):
        documents = [f"d{i}" for i in range(20)]
        relevance = dict(zip(documents, rng.integers(0, 4, 20).tolist(), strict=True))
        noisy = sorted(documents, key=lambda d: relevance[d] + rng.normal(0, 1.5), reverse=True)
        qrels[f"q{query}"], run[f"q{query}"] = relevance, scored(noisy)
    return run, qrels


def values(run, qrels):
    return measure(run, qrels, ["nDCG@10"]).set_index("query_id")["value"].sort_index()


def test_a_ranking_loses_what_was_asked_for(ranking):
    run, qrels = ranking
    for seed in range(3):
        loss = values(run, qrels).mean() - values(degraded(run, qrels, "nDCG@10", 0.01, seed), qrels).mean()
        assert loss == pytest.approx(0.01, abs=0.001)


def test_the_loss_is_caught(ranking):
    run, qrels = ranking
    worse = values(degraded(run, qrels, "nDCG@10", 0.01, 0), qrels)
    assert judge_quality("x", values(run, qrels), worse, GateSpec()).outcome is Outcome.FAIL


def test_a_ranking_keeps_every_document(ranking):
    run, qrels = ranking
    worse = degraded(run, qrels, "nDCG@10", 0.05, 0)
    for query_id, ranked in run.items():
        assert {doc_id for doc_id, _ in worse[query_id]} == {doc_id for doc_id, _ in ranked}


def test_a_ranking_differs_from_seed_to_seed(ranking):
    assert degraded(*ranking, "nDCG@10", 0.01, 0) != degraded(*ranking, "nDCG@10", 0.01, 1)


def test_a_ranking_cannot_lose_more_than_there_is(ranking):
    run, qrels = ranking
    some = {"q0": run["q0"][:4]}
    with pytest.raises(ValueError, match="cannot be made worse"):
        degraded(some, {"q0": qrels["q0"]}, "nDCG@10", 0.99, 0)
