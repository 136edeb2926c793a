"""The palettes, against the standards they claim to meet."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from bench.report.charts.colours import THEMES, model_marks
from bench.results.run_results import ModelInfo

# Machado, Oliveira and Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency",
# severity 1.0, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def linear(color):
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    dark, light = sorted(linear(color) @ [0.2126, 0.7152, 0.0722] for color in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(rgb):
    xyz = np.clip(rgb, 0, 1) @ np.array([[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]])
    ratio = xyz / [0.9505, 1.0, 1.089]
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_colours_contrast_with_the_background(theme):
    assert all(contrast(color, theme.background) >= 3 for color in (*theme.series, theme.reference))
    assert all(contrast(color, theme.background) >= 4.5 for color in (theme.text, theme.muted))
    assert contrast(theme.muted, theme.band) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("vision", VISION)
def test_colours_are_told_apart_with_every_vision(theme, vision):
    seen = [lab(np.array(VISION[vision]) @ linear(color)) for color in (*theme.series, theme.reference)]
    # A CIE76 difference of 2.3 is just noticeable; small marks need much more.
    assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2)) > 18


def test_colour_is_never_the_only_difference():
    marks = list(model_marks(THEMES[0], [ModelInfo(f"{index}", 2, 128, 1, 512) for index in range(42)]).values())
    assert len(marks) == 42
    assert len({(mark.color, mark.shape) for mark in marks}) == 42
    assert len({mark.shape for mark in marks[:7]}) == 7
