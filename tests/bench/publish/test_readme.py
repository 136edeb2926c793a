"""The README's regions: what fills them, and that a stale one is noticed.

Numbers of the README are compared with those computed here as ``bench.publish.alike`` does: to one unit in the last
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
from bench.publish.readme import BUDGET, DEPTH, PLOTS, ROOT, RUN, fill, load, median_latencies, stale, update
from flashrank import list_models


@pytest.fixture(scope="module")
def runs():
    return load()


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A copy of what the README is made from."""
    for folder in (RUN, BUDGET, DEPTH, PLOTS):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("report"))
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
    parts = re.findall(r"[\"(](reports/[^\")]*)", filled)
    assert [Path(part).suffix for part in parts] == [".svg", ".svg", ""]
    assert all((ROOT / part).exists() for part in parts)
    assert f"`python -m bench report {parts[-1]}`" in filled
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
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert fill(readme, others) == fill(readme, runs)


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


def test_another_last_digit_is_no_news_and_a_changed_number_or_word_is(checkout):
    readme, picture = checkout / "README.md", checkout / PLOTS / "quality-dark.svg"
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
    assert [line.split(": ")[0] for line in found] == ["README.md", "reports/plots/quality-dark.svg"]
    assert f"{value}" in found[0]
    text = readme.read_text(encoding="utf-8")
    readme.write_text(text.replace("| nano<sup>b</sup> |", "| pico<sup>b</sup> |"), encoding="utf-8")
    (line,) = stale(checkout)
    assert line.startswith("README.md: region 'quality': ")


def test_what_is_stale_is_made_again(checkout):
    (checkout / PLOTS / "pareto-light.svg").unlink()
    readme = checkout / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8").replace("| Cranfield", "| Cranberry"), encoding="utf-8")
    assert len(stale(checkout)) == 2
    assert {Path("README.md"), PLOTS / "pareto-light.svg"} <= set(update(checkout))
    assert stale(checkout) == []
