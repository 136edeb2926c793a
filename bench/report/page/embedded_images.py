"""The report's drawn charts inside the page: each as an image for the light and one for the dark theme."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bench.report.charts.chart import Chart
from bench.report.charts.colours import THEMES
from bench.report.charts.drawing.settings import drawing


@dataclass(frozen=True)
class EmbeddedImage:
    """A chart as the page shows it.

    Attributes:
        name: The chart's name.
        alt: The chart in words.
        sources: Theme name -> the image as a data URI.
    """

    name: str
    alt: str
    sources: dict[str, str]


def embedded_images(charts: Iterable[Chart[Any]]) -> dict[str, EmbeddedImage]:
    """Draw the charts, the same bytes for the same results."""
    found = {}
    with drawing():
        for chart in charts:
            sources = {}
            for theme in THEMES:
                buffer = io.BytesIO()
                chart.draw(theme).savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
                encoded = base64.b64encode(buffer.getvalue()).decode()
                sources[theme.name] = f"data:image/svg+xml;base64,{encoded}"
            found[chart.name] = EmbeddedImage(chart.name, chart.alt, sources)
    return found
