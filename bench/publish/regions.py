"""What fills the regions of the documents: the committed runs' tables and charts, and the table of models."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from bench.publish.shown_cold_starts import cold_starts_in_short
from bench.publish.shown_comparisons import comparisons_in_short, shown_comparisons
from bench.report.charts.chart import Chart
from bench.report.charts.chart_list import charts
from bench.report.charts.colours import THEMES
from bench.report.tables.budgets import budget_table
from bench.report.tables.latency import request_latency_table
from bench.report.tables.quality import quality_table
from bench.report.tables.systems.cold_start import cold_start_table
from bench.report.tables.systems.peers import peers_table
from bench.report.tables.table import Table
from bench.report.tables.writers import escape_markdown, to_markdown
from bench.report.values.meanings import explain
from bench.report.values.text import milliseconds
from bench.results.run_results import RunResults
from bench.run.availability import how_to_get
from flashrank import list_models

RUN, BUDGET, DEPTH, PEERS, COLD = (Path("reports", name) for name in ("measured", "budget", "depth", "peers", "cold"))
COMMITTED = (RUN, BUDGET, DEPTH, PEERS, COLD)
#: The pictures of the charts.
PLOTS = Path("reports", "plots")

#: The committed runs by their folders.
Runs = Mapping[Path, RunResults]
#: From the runs and the folder that the document lies in to the text of a region.
Region = Callable[[Runs, Path], str]

_LANGUAGES = {"ar": "Arabic", "en": "English", "mul": "about a hundred"}


@dataclass(frozen=True)
class TableOfRun:
    """A table without a chart.

    Attributes:
        run: The committed run that it is of.
        table: Makes it.
        beneath: Makes what stands under it.
    """

    run: Path
    table: Callable[[RunResults], Table]
    beneath: Callable[[RunResults], str] = lambda _: ""


@dataclass(frozen=True)
class ChartWithTable:
    """A chart and the table of the same numbers.

    Attributes:
        run: The committed run that both are of.
        name: Name of the chart.
        table: Makes the table.
        beneath: Makes what stands under the table.
        part: Picks what of the run the chart shows.
    """

    run: Path
    name: str
    table: Callable[[RunResults], Table]
    beneath: Callable[[RunResults], str] = lambda _: ""
    part: Callable[[RunResults], RunResults] = lambda run: run

    def chart(self, runs: Runs) -> Chart[Any]:
        """Return the chart."""
        return charts(self.part(runs[self.run]), only=(self.name,))[self.name]

    def pictures(self) -> tuple[Path, ...]:
        """Return where the chart's pictures lie, the light one first."""
        return tuple(PLOTS / f"{self.name}-{theme.name}.svg" for theme in THEMES)


def models_region(_runs: Runs, _folder: Path) -> str:
    """Return the table of the models that go by name."""
    columns = ("model", "architecture", "layers x width", "languages", "licence", "how to get it", "verified")
    lines = [f"| {' | '.join(columns)} |", "| --- | --- | --- | --- | --- | --- | --- |"]
    checks: dict[str, list[str]] = {}
    for place, spec in enumerate(list_models()):
        name = f"`{spec.name}`" + (" (default)" if place == 0 else "")
        languages = ", ".join(_LANGUAGES.get(code, code) for code in spec.languages)
        verified, _, how = spec.verified.partition(": ")
        checks.setdefault(f"{verified}: {how}", []).append(f"`{spec.name}`")
        shape, source = f"{spec.layers} x {spec.hidden_size}", f"`{spec.export}`" if spec.export else how_to_get(spec)
        cells = (name, spec.architecture, shape, languages, spec.license or "not stated", source, verified)
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "<details><summary>How each row was verified</summary>", ""]
    lines += [f"- {', '.join(names)}: {check}." for check, names in checks.items()]
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


#: Region -> its figure.
FIGURES = {
    "quality": ChartWithTable(
        RUN,
        "quality",
        lambda run: quality_table(run, run.measures[0]),
        lambda run: f"\n{escape_markdown(explain(run.measures[0]))}\n",
    ),
    "latency": ChartWithTable(DEPTH, "latency", median_latencies),
    "budget": ChartWithTable(BUDGET, "pareto", budget_table),
    "peers": ChartWithTable(PEERS, "peers", comparisons_in_short, part=shown_comparisons),
}


#: Region -> its table.
TABLES = {
    "cold-start": TableOfRun(COLD, cold_starts_in_short),
    "cold-start-in-full": TableOfRun(COLD, cold_start_table),
}


def _picture(figure: ChartWithTable, runs: Runs, folder: Path) -> str:
    """Return the chart in the reader's theme, with what it shows in words."""
    alt = figure.chart(runs).alt.replace('"', "&quot;")
    light, dark = (_link(path, folder) for path in figure.pictures())
    lines = (
        "<picture>",
        f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">',
        f'<img alt="{alt}" src="{light}" width="720">',
        "</picture>",
    )
    return "\n".join(lines) + "\n"


def _table(figure: ChartWithTable | TableOfRun, runs: Runs, folder: Path) -> str:
    """Return the table with its caption, its notes and where its numbers come from."""
    results, run = runs[figure.run], figure.run.as_posix()
    table = figure.table(results)
    source = f"From [the run]({_link(figure.run, folder)}); `python -m bench report {run}` draws its whole report."
    return f"{table.caption} {source}\n\n{to_markdown(table)}{figure.beneath(results)}"


def _link(path: Path, folder: Path) -> str:
    """Return ``path`` as a document in ``folder`` names it; both are relative to the checkout."""
    return Path(os.path.relpath(path, folder)).as_posix()


#: Every region by its name.
REGIONS: dict[str, Region] = {
    "models": models_region,
    **{f"{name}-chart": partial(_picture, figure) for name, figure in FIGURES.items()},
    **{name: partial(_table, figure) for name, figure in FIGURES.items()},
    **{name: partial(_table, table) for name, table in TABLES.items()},
    "peers-in-full": partial(_table, replace(FIGURES["peers"], table=peers_table)),
}
#: Region -> the run that it is filled from; others depend on none.
RUN_OF = {
    **{region: figure.run for name, figure in FIGURES.items() for region in (name, f"{name}-chart")},
    **{name: table.run for name, table in TABLES.items()},
    "peers-in-full": PEERS,
}
