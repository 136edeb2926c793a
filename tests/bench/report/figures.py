"""What tests of charts ask of a drawn figure."""

from __future__ import annotations

import itertools

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from bench.report.charts.chart_list import CHARTS
from bench.report.charts.colours import LIGHT
from bench.report.charts.drawing.settings import drawing


def draw(name, results, theme=LIGHT):
    """Return the figure of the chart of this name."""
    (kind,) = [kind for kind in CHARTS if kind.name == name]
    with drawing():
        return kind.chart(results).draw(theme)


def words(figure):
    """Return every text that is to be seen."""
    return [text.get_text() for text in _visible(figure)]


def assert_legible(figure):
    """Assert that no text runs into another or off the figure."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    texts = []
    for text in _visible(figure):
        text.set_bbox(None)  # the letters count, not what is drawn behind them
        # An annotation's own extent has its arrow in it.
        texts.append((text.get_text(), Text.get_window_extent(text, renderer)))
    for text, box in texts:
        assert -1 <= box.x0 <= box.x1 <= figure.bbox.width + 1, text
        assert -1 <= box.y0 <= box.y1 <= figure.bbox.height + 1, text
    for (one, first), (other, second) in itertools.combinations(texts, 2):
        common = Bbox.intersection(first, second)
        # Lines of one label may touch by the descenders that their boxes include.
        assert common is None or common.width < 1 or common.height < 3, (one, other)


def _visible(figure):
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
