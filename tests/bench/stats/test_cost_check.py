from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.results.folder import RunDirectory
from bench.results.run_results import ModelInfo
from bench.stats.cost_check import errors_of, fit_models, unseen
from bench.stats.cost_model import LatencyCell, fit

SIZES = ((2, 128), (4, 312), (6, 384), (12, 384))
MODELS = tuple(ModelInfo(f"m{layers}", layers, width, 1, 512) for layers, width in SIZES)
MEASURED = Path(__file__).parents[3] / "reports" / "measured"


def latency(models=MODELS, tokens=(16, 32, 64, 128, 256), passages=(1, 10), threads=(1, 2), noise=0.0):
    rng = np.random.default_rng(0)
    rows = [
        (m.name, n, p, t, 0, (1e-3 + -(-p // t) * pair_seconds(m, n)) * np.exp(noise * rng.standard_normal()))
        for m in models
        for n in tokens
        for p in passages
        for t in threads
    ]
    return pd.DataFrame(rows, columns=["model", "tokens", "passages", "threads", "repeat", "seconds"])


def pair_seconds(model, n):
    d = model.hidden_size
    return 1e-4 + model.layers * (24e-11 * n * d**2 + 12e-11 * n**2 * d + 1e-5)


def test_each_cell_is_predicted_without_having_been_seen():
    (checked,) = fit_models(latency(MODELS[:1], noise=0.05), MODELS[:1])
    assert [cell for cell, _ in checked.unseen_cells] == list(checked.cells)
    for left_out, seconds in checked.unseen_cells:
        others = [cell for cell in checked.cells if cell is not left_out]
        assert seconds == pytest.approx(fit(others).predict_cell(left_out), rel=1e-12)


def test_an_outlier_does_not_predict_itself():
    frame = latency(MODELS[:1])
    frame.loc[7, "seconds"] *= 10
    (checked,) = fit_models(frame, MODELS[:1])
    place = tuple(frame.loc[7, ["tokens", "passages", "threads"]])
    (seconds,) = (s for cell, s in checked.unseen_cells if (cell.tokens, cell.passages, cell.threads) == place)
    assert seconds == pytest.approx(frame.loc[7, "seconds"] / 10, rel=0.02)


def test_a_size_is_predicted_from_the_other_sizes_only():
    *_, joint = fit_models(latency(), MODELS)
    assert joint.name == "all models"
    assert {cell.model for cell, _ in joint.unseen_sizes} == {model.name for model in MODELS}
    errors = errors_of((cell.seconds, seconds) for cell, seconds in joint.unseen_sizes)
    assert errors.worst < 0.01


def test_a_twin_of_the_same_size_does_not_give_a_model_away():
    twins = (*MODELS, ModelInfo("twin", *SIZES[0], 1, 512))
    frame = latency(twins)
    frame.loc[frame["model"].isin(["m2", "twin"]), "seconds"] *= 5
    *_, joint = fit_models(frame, twins)
    worst = {cell.model: seconds / cell.seconds for cell, seconds in joint.unseen_sizes}
    assert worst["m2"] < 0.5
    assert worst["twin"] < 0.5


def test_three_sizes_are_fitted_but_leave_no_size_to_check():
    *_, joint = fit_models(latency(MODELS[:3]), MODELS[:3])
    assert joint.model is not None
    assert joint.unseen_cells
    assert joint.unseen_sizes == ()


def test_two_sizes_are_not_fitted_together():
    *own, joint = fit_models(latency(MODELS[:2]), MODELS[:2])
    assert all(fit.model for fit in own)
    assert joint.model is None
    assert "at least 3 sizes of model, and there are 2" in joint.reason


def test_three_cells_are_fitted_but_leave_none_to_check():
    (checked,) = fit_models(latency(MODELS[:1], (16, 64, 256), (10,), (2,)), MODELS[:1])
    assert checked.model is not None
    assert checked.unseen_cells == ()


@pytest.mark.parametrize("tokens", [(), (64,), (64, 128)])
def test_fewer_cells_are_not_fitted_and_it_is_said_why(tokens):
    (checked,) = fit_models(latency(MODELS[:1], tokens, (10,), (2,)), MODELS[:1])
    assert checked.model is None
    assert checked.reason == f"a fit needs at least 3 measured cells, and there are {len(tokens)}"


def test_errors_are_relative_to_what_was_measured():
    errors = errors_of([(1.0, 1.1), (2.0, 1.0), (4.0, 4.0)])
    assert (errors.count, errors.median, errors.worst) == (3, pytest.approx(0.1), 0.5)
    assert errors.p90 == pytest.approx(0.1 + 0.8 * 0.4)
    assert errors_of([]) is None


def test_groups_without_which_nothing_can_be_fitted_are_left_out():
    cells = [LatencyCell("m", 2, 128, n, 1, 1, 1, n * 1e-4, n * 1e-4, n * 1e-4) for n in (16, 32, 64, 128)]
    assert len(unseen(cells, lambda cell: cell.tokens)) == 4
    assert unseen(cells, lambda cell: cell.model) == ()
    assert [cell.tokens for cell, _ in unseen(cells, lambda cell: cell.tokens > 16)] == [16]


@pytest.mark.skipif(not MEASURED.is_dir(), reason="the README's measurements are not in this checkout")
def test_the_form_holds_for_the_readmes_measurements():
    results = RunDirectory(MEASURED).load()
    fits = fit_models(results.latency, results.models)
    assert any(checked.unseen_cells for checked in fits)
    for model, checked in zip(results.models, fits, strict=False):
        errors = errors_of((cell.seconds, seconds) for cell, seconds in checked.unseen_cells)
        assert errors is None or errors.median < 0.1, model.name
