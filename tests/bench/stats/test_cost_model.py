from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from bench.common.errors import BenchError
from bench.results.run_results import ModelInfo
from bench.stats.cost_model import CostModel, LatencyCell, fit, fit_sizes, measured_cells

TOKENS, PASSAGES, THREADS = (16, 32, 64, 128, 256, 512), (1, 10, 100), (1, 2, 4)
SIZES = ((2, 128), (4, 312), (6, 384), (12, 384), (12, 768))
COLUMNS = ["model", "tokens", "passages", "threads", "repeat", "seconds"]

#: Seconds per FLOP of projections and of attention, per element, per layer, per pair and per request.
TRUTHS = st.tuples(
    st.floats(3e-12, 1e-10),
    st.floats(0, 1e-10),
    st.floats(0, 1e-9),
    st.floats(0, 1e-4),
    st.floats(0, 1e-3),
    st.floats(0, 1e-2),
)


def seconds_of(truth, share, tokens, passages, threads, layers, width):
    """Return a request's time by the documented form, ``share`` of it serial, passage by passage."""
    projections, attention, element, layer, pair, request = truth
    each = pair
    for _ in range(layers):
        each += projections * tokens * (4 * 2 * width * width + 2 * 2 * width * 4 * width)
        each += attention * 2 * 2 * tokens * tokens * width + element * tokens * width + layer
    spans = [(1 - share) + share * busy for busy in waves(passages, threads)]
    return request + each * sum(spans)


def waves(passages, threads):
    """Return how many passages each wave scores."""
    return [len(range(first, min(first + threads, passages))) for first in range(0, passages, threads)]


def grid(truth, share=0.0, sizes=((12, 384),), noise=0.0, tokens=TOKENS, passages=PASSAGES, threads=THREADS):
    rng = np.random.default_rng(0)
    found = []
    for (layers, width), t, p, n in itertools.product(sizes, threads, passages, tokens):
        seconds = seconds_of(truth, share, n, p, t, layers, width) * math.exp(noise * rng.standard_normal())
        found.append(LatencyCell(f"L{layers}-{width}", layers, width, n, p, t, 1, seconds, seconds, seconds))
    return found


TRUTH = (1e-11, 3e-11, 2e-10, 2e-5, 1e-4, 1e-3)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_settings_between_the_measured_ones_are_predicted_as_the_form_has_them(share):
    model = fit(grid(TRUTH, share))
    for n, p, t in ((48, 7, 1), (100, 50, 2), (400, 33, 4)):
        assert model.predict(n, p, t, 12, 384) == pytest.approx(seconds_of(TRUTH, share, n, p, t, 12, 384), rel=1e-3)


def test_threads_that_share_all_but_a_part_of_the_work_follow_amdahls_law():
    truth = (1e-11, 3e-11, 0.0, 0.0, 0.0, 0.0)
    model = fit(grid(truth, share=0.2))
    times = model.predict(128, 64, [1, 2, 4, 8], 12, 384)
    assert times[0] / times == pytest.approx([t / (1 + 0.2 * (t - 1)) for t in (1, 2, 4, 8)], rel=1e-3)


@settings(max_examples=25, deadline=None)
@given(truth=TRUTHS, share=st.floats(0, 1))
def test_noisy_measurements_of_one_model_give_its_costs_back(truth, share):
    model = fit(grid(truth, share, noise=0.02))
    for n, p, t in ((48, 50, 1), (200, 50, 2), (512, 100, 4), (16, 1, 1)):
        assert model.predict(n, p, t, 12, 384) == pytest.approx(seconds_of(truth, share, n, p, t, 12, 384), rel=0.06)


@settings(max_examples=15, deadline=None)
@given(truth=TRUTHS, share=st.floats(0, 1))
def test_noisy_measurements_of_several_sizes_give_the_costs_of_another(truth, share):
    model = fit_sizes(grid(truth, share, SIZES, noise=0.02, threads=(1, 2)))
    for n, p, t in ((48, 50, 1), (200, 50, 2)):
        assert model.predict(n, p, t, 8, 512) == pytest.approx(seconds_of(truth, share, n, p, t, 8, 512), rel=0.1)


def test_seconds_per_flop_are_found_over_models():
    model = fit_sizes(grid((1e-11, 3e-11, 0.0, 2e-5, 1e-4, 1e-3), sizes=SIZES))
    found = {name: value for name, value in model.coefficients.items() if value > 1e-16}
    expected = {"projections": 1e-11, "attention": 3e-11, "layers": 2e-5, "pair": 1e-4, "request": 1e-3}
    assert found == pytest.approx(expected, rel=1e-6)


def test_the_squared_relative_errors_are_the_least():
    cells = grid(TRUTH, 0.1, noise=0.1, threads=(2,), passages=(10,))
    model = fit(cells)
    seconds = np.array([cell.seconds for cell in cells])
    n = np.array([cell.tokens for cell in cells], dtype=float)
    design = np.column_stack([n, np.ones_like(n), n**2]) / seconds[:, None]
    scale = np.linalg.norm(design, axis=0)
    other = lsq_linear(design / scale, np.ones_like(n), bounds=(0, np.inf), tol=1e-14)
    relative = [model.predict_cell(cell) / cell.seconds - 1 for cell in cells]
    assert np.square(relative).sum() / 2 == pytest.approx(other.cost, rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    seconds=st.lists(st.floats(1e-6, 1e3), min_size=3, max_size=18),
    order=st.randoms(use_true_random=False),
    small=st.tuples(st.integers(1, 600), st.integers(1, 200), st.integers(1, 8)),
    more=st.tuples(st.integers(0, 600), st.integers(0, 200)),
)
def test_more_tokens_or_passages_never_cost_less_and_nothing_is_free(seconds, order, small, more):
    places = list(itertools.product((16, 128, 512), (1, 10, 100), (1, 2)))
    order.shuffle(places)
    cells = [
        LatencyCell("m", 12, 384, *place, 1, time, time, time) for place, time in zip(places, seconds, strict=False)
    ]
    model = fit(cells)
    (n, p, t), (tokens, passages) = small, more
    times = model.predict([n, n + tokens, n, n + tokens], [p, p, p + passages, p + passages], t, 12, 384)
    assert (times >= 0).all()
    assert min(model.coefficients.values()) >= 0
    slack = 1 - 1e-12
    assert times[1] >= slack * times[0]
    assert times[2] >= slack * times[0]
    assert times[3] >= slack * max(times[1], times[2])


def test_one_setting_of_passages_and_threads_leaves_the_length():
    model = fit(grid(TRUTH, passages=(10,), threads=(2,)))
    assert set(model.coefficients) == {"projections", "pair", "attention"}


def test_one_thread_count_cannot_tell_waves_from_passages_that_fill_them():
    model = fit(grid(TRUTH, passages=(10, 100), threads=(2,)))
    assert set(model.coefficients) == {"projections", "pair", "attention", "request"}


def test_a_fit_has_fewer_terms_than_cells():
    for count in (3, 4, 5, 8):
        assert len(fit(grid(TRUTH, 0.5)[::5][:count]).coefficients) < count


def test_too_few_cells_or_sizes_are_refused():
    with pytest.raises(BenchError, match="at least 3 measured cells, and there are 2"):
        fit(grid(TRUTH)[:2])
    with pytest.raises(BenchError, match="at least 3 sizes of model, and there are 2"):
        fit_sizes(grid(TRUTH, sizes=SIZES[:2]))


def test_only_what_lies_between_cells_of_the_same_size_and_threads_is_covered():
    model = fit(grid(TRUTH, tokens=(32, 128), passages=(10, 50), threads=(1, 2)))
    inside = [(32, 10), (128, 50), (64, 20), (32, 50), (128, 10)]
    outside = [(16, 10), (256, 50), (64, 5), (64, 100)]
    assert all(model.covers(*place, threads, 12, 384) for place in inside for threads in (1, 2))
    assert not any(model.covers(*place, 2, 12, 384) for place in outside)
    assert not model.covers(64, 20, 4, 12, 384)
    assert not model.covers(64, 20, 2, 12, 768)


def test_a_corner_that_was_not_measured_is_not_covered():
    cells = [cell for cell in grid(TRUTH, threads=(2,)) if cell.tokens <= 128 or cell.passages <= 10]
    model = CostModel({}, tuple(cells))
    assert model.covers(512, 10, 2, 12, 384)
    assert model.covers(128, 100, 2, 12, 384)
    assert not model.covers(512, 100, 2, 12, 384)
    assert not model.covers(256, 50, 2, 12, 384)


def test_cells_are_medians_with_the_spread_of_their_requests():
    times = np.random.default_rng(2).lognormal(0, 0.3, 101)
    rows = [("m", 64, 10, 2, repeat, time) for repeat, time in enumerate(times)]
    rows += [("other", 64, 10, 2, 0, 1.0), ("m", 32, 10, 2, 0, 0.5), ("m", 64, 1, 2, 0, 0.25), ("m", 64, 1, 1, 0, 2.0)]
    cells = measured_cells(pd.DataFrame(rows, columns=COLUMNS), [ModelInfo("m", 12, 384, 1, 512)])
    found = [(cell.threads, cell.passages, cell.tokens, cell.requests) for cell in cells]
    assert found == [(1, 1, 64, 1), (2, 1, 64, 1), (2, 10, 32, 1), (2, 10, 64, 101)]
    ordered = sorted(times)
    assert (cells[-1].low, cells[-1].seconds, cells[-1].high) == pytest.approx((ordered[5], ordered[50], ordered[95]))
    assert {(cell.model, cell.size) for cell in cells} == {("m", (12, 384))}


def test_no_measurements_are_no_cells():
    assert measured_cells(pd.DataFrame(columns=COLUMNS), [ModelInfo("m", 12, 384, 1, 512)]) == ()


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan, math.inf])
def test_times_that_cannot_be_are_refused(seconds):
    frame = pd.DataFrame([("m", 64, 10, 2, 0, seconds)], columns=COLUMNS)
    with pytest.raises(BenchError, match="latency of m at 64 tokens"):
        measured_cells(frame, [ModelInfo("m", 12, 384, 1, 512)])
