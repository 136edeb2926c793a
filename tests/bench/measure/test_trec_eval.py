"""The run files that an experiment leaves give trec_eval's own figures: equal to ours to the last digit."""

from __future__ import annotations

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.data.runs import write_run
from bench.measure.quality import measure

#: ir-measures' names, and trec_eval's for the same.
NAMES = {
    "nDCG@10": "ndcg_cut_10",
    "nDCG": "ndcg",
    "RR": "recip_rank",
    "AP": "map",
    "P@10": "P_10",
    "R@100": "recall_100",
    "Rprec": "Rprec",
}
# Close enough for ties in float32, which is what trec_eval keeps of a score.
SCORES = st.sampled_from([0.0, 0.25, 0.5, 0.5 + 1e-9, 0.5 + 1e-12, 0.9999999, 1.0 - 1e-12, 1.0])
QRELS = st.dictionaries(
    st.sampled_from(["q1", "q2", "q10", "absent"]),
    st.dictionaries(st.sampled_from([f"d{i}" for i in range(16)]), st.integers(0, 3), min_size=1),
    min_size=1,
)
RUNS = st.dictionaries(
    st.sampled_from(["q1", "q2", "q10", "unjudged"]),
    st.dictionaries(st.sampled_from([f"d{i}" for i in range(24)]), SCORES, min_size=1),
    min_size=1,
)


def trec_evals(path, qrels) -> dict[tuple[str, str], float]:
    """Return what trec_eval's own code makes of the file: (query, measure) -> value, 0 for a query without a line."""
    run: dict[str, dict[str, float]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        query_id, _, doc_id, _, score, _ = line.split()
        run.setdefault(query_id, {})[doc_id] = float(score)
    found = pytrec_eval.RelevanceEvaluator(qrels, set(NAMES.values())).evaluate(run)
    return {
        (query_id, name): found.get(query_id, {}).get(trec_name, 0.0)
        for query_id in qrels
        for name, trec_name in NAMES.items()
    }


@settings(deadline=None, max_examples=60)
@given(qrels=QRELS, scores=RUNS)
def test_every_query_to_the_last_digit(tmp_path_factory, qrels, scores):
    run = {
        query_id: sorted(ranking.items(), key=lambda pair: pair[1], reverse=True)
        for query_id, ranking in scores.items()
    }
    path = tmp_path_factory.mktemp("runs") / "run.trec"
    write_run(path, run, "ours")
    table = measure(run, qrels, list(NAMES))
    ours = {(row.query_id, row.measure): row.value for row in table.itertuples() if row.measure in NAMES}
    assert ours == trec_evals(path, qrels)


def test_the_mean_as_trec_eval_prints_it(tmp_path):
    draw = np.random.default_rng(2)
    qrels = {f"q{q}": {f"d{i}": int(draw.integers(0, 4)) for i in range(30)} for q in range(40)}
    run = {
        query_id: sorted(((f"d{i}", float(draw.random(dtype=np.float32))) for i in range(100)), key=lambda p: -p[1])
        for query_id in qrels
    }
    write_run(tmp_path / "run.trec", run, "ours")
    theirs = trec_evals(tmp_path / "run.trec", qrels)
    table = measure(run, qrels, list(NAMES))
    for name in NAMES:
        mean = table.loc[table["measure"] == name, "value"].mean()
        expected = np.mean([value for (_, measured), value in theirs.items() if measured == name])
        assert f"{mean:.4f}" == f"{expected:.4f}"
        assert mean == pytest.approx(expected, rel=1e-14)
