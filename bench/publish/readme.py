"""The README's tables and charts, made again from what is committed, and the check that they are not stale.

The README has regions between ``<!-- measured: NAME -->`` and ``<!-- end -->``; everything else in it is written by
hand. ``python -m bench readme`` fills them, and draws the pictures that they show into ``reports/plots/``; with
``--check`` nothing is drawn or written, and what is out of date is named. The rest of a run's report is not committed:
``python -m bench report reports/NAME`` makes it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.common.errors import BenchError
from bench.publish.alike import difference
from bench.report.charts.chart_list import Chart, charts, save
from bench.report.charts.colours import THEMES
from bench.report.markdown import explain
from bench.report.tables.budgets import budget_table
from bench.report.tables.latency import request_latency_table
from bench.report.tables.quality import quality_table
from bench.report.tables.table import Table
from bench.report.tables.writers import to_markdown
from bench.report.values.text import milliseconds
from bench.results.folder import RunDirectory
from bench.results.run_results import RunResults
from bench.run.availability import how_to_get
from flashrank import list_models

ROOT = Path(__file__).parents[2]
RUN, BUDGET, DEPTH = Path("reports", "measured"), Path("reports", "budget"), Path("reports", "depth")
#: The pictures that the README shows.
PLOTS = Path("reports", "plots")

_REGION = re.compile(r"(<!-- measured: (?P<name>[a-z-]+) -->\n)(?P<body>.*?)(<!-- end -->)", re.DOTALL)
_PICTURE_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_LANGUAGES = {"ar": "Arabic", "en": "English", "mul": "about a hundred"}


@dataclass(frozen=True)
class Figure:
    """A chart with a table beneath that a region shows.

    Attributes:
        run: The committed run that both are of.
        chart: Name of the chart.
        table: Makes the table.
        beneath: Makes what stands under it.
    """

    run: Path
    chart: str
    table: Callable[[RunResults], Table]
    beneath: Callable[[RunResults], str] = lambda _: ""


#: Region -> its figure.
FIGURES = {
    "quality": Figure(
        RUN, "quality", lambda run: quality_table(run, run.measures[0]), lambda run: f"\n{explain(run.measures[0])}\n"
    ),
    "latency": Figure(DEPTH, "latency", lambda run: median_latencies(run)),
    "budget": Figure(BUDGET, "pareto", budget_table),
}
#: Every region.
REGIONS = ("models", *FIGURES)


def update(root: Path = ROOT) -> list[Path]:
    """Draw the README's pictures and fill its regions; return the paths that changed.

    Raises:
        BenchError: A run cannot be read, or the README has a region that nothing fills.
    """
    runs = load(root)
    changed = []
    for figure in FIGURES.values():
        for path in _pictures(figure.chart):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
        before = [(root / path).read_bytes() if (root / path).exists() else b"" for path in _pictures(figure.chart)]
        drawn = save(_chart(runs[figure.run], figure), root / PLOTS)
        changed += [path.relative_to(root) for path, old in zip(drawn, before, strict=True) if path.read_bytes() != old]
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    filled = fill(text, runs)
    if filled != text:
        readme.write_text(filled, encoding="utf-8", newline="\n")
        changed.append(Path("README.md"))
    return changed


def stale(root: Path = ROOT) -> list[str]:
    """Return what is wrong with what is committed, a line each, without changing or drawing anything.

    Texts are compared as ``bench.publish.alike`` does, since they may have been made on another processor. Of a
    picture, its title is compared, which has the numbers that it shows: its bytes depend on the version of matplotlib.

    Raises:
        BenchError: As for ``update``.
    """
    runs = load(root)
    text = (root / "README.md").read_text(encoding="utf-8")
    return [*stale_regions(text, runs), *stale_pictures(root, runs)]


def stale_regions(text: str, runs: Mapping[Path, RunResults]) -> Iterator[str]:
    """Yield the regions of ``text`` that are not what ``fill`` makes of them."""
    pairs = zip(_REGION.finditer(text), _REGION.finditer(fill(text, runs)), strict=True)
    for old, new in pairs:
        if different := difference(old["body"], new["body"]):
            yield f"README.md: region {old['name']!r}: {different}"


def stale_pictures(root: Path, runs: Mapping[Path, RunResults]) -> Iterator[str]:
    """Yield the pictures that are missing, or whose title is not what the run says."""
    for figure in FIGURES.values():
        alt = _chart(runs[figure.run], figure).alt
        for path in _pictures(figure.chart):
            if not (root / path).is_file():
                yield f"{path.as_posix()}: missing"
            elif different := difference(_title(root / path), alt):
                yield f"{path.as_posix()}: {different}"


def load(root: Path = ROOT) -> dict[Path, RunResults]:
    """Return the committed runs that the README is made from, by their folders."""
    return {run: RunDirectory(root / run).load() for run in (RUN, BUDGET, DEPTH)}


def fill(text: str, runs: Mapping[Path, RunResults]) -> str:
    """Return ``text`` with every region filled from the committed ``runs``.

    Raises:
        BenchError: It names a region that there is not, or has none.
    """
    regions = [found["name"] for found in _REGION.finditer(text)]
    if unknown := sorted(set(regions) - set(REGIONS)):
        raise BenchError(f"README.md: no region is called {unknown[0]!r}; there are: {', '.join(REGIONS)}")
    if not regions:
        raise BenchError("README.md: no region `<!-- measured: NAME -->` ... `<!-- end -->` to fill")
    return _REGION.sub(lambda found: f"{found[1]}{_body(found['name'], runs)}{found[4]}", text)


def models_region() -> str:
    """Return the table of the models that go by name."""
    columns = ("model", "architecture", "layers x width", "languages", "licence", "how to get it", "verified")
    lines = [f"| {' | '.join(columns)} |", "| --- | --- | --- | --- | --- | --- | --- |"]
    proofs: dict[str, list[str]] = {}
    for place, spec in enumerate(list_models()):
        name = f"`{spec.name}`" + (" (default)" if place == 0 else "")
        languages = ", ".join(_LANGUAGES.get(code, code) for code in spec.languages)
        verified, _, how = spec.verified.partition(": ")
        proofs.setdefault(f"{verified}: {how}", []).append(f"`{spec.name}`")
        shape, source = f"{spec.layers} x {spec.hidden_size}", f"`{spec.export}`" if spec.export else how_to_get(spec)
        cells = (name, spec.architecture, shape, languages, spec.license or "not stated", source, verified)
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "<details><summary>How each row was verified</summary>", ""]
    lines += [f"- {', '.join(names)}: {proof}." for proof, names in proofs.items()]
    return "\n".join([*lines, "", "</details>"]) + "\n"


def median_latencies(results: RunResults) -> Table:
    """Return the median milliseconds per request: models down, tokens per pair across."""
    table = request_latency_table(results)
    medians = table.frame.pivot(index="model", columns="tokens/pair", values="median ms")
    frame = medians.loc[[model.name for model in results.models if model.name in medians.index]]
    lengths = [f"{tokens} tokens" for tokens in frame.columns]
    (threads,), (passages,) = (table.frame[name].unique() for name in ("threads", "passages/request"))
    return Table(
        name=table.name,
        caption=f"Median milliseconds per request of {passages} passages on {threads} threads, by tokens per pair.",
        frame=frame.set_axis(lengths, axis="columns").rename_axis("model").reset_index(),
        formats=dict.fromkeys(lengths, milliseconds),
    )


def _body(name: str, runs: Mapping[Path, RunResults]) -> str:
    """Return what stands in a region."""
    if name not in FIGURES:
        return models_region()
    figure = FIGURES[name]
    run, results = figure.run.as_posix(), runs[figure.run]
    alt, table = _chart(results, figure).alt.replace('"', "&quot;"), figure.table(results)
    light, dark = (path.as_posix() for path in _pictures(figure.chart))
    lines = [
        "<picture>",
        f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">',
        f'<img alt="{alt}" src="{light}" width="720">',
        "</picture>",
        "",
        f"{table.caption} From [the run]({run}); `python -m bench report {run}` draws its whole report.",
        "",
        to_markdown(table),
    ]
    return "\n".join(lines) + figure.beneath(results)


def _chart(results: RunResults, figure: Figure) -> Chart:
    return charts(results, only=(figure.chart,))[figure.chart]


def _pictures(chart: str) -> tuple[Path, ...]:
    """Return where a chart's pictures lie, the light one first."""
    return tuple(PLOTS / f"{chart}-{theme.name}.svg" for theme in THEMES)


def _title(picture: Path) -> str:
    found = _PICTURE_TITLE.search(picture.read_text(encoding="utf-8"))
    return html.unescape(found[1]) if found else ""
