from __future__ import annotations

from bench.report.charts.depth import depth_rows, describe_depth
from tests.bench.report.sweeps import swept


def test_nothing_varied_is_no_chart(make_results):
    results = make_results(models=1, datasets=["x"], queries=4)
    assert depth_rows(results) == ()
    assert depth_rows(swept(results, depths=(10,), lengths=(64,))) == ()


def test_words_say_what_depth_and_length_bring(make_results):
    results = swept(make_results(models=["tiny"], datasets=["x"], queries=6))
    (row,) = depth_rows(results)
    said = describe_depth(results, depth_rows(results))
    assert said.startswith("nDCG@10 by candidates reranked and by length. x: BM25 0.")
    line = row.by_depth["tiny"]
    assert f"tiny {line[0].quality:.3f} to {line[-1].quality:.3f} at 10 to 100 candidates" in said
    assert "at 64 to 256 tokens" in said
