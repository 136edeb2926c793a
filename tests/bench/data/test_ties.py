"""The order of a ranking: what trec_eval makes of a file is what was ranked."""

from __future__ import annotations

import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from bench.data.runs import read_run, write_run
from bench.data.ties import as_read, best_first, reordered

IDS = [f"d{number}" for number in range(12)]
# Close enough for ties in float32, and beyond its range.
SCORES = st.sampled_from([-1e300, -3.0, 0.0, 0.5, 0.5 + 1e-12, 1.0, 20.0, 1e38, 3e38, 1e300])
LOGITS = st.sampled_from([-1e39, -17.0, 0.0, -0.0, 1e-45, 17.0, 17.000002, 88.0, 3e38]) | st.floats(-50, 50, width=32)


def rank_by_trec_eval(ranking: list[tuple[str, float]]) -> list[str]:
    """Return the order of trec_eval's own code, by asking for each document's rank as the only relevant one."""
    ranks = {}
    for doc_id, _ in ranking:
        evaluator = pytrec_eval.RelevanceEvaluator({"q": {doc_id: 1}}, {"recip_rank"})
        ranks[doc_id] = 1 / evaluator.evaluate({"q": dict(ranking)})["q"]["recip_rank"]
    return sorted(ranks, key=lambda doc_id: ranks[doc_id])


@given(st.dictionaries(st.sampled_from(IDS), SCORES, min_size=1))
def test_a_first_stage_is_in_trec_evals_order(scores):
    assert [doc_id for doc_id, _ in best_first(scores.items())] == rank_by_trec_eval(list(scores.items()))


def test_ties_go_by_the_id_from_the_end_of_the_alphabet():
    ranked = best_first([("a", 1.0), ("c", 1.0 - 1e-12), ("d9", 1.0), ("d10", 1.0), ("\u00e9", 1.0), ("b", 2.0)])
    assert [doc_id for doc_id, _ in ranked] == ["b", "\u00e9", "d9", "d10", "c", "a"]


@given(st.lists(LOGITS, min_size=1, max_size=12), st.none() | st.integers(0, 14))
def test_a_reranked_run_reads_as_it_was_ranked(tmp_path_factory, logits, depth):
    doc_ids = IDS[: len(logits)]
    ranking = reordered(doc_ids, logits, depth)
    reach = len(doc_ids) if depth is None else depth
    by_logit = sorted(zip(doc_ids[:reach], logits, strict=False), key=lambda pair: -pair[1])
    expected = [doc_id for doc_id, _ in by_logit] + doc_ids[reach:]
    assert [doc_id for doc_id, _ in ranking] == expected
    assert rank_by_trec_eval(ranking) == expected
    path = tmp_path_factory.mktemp("runs") / "run.trec"
    write_run(path, {"q": ranking}, "ours")
    assert read_run(path)["q"] == ranking


def test_distinct_logits_are_the_scores():
    logits = [-3.5, 40.25, 16.7, 40.0]
    assert dict(reordered("abcd", as_read(logits))) == dict(zip("abcd", as_read(logits), strict=True))


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_below_the_depth_candidates_keep_their_order(depth):
    ranked = reordered("abcd", [-40.0, -30.0, -20.0, -10.0], depth)
    assert "".join(doc_id for doc_id, _ in ranked) == "abcd"[:depth][::-1] + "abcd"[depth:]
