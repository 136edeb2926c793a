from __future__ import annotations

import dataclasses

from bench.report.charts.pareto import describe_pareto, pareto_panels
from tests.bench.report.sweeps import swept


def test_nothing_swept_is_no_chart(make_results):
    assert pareto_panels(make_results()) == ()
    results = swept(make_results(models=1, datasets=["x"], queries=3))
    assert pareto_panels(dataclasses.replace(results, sweep_timings=results.sweep_timings.iloc[:0])) == ()
    assert pareto_panels(dataclasses.replace(results, sweep=results.sweep.iloc[:0])) == ()


def test_words_name_the_front(make_results):
    results = swept(make_results(models=["tiny"], datasets=["x"], queries=6))
    (panel,) = pareto_panels(results)
    best = panel.front[-1]
    said = describe_pareto(results, pareto_panels(results))
    assert said.startswith("The front of nDCG@10 against median milliseconds per query. x: tiny 0.")
    assert f"{best.quality:.3f} at " in said
    assert f"({best.depth} candidates, {best.max_length} tokens), BM25 0." in said
