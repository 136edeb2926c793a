"""The summary that the console shows once an experiment is done."""

from __future__ import annotations

import math

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.common.words import count_of
from bench.report.charts.latency import describe_latency, latency_panels
from bench.report.charts.peers import describe_peers, peers_rows
from bench.report.tables.quality import quality_table
from bench.report.values import aggregate
from bench.report.values.cold_starts import describe_cold_starts
from bench.report.values.text import NOTHING, milliseconds
from bench.results.run_results import RunResults

#: Characters that a column of numbers takes at least, and that a dataset's name takes at most.
_LEAST, _NAME = 10, 24


def print_summary(results: RunResults, console: Console) -> None:
    """Print the primary measure and the median milliseconds per query, a line a dataset and a column a model.

    Columns that do not fit beside each other go into a further table. Caveats and unfinished cells follow beneath.
    Latency by length, where no quality was measured, the ratios of systems and cold starts are printed in words.
    """
    said = []
    if not (results.datasets or results.latency.empty):
        said.append(describe_latency(latency_panels(results)))
    if compared := peers_rows(results):
        said.append(describe_peers(results, compared))
    if started := describe_cold_starts(results):
        said.append(started)
    if results.datasets or not said:
        _print_quality(results, console)
    for text in said:
        console.print(Text.assemble((f"{results.name}: ", "bold"), text))
    if results.missing:
        console.print(Text(f"Incomplete: {count_of(len(results.missing), 'planned measurement')} missing"))
        for cell in results.missing:
            console.print(Text(f"  {cell}"))
    if results.left_out:
        console.print(Text(f"A part of the experiment: left out by --only: {', '.join(results.left_out)}"))


def _print_quality(results: RunResults, console: Console) -> None:
    quality = quality_table(results, results.measures[0])
    medians = {
        (row["dataset"], row["model"]): NOTHING if math.isnan(time := row["median ms"]) else f"{milliseconds(time)} ms"
        for _, row in aggregate.query_latency(results).iterrows()
    }
    labels = aggregate.row_labels(results)
    widest = max([_LEAST, *(len(text) for text in medians.values())])
    datasets = min(_NAME, max([len("dataset"), *(len(name) + 1 for name in quality.frame["dataset"])]))
    room = console.width - datasets - len("queries") - 7
    longest = max(map(len, labels), default=0)
    width = max(widest, min(longest, room // max(1, len(labels)) - 3))
    fitting = max(1, room // (width + 3))
    console.print(Text(f"{results.name}: {results.measures[0]}, and median time to rerank a query", style="bold"))
    for start in range(0, max(1, len(labels)), fitting):
        table = Table()
        table.add_column("dataset", overflow="fold", max_width=datasets)
        table.add_column("queries", justify="right", no_wrap=True)
        for label in labels[start : start + fitting]:
            table.add_column(Text(label), justify="right", overflow="fold", width=width)
        for row, dataset in enumerate(quality.frame["dataset"]):
            if row == len(results.datasets):
                table.add_section()
            cells = [
                Text(
                    f"{quality.shown(row, label)}\n{medians.get((dataset, label), '')}".rstrip(),
                    style="bold" if (row, label) in quality.best else "",
                )
                for label in labels[start : start + fitting]
            ]
            name = dataset + "".join(quality.markers[row])
            table.add_row(Text(name), Text(quality.shown(row, "queries")), *cells)
        console.print(table)
    for line in (*aggregate.footnotes(results, results.datasets), *quality.remarks):
        console.print(Text(line))
