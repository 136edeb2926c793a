from __future__ import annotations

import numpy as np
import pytest

from bench.report.values.means import Mean
from bench.stats.intervals import bootstrap_average, bootstrap_interval

FEW, MANY = np.array([0.0, 1.0]), np.linspace(0.2, 0.6, 9)


def test_datasets_weigh_alike_however_many_queries_they_have():
    mean = Mean((FEW, MANY))
    assert mean.value == pytest.approx((0.5 + 0.4) / 2)
    assert mean.interval == bootstrap_average([FEW, MANY])
    assert mean.bounds == (mean.interval.low, mean.interval.high)


def test_one_dataset_has_the_interval_over_its_queries():
    assert Mean((MANY,)).interval == bootstrap_interval(MANY)


def test_a_single_query_has_no_interval():
    assert Mean((np.array([0.7]),)).bounds == (None, None)
    assert Mean((MANY, np.array([0.7]))).interval is None
