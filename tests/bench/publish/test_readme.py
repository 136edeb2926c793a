"""The documents' regions: what fills them, and that a stale one is noticed.

Numbers of the documents are compared with those computed here as ``bench.publish.alike`` does: to one unit in the last
printed place, as bootstraps and percentiles are sums whose last digits depend on the processor; words exactly.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from bench.common.errors import BenchError
from bench.publish.readme import DOCUMENTS, ROOT, fill, load, stale, update
from bench.publish.regions import BUDGET, DEPTH, FIGURES, PLOTS, REGIONS, RUN, median_latencies
from flashrank import list_models

README, MODELS, MEASURED = DOCUMENTS


@pytest.fixture(scope="module")
def runs():
    return load()


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A copy of the documents and of what they are made from."""
    for folder in (RUN, BUDGET, DEPTH, PLOTS):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("report"))
    for document in DOCUMENTS:
        (tmp_path / document).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / document, tmp_path / document)
    return tmp_path


def test_a_region_is_filled_and_the_rest_left_alone(runs):
    filled = fill(MODELS, "before\n<!-- measured: models -->\nold\n<!-- end -->\nafter <!-- end -->\n", runs)
    assert filled.startswith("before\n<!-- measured: models -->\n| model |")
    assert filled.endswith("<!-- end -->\nafter <!-- end -->\n")
    assert "old" not in filled
    for spec in list_models():
        assert f"| `{spec.name}`" in filled
    assert fill(MODELS, filled, runs) == filled


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_figure_links_to_its_data_from_where_the_document_lies(runs, name, document):
    picture, table = (REGIONS[region](runs, document.parent) for region in (f"{name}-chart", name))
    assert re.findall(r'(?:srcset|src)="([^"]*)', picture) == [
        Path(os.path.relpath(path, document.parent)).as_posix() for path in reversed(FIGURES[name].pictures())
    ]
    (link,) = re.findall(r"\[the run\]\(([^)]*)\)", table)
    assert (ROOT / document.parent / link).resolve() == (ROOT / FIGURES[name].run).resolve()
    assert f"`python -m bench report {FIGURES[name].run.as_posix()}`" in table
    for model in runs[RUN].models:
        assert model.name in picture
        assert model.name in table


def test_every_region_stands_in_one_document():
    assert sorted(region for regions in DOCUMENTS.values() for region in regions) == sorted(REGIONS)


def test_median_latencies_are_those_of_the_requests(runs):
    table = median_latencies(runs[DEPTH])
    assert list(table.frame["model"]) == [model.name for model in runs[DEPTH].models]
    requests = runs[DEPTH].latency
    for row, model in enumerate(table.frame["model"]):
        for tokens in (16, 512):
            seconds = requests.loc[(requests["model"] == model) & (requests["tokens"] == tokens), "seconds"]
            assert table.frame[f"{tokens} tokens"].iloc[row] == pytest.approx(1000 * seconds.median())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<!-- measured: speed -->\n<!-- end -->", "speed"),
        ("<!-- measured: models -->\n<!-- end -->\n" * 2, "models, models"),
        ("nothing", "none"),
    ],
)
def test_a_document_with_other_regions_is_refused(runs, text, found):
    with pytest.raises(BenchError, match=f"flashrank/README.md: its regions .* are {found}; they must be models"):
        fill(MODELS, text, runs)


def test_a_document_that_is_not_there_is_named(checkout):
    (checkout / MEASURED).unlink()
    with pytest.raises(BenchError, match=r"reports.README\.md: cannot be read"):
        update(checkout)


def test_what_is_committed_is_not_stale_and_the_check_draws_nothing(monkeypatch):
    monkeypatch.setattr(Figure, "savefig", lambda *_, **__: pytest.fail("a picture was drawn"))
    monkeypatch.setattr(Figure, "__init__", lambda *_, **__: pytest.fail("a picture was drawn"))
    assert stale() == []


def test_numbers_measured_with_other_last_digits_give_the_same_words_and_numbers(runs):
    rng = np.random.default_rng(0)

    def nudged(frame: pd.DataFrame) -> pd.DataFrame:
        numbers = [column for column in ("value", "seconds") if column in frame]
        return frame.assign(**{name: frame[name] * (1 + 1e-15 * rng.integers(-1, 2, len(frame))) for name in numbers})

    names = ("quality", "timings", "latency", "sweep", "sweep_timings")
    others = {path: replace(run, **{name: nudged(getattr(run, name)) for name in names}) for path, run in runs.items()}
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        assert fill(document, text, others) == fill(document, text, runs)


@pytest.mark.slow
def test_nothing_is_stale_with_the_kernels_of_an_old_processor():
    found = np.show_config("dicts")["SIMD Extensions"].get("found", [])
    environment = os.environ | {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": " ".join(found)}
    done = subprocess.run(
        [sys.executable, "-c", "from bench.publish.readme import stale; print(*stale())"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [], b"")


@pytest.mark.slow
def test_another_last_digit_is_no_news_and_a_changed_number_or_word_is(checkout):
    readme, picture = checkout / MEASURED, checkout / PLOTS / "quality-dark.svg"
    (value,) = re.findall(r"\| SciFact\S* .*\*\*(0\.\d{3})\*\*", readme.read_text(encoding="utf-8"))
    (title,) = re.findall(r"<title>.*, nano (0\.\d{3})", picture.read_text(encoding="utf-8"))

    def stale_after(units: int) -> list[str]:
        for path, number in ((readme, value), (picture, title)):
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace(number, f"{float(number) + units / 1000:.3f}", 1), encoding="utf-8")
        found = stale(checkout)
        for path in (readme, picture):
            shutil.copy(ROOT / path.relative_to(checkout), path)
        return found

    assert stale_after(0) == stale_after(1) == stale_after(-1) == []
    found = stale_after(2)
    assert [line.split(": ")[0] for line in found] == ["reports/README.md", "reports/plots/quality-dark.svg"]
    assert f"{value}" in found[0]
    text = readme.read_text(encoding="utf-8")
    readme.write_text(text.replace("| nano<sup>b</sup> |", "| pico<sup>b</sup> |"), encoding="utf-8")
    (line,) = stale(checkout)
    assert line.startswith("reports/README.md: region 'quality': ")


@pytest.mark.slow
def test_what_is_stale_is_made_again(checkout):
    (checkout / PLOTS / "pareto-light.svg").unlink()
    for document, word in ((README, "nano"), (MODELS, "Apache-2.0"), (MEASURED, "Cranfield")):
        path = checkout / document
        head, region, rest = path.read_text(encoding="utf-8").partition("<!-- measured: ")
        path.write_text(head + region + rest.replace(word, "Cranberry", 1), encoding="utf-8")
    assert len(stale(checkout)) == 4
    assert {*DOCUMENTS, PLOTS / "pareto-light.svg"} <= set(update(checkout))
    assert stale(checkout) == []
