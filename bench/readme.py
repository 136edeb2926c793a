"""The README's tables and charts, drawn again from what is committed, and the check that they are not stale.

The README has regions between ``<!-- measured: NAME -->`` and ``<!-- end -->``; everything else in it is written by
hand. ``python -m bench readme`` fills them, and draws the reports of the committed runs; with ``--check`` nothing is
written, and what differs is named.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from bench.errors import BenchError
from bench.listing import how_to_get
from bench.report import write_report
from bench.report.budgets import budget_table
from bench.report.charts import charts
from bench.report.page import explain
from bench.report.render import to_markdown
from bench.report.table import Table
from bench.report.tables import quality_table, request_latency_table
from bench.report.text import milliseconds
from bench.results import RunResults
from bench.run_directory import RunDirectory
from flashrank.models import DEFAULT_MODEL, list_models

ROOT = Path(__file__).parents[1]
RUN, BUDGET, DEPTH = Path("reports", "measured"), Path("reports", "budget"), Path("reports", "depth")

_REGION = re.compile(r"(<!-- measured: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_LANGUAGES = {"ar": "Arabic", "en": "English", "mul": "about a hundred"}


def update(root: Path = ROOT) -> list[Path]:
    """Draw the committed runs' reports and fill the README's regions; return the paths that changed.

    Raises:
        BenchError: A run cannot be read, or the README has a region that nothing fills.
    """
    runs = _load(root)
    changed = []
    for run, results in runs.items():
        before = _texts(root / run / "report")
        write_report(results, root / run / "report")
        changed += _differing(run, before, _texts(root / run / "report"))
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    filled = fill(text, runs)
    if filled != text:
        readme.write_text(filled, encoding="utf-8", newline="\n")
        changed.append(Path("README.md"))
    return changed


def stale(root: Path = ROOT) -> list[Path]:
    """Return the files that ``update`` would change, without changing any.

    Of a chart, its description is compared, which has the numbers it shows: its bytes depend on the drawing library's
    version.

    Raises:
        BenchError: As for ``update``.
    """
    runs = _load(root)
    found = []
    for run, results in runs.items():
        with tempfile.TemporaryDirectory() as scratch:
            write_report(results, Path(scratch))
            found += _differing(run, _texts(root / run / "report"), _texts(Path(scratch)))
    text = (root / "README.md").read_text(encoding="utf-8")
    return [*found, Path("README.md")] if fill(text, runs) != text else found


def fill(text: str, runs: Mapping[Path, RunResults]) -> str:
    """Return ``text`` with every region filled from the committed ``runs``.

    Raises:
        BenchError: It names a region that there is not, or has none.
    """
    fillers: dict[str, Callable[[], str]] = {
        "models": models_region,
        "quality": lambda: quality_region(runs[RUN]),
        "latency": lambda: _region(runs[DEPTH], DEPTH, "latency", median_latencies(runs[DEPTH])),
        "budget": lambda: _region(runs[BUDGET], BUDGET, "pareto", budget_table(runs[BUDGET])),
    }
    regions = [found["name"] for found in _REGION.finditer(text)]
    if unknown := sorted(set(regions) - set(fillers)):
        raise BenchError(f"README.md: no region is called {unknown[0]!r}; there are: {', '.join(fillers)}")
    if not regions:
        raise BenchError("README.md: no region `<!-- measured: NAME -->` ... `<!-- end -->` to fill")
    return _REGION.sub(lambda found: f"{found[1]}{fillers[found['name']]()}{found[3]}", text)


def models_region() -> str:
    """Return the table of the models that go by name."""
    columns = ("model", "architecture", "layers x width", "languages", "licence", "how to get it", "verified")
    lines = [f"| {' | '.join(columns)} |", "| --- | --- | --- | --- | --- | --- | --- |"]
    proofs: dict[str, list[str]] = {}
    for spec in list_models():
        name = f"`{spec.name}`" + (" (default)" if spec.name == DEFAULT_MODEL else "")
        languages = ", ".join(_LANGUAGES.get(code, code) for code in spec.languages)
        verified, _, how = spec.verified.partition(": ")
        proofs.setdefault(f"{verified}: {how}", []).append(f"`{spec.name}`")
        shape, source = f"{spec.layers} x {spec.hidden_size}", f"`{spec.export}`" if spec.export else how_to_get(spec)
        cells = (name, spec.architecture, shape, languages, spec.license or "not stated", source, verified)
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "<details><summary>How each row was verified</summary>", ""]
    lines += [f"- {', '.join(names)}: {proof}." for proof, names in proofs.items()]
    return "\n".join([*lines, "", "</details>"]) + "\n"


def quality_region(results: RunResults) -> str:
    """Return the chart and the table of the primary measure, and what it is."""
    measure = results.measures[0]
    return _region(results, RUN, "quality", quality_table(results, measure)) + f"\n{explain(measure)}\n"


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


def _region(results: RunResults, run: Path, chart: str, table: Table) -> str:
    """Return a chart and a table with links to the data behind them."""
    report = f"{run.as_posix()}/report"
    drawn = charts(results)[chart]
    alt = drawn.alt.replace('"', "&quot;")
    return "\n".join(
        [
            "<picture>",
            f'<source media="(prefers-color-scheme: dark)" srcset="{report}/plots/{chart}-dark.svg">',
            f'<img alt="{alt}" src="{report}/plots/{chart}-light.svg" width="720">',
            "</picture>",
            "",
            f"{table.caption} Data: [CSV]({report}/tables/{table.name}.csv), from [the run]({run.as_posix()}).",
            "",
            to_markdown(table),
        ]
    )


def _texts(directory: Path) -> dict[Path, str]:
    """Return what is compared of a report's files: texts, and of an SVG its title."""
    found = {}
    for path in sorted(directory.rglob("*")):
        if path.suffix in (".md", ".csv", ".tex", ".svg"):
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".svg":
                text = "".join(re.findall(r"<(?:dc:)?title>.*?</(?:dc:)?title>", text, re.DOTALL))
            found[path.relative_to(directory)] = text
    return found


def _differing(run: Path, old: dict[Path, str], new: dict[Path, str]) -> list[Path]:
    names: Iterable[Path] = sorted(old.keys() | new.keys())
    return [run / "report" / name for name in names if old.get(name) != new.get(name)]


def _load(root: Path) -> dict[Path, RunResults]:
    return {run: RunDirectory(root / run).load() for run in (RUN, BUDGET, DEPTH)}
