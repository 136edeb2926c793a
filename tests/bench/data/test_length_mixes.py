"""Mixes of lengths: means and spreads are those of the row, and a seed always gives the same."""

from __future__ import annotations

import numpy as np
import pytest

from bench.common.errors import BenchError
from bench.data.length_mixes import MIXES, find_mix


@pytest.mark.parametrize("mix", MIXES, ids=lambda mix: mix.name)
def test_lengths_have_the_mean_and_the_spread(mix):
    drawn = np.array(mix.draw(20_000, seed=3))
    assert drawn.mean() == pytest.approx(mix.tokens, rel=0.02)
    assert np.log(drawn).std() == pytest.approx(mix.spread, rel=0.03)


def test_a_seed_gives_the_same_and_more_begin_with_fewer():
    mix = find_mix("short")
    assert mix.draw(50, seed=1) == mix.draw(100, seed=1)[:50] != mix.draw(50, seed=2)


def test_an_unknown_mix_names_the_known():
    with pytest.raises(BenchError, match="no length mix 'long'; there are: short, MS MARCO-like, SciFact-like"):
        find_mix("long")
