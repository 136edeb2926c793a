from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from bench.report.page.query_data import CHARACTERS, query_data
from bench.report.page.rankings import RankedDocument, comparisons
from bench.report.page.shown_runs import PageRuns
from bench.results.run_results import SHOWN, RunResults


def shown(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    table = pd.DataFrame([("d", "m", "q0", "a query", *row) for row in rows], columns=list(SHOWN))
    return table.astype({"relevance": "Int64"})


@pytest.fixture
def run(make_results: Any) -> RunResults:
    made: RunResults = make_results(models=("m",), datasets=("d",), queries=4)
    texts = [("x", "text of x", 1, 1, 3, 0.5), ("y", "text of y", None, 12, 1, float("nan"))]
    return replace(made, shown=shown(texts))


def test_queries_come_with_the_largest_change_first(run: RunResults) -> None:
    (found,) = comparisons(PageRuns(run))
    assert (found.dataset, found.model, found.left, found.right) == ("d", "m", "BM25", "m")
    table = run.quality.query("measure == 'nDCG@10'").pivot(index="query_id", columns="model", values="value")
    expected = (table["m"] - table["BM25"]).sort_values(key=lambda change: -change.abs())
    assert [query.query_id for query in found.queries] == list(expected.index)
    assert [query.change for query in found.queries] == pytest.approx(list(expected))


def test_documents_stand_where_they_were_and_where_they_are(run: RunResults) -> None:
    (found,) = comparisons(PageRuns(run))
    (query,) = (query for query in found.queries if query.documents)
    assert (query.query_id, query.text) == ("q0", "a query")
    assert query.documents == (RankedDocument("x", 1, 3, 1, 0.5), RankedDocument("y", 12, 1, None, None))
    assert found.texts == {"x": "text of x", "y": "text of y"}


def test_against_another_run_the_model_s_own_ranks_are_compared(run: RunResults) -> None:
    other = replace(
        run, name="other", shown=shown([("x", "text of x", 1, 1, 2, 0.4), ("z", "text of z", 0, 5, 4, 0.3)])
    )
    _, found = comparisons(PageRuns(run, other))
    assert (found.left, found.right) == ("other", "synthetic")
    (query,) = (query for query in found.queries if query.documents)
    assert {each.doc_id: (each.left, each.right, each.relevance) for each in query.documents} == {
        "x": (2, 3, 1),
        "y": (0, 1, None),
        "z": (4, 0, 0),
    }
    assert set(found.texts) == {"x", "y", "z"}


@pytest.mark.parametrize("empty", ["run", "other", "both"])
def test_another_run_may_have_no_texts_or_be_the_only_one_with_texts(run: RunResults, empty: str) -> None:
    without = replace(run, shown=run.shown[:0])
    runs = {"run": PageRuns(without, run), "other": PageRuns(run, without), "both": PageRuns(without, without)}[empty]
    found = comparisons(runs)[1]
    assert any(query.documents for query in found.queries) == (empty != "both")


def test_what_only_one_run_has_is_not_compared(run: RunResults, make_results: Any) -> None:
    assert len(comparisons(PageRuns(run, make_results(models=("other",), datasets=("d",))))) == 1
    assert len(comparisons(PageRuns(run, replace(run, measures=("RR@10",))))) == 1
    assert comparisons(PageRuns(replace(run, quality=run.quality[:0]))) == []


def test_the_page_carries_the_queries_that_changed_most_and_says_how_many(run: RunResults) -> None:
    data = query_data(PageRuns(run), listed=2)
    (entry,) = data["comparisons"]
    assert (len(entry["queries"]), entry["all"], data["listed"]) == (2, 4, 2)
    assert entry["gained"] + entry["lost"] <= 4
    assert [query["id"] for query in entry["queries"]] == [
        each.query_id for each in comparisons(PageRuns(run))[0].queries[:2]
    ]


def test_long_texts_are_cut_and_too_many_left_out(run: RunResults) -> None:
    many = pd.concat(
        [
            shown([(f"{query}-{place}", "w" * 2000, None, place, place, 0.5) for place in range(1, 11)]).assign(
                query_id=query
            )
            for query in ("q0", "q1", "q2", "q3")
        ]
    )
    run = replace(run, shown=many)
    whole = query_data(PageRuns(run), listed=4)
    assert whole["with_texts"] == 4
    assert len(whole["documents"]) == 40
    assert {(len(each["text"]), each["cut"]) for each in whole["documents"]} == {(CHARACTERS, True)}
    fewer = query_data(PageRuns(run), listed=4, room=20 * CHARACTERS)
    assert (fewer["with_texts"], len(fewer["documents"])) == (2, 20)
    assert ["documents" in query for query in fewer["comparisons"][0]["queries"]] == [True, True, False, False]
    assert query_data(PageRuns(run), listed=4, room=0)["documents"] == []


def test_documents_of_two_models_are_carried_once(run: RunResults, make_results: Any) -> None:
    two = make_results(models=("m", "n"), datasets=("d",), queries=4)
    both = pd.concat([run.shown, run.shown.assign(model="n")])
    assert len(query_data(PageRuns(replace(two, shown=both)))["documents"]) == 2
