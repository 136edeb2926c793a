"""Sizes that all charts share, and the settings of matplotlib under which they are drawn."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib.style

#: Points; 720 CSS pixels, what a README shows without shrinking it.
WIDTH = 540.0
MARGIN = 10.0

TITLE, BODY, SMALL = 11.0, 8.5, 7.5


@contextmanager
def drawing() -> Iterator[None]:
    """Draw alike whatever the user's matplotlibrc says: fixed ids in SVG, names never read as mathematics."""
    settings = {
        "font.family": "DejaVu Sans",
        "font.size": BODY,
        "svg.fonttype": "path",
        # Part of every id in a file: another salt changes the bytes of all pictures.
        "svg.hashsalt": "bench.report",
        "text.parse_math": False,
        "text.usetex": False,
    }
    with warnings.catch_warnings(), matplotlib.style.context(["default", settings]):
        # A script that the font lacks is drawn in stand-in boxes; the tables have the names in full.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font", category=UserWarning)
        yield
