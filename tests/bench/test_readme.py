"""The README's regions: what fills them, and that a stale one is noticed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.readme import BUDGET, DEPTH, ROOT, RUN, fill, median_latencies, stale, update
from bench.run_directory import RunDirectory
from flashrank import list_models


@pytest.fixture(scope="module")
def runs():
    return {run: RunDirectory(ROOT / run).load() for run in (RUN, BUDGET, DEPTH)}


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A copy of what the README is made from."""
    for run in (RUN, BUDGET, DEPTH):
        shutil.copytree(ROOT / run, tmp_path / run)
    shutil.copy(ROOT / "README.md", tmp_path)
    return tmp_path


def test_a_region_is_filled_and_the_rest_left_alone(runs):
    filled = fill("before\n<!-- measured: models -->\nold\n<!-- end -->\nafter <!-- end -->\n", runs)
    assert filled.startswith("before\n<!-- measured: models -->\n| model |")
    assert filled.endswith("<!-- end -->\nafter <!-- end -->\n")
    assert "old" not in filled
    for spec in list_models():
        assert f"| `{spec.name}`" in filled
    assert fill(filled, runs) == filled


@pytest.mark.parametrize("name", ["quality", "latency", "budget"])
def test_every_figure_links_to_its_data(runs, name):
    filled = fill(f"<!-- measured: {name} -->\n<!-- end -->", runs)
    for link in ("-dark.svg", "-light.svg", ".csv"):
        assert f"{link}" in filled
    for part in filled.replace('"', " ").replace(")", " ").replace("(", " ").split():
        if part.startswith("reports/"):
            assert (ROOT / part).exists(), part
    for model in runs[RUN].models:
        assert model.name in filled


def test_median_latencies_are_those_of_the_requests(runs):
    table = median_latencies(runs[DEPTH])
    assert list(table.frame["model"]) == [model.name for model in runs[DEPTH].models]
    requests = runs[DEPTH].latency
    for row, model in enumerate(table.frame["model"]):
        for tokens in (16, 512):
            seconds = requests.loc[(requests["model"] == model) & (requests["tokens"] == tokens), "seconds"]
            assert table.frame[f"{tokens} tokens"].iloc[row] == pytest.approx(1000 * seconds.median())


@pytest.mark.parametrize(
    ("text", "message"),
    [("<!-- measured: speed -->\n<!-- end -->", "no region is called 'speed'"), ("nothing", "no region")],
)
def test_what_cannot_be_filled_is_named(runs, text, message):
    with pytest.raises(BenchError, match=message):
        fill(text, runs)


def test_what_is_committed_is_not_stale():
    assert stale() == []


def test_a_changed_number_is_stale_until_it_is_updated(checkout):
    table = checkout / RUN / "report" / "tables" / "quality-ndcg-10.csv"
    table.write_text(table.read_text().replace("SciFact", "SciFiction"))
    readme = checkout / "README.md"
    readme.write_text(readme.read_text().replace("nano", "pico"))
    assert stale(checkout) == [RUN / "report/tables/quality-ndcg-10.csv", Path("README.md")]
    assert set(update(checkout)) == {RUN / "report/tables/quality-ndcg-10.csv", Path("README.md")}
    assert stale(checkout) == []
