"""Pages of synthetic results, and a real browser to open them in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bench.report.assemble import assemble
from bench.report.page.render import render_html
from bench.results.run_results import SHOWN, SWEEP, SWEEP_TIMINGS, RunResults

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

_HOSTILE = (
    "</script><!--<script>\"'><img src=x onerror=\"document.title='broken'\"> &amp; ${1} {{ 7 * 7 }} \u2028 \u202e"
)


def _shown_of(results: RunResults, hostile: str = "") -> pd.DataFrame:
    """Twelve documents a query: reranking turns the order of the first stage around."""
    rows = []
    for dataset in results.datasets:
        for model in (model.name for model in results.models):
            for query in sorted(set(results.quality["query_id"])):
                for place in range(1, 13):
                    text = (
                        f"Passage {place} of {query} in {dataset}. Bread is baked in an oven. {hostile}" + " long" * 80
                    )
                    doc_id = f"d{place}{hostile}"
                    relevance = {1: 0, 12: 2, 11: -2}.get(place)
                    wording = f"how is bread baked {query}{hostile}"
                    rows.append(
                        (dataset, model, query, wording, doc_id, text, relevance, place, 13 - place, place / 12)
                    )
    return pd.DataFrame(rows, columns=list(SHOWN)).astype({"relevance": "Int64"})


def _swept(results: RunResults) -> dict[str, pd.DataFrame]:
    """Three depths, each better and slower than the one before."""
    quality, timings = [], []
    for dataset in results.datasets:
        for number, model in enumerate(results.models):
            for depth in (10, 20, 50):
                for query in range(4):
                    cell = (dataset, model.name, f"q{query}", depth, 512)
                    quality.append((*cell, results.measures[0], 0.3 + depth / 200 + number / 50 + query / 100))
                    timings.append((*cell, depth * 100, 2, 0, depth * (1 + number) / 1000 + query / 1e4))
    return {
        "sweep": pd.DataFrame(quality, columns=list(SWEEP)),
        "sweep_timings": pd.DataFrame(timings, columns=list(SWEEP_TIMINGS)),
    }


@pytest.fixture(scope="session")
def hostile() -> str:
    """Text that breaks out of JSON, scripts, attributes and templates where it is not escaped."""
    return _HOSTILE


@pytest.fixture(scope="session")
def shown_of() -> Callable[..., pd.DataFrame]:
    """Return what makes the documents shown of a run, with anything added to every text of them."""
    return _shown_of


@pytest.fixture(scope="session")
def swept() -> Callable[[RunResults], dict[str, pd.DataFrame]]:
    """Return what makes the depth sweep of a run and its timings."""
    return _swept


@pytest.fixture(scope="session")
def results(make_results: Any) -> RunResults:
    """Four datasets of two models, swept and with texts; one caveat, one cell missing, two queries left out."""
    made = make_results(models=("small", "large"), datasets=4, queries=6)
    return replace(
        made,
        **_swept(made),
        shown=_shown_of(made),
        notes={"dataset-1": "judged pool only"},
        missing=("quality of huge on dataset-2",),
        unjudged={"dataset-3": 2},
    )


@pytest.fixture(scope="session")
def base(make_results: Any) -> RunResults:
    """A run to compare with: two of the datasets and one of the models, every value a tenth lower."""
    made = make_results(models=("small",), datasets=2, queries=6, name="base")
    lower = made.quality.assign(value=made.quality["value"] * 0.9)
    return replace(made, quality=lower, shown=_shown_of(made))


@pytest.fixture(scope="session")
def html(results: RunResults, render: Callable[..., str]) -> str:
    """The page of ``results``."""
    return render(results)


@pytest.fixture(scope="session")
def html_of_two(results: RunResults, base: RunResults, render: Callable[..., str]) -> str:
    """The page of ``results`` beside ``base``."""
    return render(results, base)


@pytest.fixture(scope="session")
def render() -> Callable[..., str]:
    """Return what makes the page of a run, or of two."""

    def of(results: RunResults, other: RunResults | None = None) -> str:
        return render_html(assemble(results, {}), None if other is None else assemble(other, {}))

    return of


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium; tests that need it are skipped where there is none, and say so."""
    candidates = [os.environ.get("CHROMIUM"), *map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))]
    program = next(filter(None, candidates), None)
    if program is None:
        pytest.skip("NO CHROMIUM: the page was not tested in a browser; install one or set $CHROMIUM to its path")
    api = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser: pip install playwright")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield chromium
        chromium.close()


@dataclass
class Opened:
    """A page in the browser, and what it did that it must not do."""

    page: Any
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Return what opens a page from a file; console messages, errors and requests fail the test in the end."""
    contexts, opened = [], []

    def open_it(text: str, width: int = 1280, height: int = 900, **context: Any) -> Opened:
        file = tmp_path / "report.html"
        file.write_text(text, encoding="utf-8", newline="\n")
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **context))
        result = Opened(contexts[-1].new_page())
        opened.append(result)
        result.page.set_default_timeout(15_000)
        result.page.on("console", lambda message: result.complaints.append(f"console: {message.text}"))
        result.page.on("pageerror", lambda error: result.complaints.append(f"error: {error}"))
        result.page.on(
            "request",
            lambda request: request.url.startswith(("file:", "data:")) or result.complaints.append(request.url),
        )
        result.page.goto(file.as_uri())
        return result

    yield open_it
    for context in contexts:
        context.close()
    assert [complaint for each in opened for complaint in each.complaints] == []
