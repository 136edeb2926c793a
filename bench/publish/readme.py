"""The documents' tables and charts, made again from what is committed, and the check that they are not stale.

A document has regions between ``<!-- measured: NAME -->`` and ``<!-- end -->``; everything else in it is written by
hand. ``python -m bench readme`` fills them, and draws the pictures that they show into ``reports/plots/``. Those of a
run that is not committed stay as they are. With ``--check`` it names what is out of date, and draws and writes nothing.
The rest of a run's report is not committed: ``python -m bench report reports/NAME`` makes it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

from bench.common.errors import BenchError
from bench.publish.alike import difference
from bench.publish.regions import COMMITTED, FIGURES, PLOTS, REGIONS, RUN_OF, ChartWithTable, Runs
from bench.report.charts.chart import save
from bench.results.folder import RunDirectory
from bench.results.run_results import RunResults

ROOT = Path(__file__).parents[2]

#: Document -> the regions that it has, in their order.
DOCUMENTS = {
    Path("README.md"): ("peers-chart", "peers", "cold-start", "quality-chart", "latency-chart", "budget-chart"),
    Path("flashrank", "README.md"): ("models",),
    Path("reports", "README.md"): ("quality", "latency", "budget", "peers-in-full", "cold-start-in-full"),
}

_REGION = re.compile(r"(<!-- measured: (?P<name>[a-z-]+) -->\n)(?P<body>.*?)(<!-- end -->)", re.DOTALL)
_PICTURE_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


def update(root: Path = ROOT) -> list[Path]:
    """Draw the pictures and fill the regions of every document; return the paths that changed.

    Raises:
        BenchError: A run cannot be read, or a document does not have its regions.
    """
    runs = load(root)
    texts = {document: _read(root / document) for document in DOCUMENTS}
    filled = {document: fill(document, text, runs) for document, text in texts.items()}
    changed = []
    for figure in _figures(runs):
        (root / PLOTS).mkdir(parents=True, exist_ok=True)
        before = [(root / path).read_bytes() if (root / path).exists() else b"" for path in figure.pictures()]
        drawn = save(figure.chart(runs), root / PLOTS)
        changed += [path.relative_to(root) for path, old in zip(drawn, before, strict=True) if path.read_bytes() != old]
    for document, text in filled.items():
        if text != texts[document]:
            (root / document).write_text(text, encoding="utf-8", newline="\n")
            changed.append(document)
    return changed


def stale(root: Path = ROOT) -> list[str]:
    """Return what is wrong with what is committed, a line each, without changing or drawing anything.

    Texts are compared as ``bench.publish.alike`` does, since they may have been made on another processor. Of a
    picture, its title is compared, which has the numbers that it shows: its bytes depend on the version of matplotlib.

    Raises:
        BenchError: As for ``update``.
    """
    runs = load(root)
    lines = [line for document in DOCUMENTS for line in stale_regions(document, _read(root / document), runs)]
    return [*lines, *stale_pictures(root, runs)]


def stale_regions(document: Path, text: str, runs: Runs) -> Iterator[str]:
    """Yield the regions of ``text`` that are not what ``fill`` makes of them."""
    pairs = zip(_REGION.finditer(text), _REGION.finditer(fill(document, text, runs)), strict=True)
    for old, new in pairs:
        if different := difference(old["body"], new["body"]):
            yield f"{document.as_posix()}: region {old['name']!r}: {different}"


def stale_pictures(root: Path, runs: Runs) -> Iterator[str]:
    """Yield the pictures that are missing, or whose title is not what the run says."""
    for figure in _figures(runs):
        alt = figure.chart(runs).alt
        for path in figure.pictures():
            if not (root / path).is_file():
                yield f"{path.as_posix()}: missing"
            elif different := difference(_title(root / path), alt):
                yield f"{path.as_posix()}: {different}"


def load(root: Path = ROOT) -> dict[Path, RunResults]:
    """Return the runs that the documents are made from, by their folders, as far as they are committed."""
    return {run: RunDirectory(root / run).load() for run in COMMITTED if (root / run).is_dir()}


def fill(document: Path, text: str, runs: Runs) -> str:
    """Return the ``text`` of a document with every region filled from the committed ``runs``.

    Raises:
        BenchError: The regions of the text are not those of ``DOCUMENTS``.
    """
    found, wanted = tuple(region["name"] for region in _REGION.finditer(text)), DOCUMENTS[document]
    if found != wanted:
        raise BenchError(
            f"{document.as_posix()}: its regions `<!-- measured: NAME -->` ... `<!-- end -->` are"
            f" {', '.join(found) or 'none'}; they must be {', '.join(wanted)}"
        )

    def filled(region: re.Match[str]) -> str:
        name = region["name"]
        if name in RUN_OF and RUN_OF[name] not in runs:
            return region[0]
        return f"{region[1]}{REGIONS[name](runs, document.parent)}{region[4]}"

    return _REGION.sub(filled, text)


def _figures(runs: Runs) -> Iterator[ChartWithTable]:
    """Yield the figures of the runs that there are."""
    return (figure for figure in FIGURES.values() if figure.run in runs)


def _read(path: Path) -> str:
    """Return a document's text.

    Raises:
        BenchError: It is not there.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BenchError(f"{path}: cannot be read: {error.strerror}") from error


def _title(picture: Path) -> str:
    found = _PICTURE_TITLE.search(picture.read_text(encoding="utf-8"))
    return html.unescape(found[1]) if found else ""
