"""Published numbers beside a run's own, and what is said about how they compare."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bench.data.reference_numbers import load_references
from bench.report.tables.references import SAME, differences, reference_table
from bench.report.tables.writers import to_csv, to_markdown
from bench.stats.intervals import bootstrap_interval

L12 = "ms-marco-MiniLM-L-12-v2"
POOL = "TREC DL19 judged pool"
UNORDERED = "BM25 top 1000 (unordered)"


def row(table, **cell) -> pd.Series:
    (found,) = (values for _, values in table.frame.iterrows() if all(values[key] == cell[key] for key in cell))
    return found


def reranked(results, depth):
    """Return timings as if ``depth`` candidates had been reranked for one query of every cell."""
    rows = [(name, model.name, "q0", depth, 10_000, 1.0) for name in results.datasets for model in results.models]
    return pd.DataFrame(rows, columns=["dataset", "model", "query_id", "candidates", "tokens", "seconds"])


@pytest.fixture(scope="module")
def results(make_results):
    """Two BEIR sets, a dataset nobody knows, and a judged pool, of eight queries each."""
    names = ["SciFact", "NFCorpus", "My documents", POOL]
    return make_results(models=[L12, "mine"], datasets=names, queries=8)


def test_a_row_for_every_published_cell_and_no_other(results):
    table = reference_table(results)
    cells = list(table.frame[["dataset", "model", "measure"]].itertuples(index=False, name=None))
    assert cells == [
        ("SciFact", "BM25", "nDCG@10"),
        ("NFCorpus", "BM25", "nDCG@10"),
        (POOL, "BM25", "nDCG@10"),
        (POOL, L12, "nDCG@10"),
    ]


def test_numbers_are_the_runs_and_the_sources(results):
    table = reference_table(results)
    quality = results.quality
    values = quality.query("dataset == 'SciFact' and model == 'BM25' and measure == 'nDCG@10'")["value"]
    found = row(table, dataset="SciFact")
    assert found["here"] == pytest.approx(np.mean(values))
    assert found["published"] == 0.6789
    assert found["difference"] == pytest.approx(np.mean(values) - 0.6789)
    assert table.intervals[0, "here"] == bootstrap_interval(values)


def test_a_judged_pool_is_never_unmarked(results):
    table = reference_table(results)
    for model in ("BM25", L12):
        words = row(table, dataset=POOL, model=model)["protocol"]
        assert words.startswith("judged pool only, not the full collection")
        assert SAME not in words


def test_a_pool_that_only_its_note_names_is_marked(make_results):
    results = make_results(models=[L12], datasets=["DL19"], notes={"DL19": "BM25's top 100, judged passages only"})
    table = reference_table(results)
    assert all(words.startswith("judged pool only") for words in table.frame["protocol"])
    assert table.markers == (("†",), ("†",))
    assert "DL19†" in to_markdown(table)


def test_a_first_stage_on_all_queries_is_the_same(make_results):
    results = make_results(models=[L12], datasets=["beir/scifact/test"], queries=3)
    whole = make_results(models=[L12], datasets=["SciFact"], queries=300)
    assert row(reference_table(results), model="BM25")["protocol"] == "3 of 300 queries"
    assert row(reference_table(whole), model="BM25")["protocol"] == SAME


def test_what_is_different_is_said(make_results):
    reference = load_references().find("DL19", L12, "nDCG@10")[0]
    run = make_results(models=[L12, "my L-12"], datasets=["DL19"], queries=43)
    here = replace(run, timings=reranked(run, 100))
    assert differences(here, "DL19", L12, reference) == (
        f"candidates of BM25, not of {UNORDERED}",
        "at most 100 candidates a query, not 1,000",
        "int8, not fp32",
    )
    assert differences(here, "DL19", "my L-12", reference)[-1] == "a precision not recorded, not fp32"


def test_what_was_not_recorded_is_not_called_the_same(make_results):
    reference = load_references().find("DL19", L12, "nDCG@10")[0]
    results = make_results(models=[L12], datasets=["DL19"], queries=43, first_stage={})
    results = replace(results, timings=results.timings.iloc[:0])
    assert differences(results, "DL19", L12, reference)[:2] == (
        f"candidates of an unknown first stage, not of {UNORDERED}",
        "depth not recorded, not surely 1,000",
    )


def test_only_the_precision_is_left_where_the_rest_is_reproduced(make_results):
    reference = load_references().find("DL19", L12, "nDCG@10")[0]
    run = make_results(models=[L12], datasets=["DL19"], queries=43)
    here = replace(run, first_stage={"DL19": UNORDERED}, timings=reranked(run, 1000))
    assert differences(here, "DL19", L12, reference) == ("int8, not fp32",)


def test_a_run_without_references_gives_an_empty_table(make_results):
    table = reference_table(make_results())
    assert table.frame.empty
    assert table.remarks == ()
    run = make_results(datasets=["SciFact"])
    assert reference_table(replace(run, quality=run.quality.iloc[:0])).frame.empty


def test_it_is_written_with_its_sources(results):
    table = reference_table(results)
    page = to_markdown(table)
    for url in (
        "https://huggingface.co/cross-encoder/ms-marco-MiniLM-L-12-v2",
        "https://github.com/castorini/pyserini/blob/",
    ):
        assert url in page.replace("\\", "")
    assert to_csv(table).splitlines()[0].startswith("dataset,model,measure,here,published,difference,protocol,source")
    assert to_csv(table) == to_csv(reference_table(results))
