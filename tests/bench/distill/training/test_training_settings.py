"""The learning rate over the training."""

from __future__ import annotations

import numpy as np
import pytest

from bench.distill.training.training_settings import (
    ListTrainingSettings,
    TimedTrainingSettings,
    TrainingSettings,
    rate_factor,
)


@pytest.mark.parametrize("settings", [ListTrainingSettings(), TimedTrainingSettings()])
def test_the_rate_rises_stays_and_falls(settings: TrainingSettings):
    points = (0.0, settings.warmup / 2, settings.warmup, 0.5, 0.75, 1.0)
    rates = [rate_factor(progress, settings) for progress in points]
    np.testing.assert_allclose(rates, [0.02, 0.5, 1, 1, 0.5, 0.02], atol=1e-6)


def test_without_warmup_and_decay_the_rate_stays():
    settings = ListTrainingSettings(warmup=0.0, decay=0.0)
    assert [rate_factor(progress, settings) for progress in (0.0, 0.5, 1.0)] == [1, 1, 1]
