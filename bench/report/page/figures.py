"""The report's drawn charts inside the page: each as an image for the light and one for the dark theme."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from dataclasses import dataclass

from bench.report.charts.charts import Chart
from bench.report.charts.drawing.style import THEMES, drawing
from bench.results.run_results import RunResults


@dataclass(frozen=True)
class Figure:
    """A chart as the page shows it.

    Attributes:
        name: The chart's name.
        alt: The chart in words.
        sources: Theme name -> the image as a data URI.
    """

    name: str
    alt: str
    sources: dict[str, str]


def figures(charts: Iterable[Chart], results: RunResults) -> dict[str, Figure]:
    """Draw the charts, the same bytes for the same results."""
    found = {}
    with drawing():
        for chart in charts:
            sources = {}
            for theme in THEMES:
                buffer = io.BytesIO()
                chart.draw(results, theme).savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
                encoded = base64.b64encode(buffer.getvalue()).decode()
                sources[theme.name] = f"data:image/svg+xml;base64,{encoded}"
            found[chart.name] = Figure(chart.name, chart.alt, sources)
    return found
