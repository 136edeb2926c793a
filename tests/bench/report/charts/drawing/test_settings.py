from __future__ import annotations

import matplotlib as mpl

from bench.report.charts.drawing.settings import drawing


def test_drawing_ignores_and_leaves_alone_the_users_settings():
    with mpl.rc_context({"font.family": "serif", "axes.grid": True}):
        before = dict(mpl.rcParams)
        with drawing():
            assert mpl.rcParams["font.family"] == ["DejaVu Sans"]
            assert not mpl.rcParams["axes.grid"]
        assert dict(mpl.rcParams) == before
