"""The statistics of two scorings, against counting by hand."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from bench.measure.request import Request
from bench.studies.stability.agreement import agree, farther
from bench.studies.stability.judged_requests import JudgedRequests
from bench.studies.stability.variants import Scored, Variant
from flashrank import ModelFiles


def scored(*logits) -> Scored:
    arrays = tuple(np.array(one, dtype=np.float32) for one in logits)
    model = ModelFiles(Path("model"), Path("model/model.onnx"), None)
    return Scored(Variant("some", model, 1), arrays, seconds=1.0, peak_bytes=1, joules=None)


def judged(sizes, qrels) -> JudgedRequests:
    requests = tuple(
        Request(f"q{number}", "a query", tuple(f"d{i}" for i in range(size)), ("text",) * size)
        for number, size in enumerate(sizes)
    )
    return JudgedRequests("made up", requests, qrels)


@pytest.fixture(scope="module")
def case():
    """Three queries of 30, 12 and 4 candidates, scored twice with noise between."""
    rng = np.random.default_rng(5)
    sizes = (30, 12, 4)
    base = [rng.normal(size=size) * 3 for size in sizes]
    new = [one + rng.normal(size=one.size) * 0.7 for one in base]
    qrels = {f"q{n}": {f"d{i}": int(rng.integers(0, 4)) for i in range(0, size, 2)} for n, size in enumerate(sizes)}
    return scored(*new), scored(*base), judged(sizes, qrels)


def pairs_of(case):
    new, base, _ = case
    return [(a.tolist(), b.tolist()) for a, b in zip(new.logits, base.logits, strict=True)]


def order(logits):
    return sorted(range(len(logits)), key=lambda i: -logits[i])


def test_logit_differences(case):
    found = agree(*case)
    differences = np.concatenate([np.abs(np.subtract(a, b)) for a, b in pairs_of(case)])
    assert found.equal == 0.0
    assert found.mean == pytest.approx(differences.mean())
    assert found.p95 == pytest.approx(np.percentile(differences, 95))
    assert found.largest == pytest.approx(differences.max())


def test_the_farther_of_two_by_hand():
    truth, near, far = scored([0.0, 1.0], [2.0]), scored([0.5, 1.0], [2.0]), scored([1.0, 2.0], [4.0])
    found = farther(far, near, truth)
    assert (found.fast, found.shipped) == (1.5, 0.125)
    assert (found.comparison.difference, found.comparison.wins) == (1.375, 2)


def test_kendalls_tau_counts_pairs(case):
    taus = []
    for a, b in pairs_of(case):
        signs = [np.sign((a[i] - a[j]) * (b[i] - b[j])) for i, j in itertools.combinations(range(len(a)), 2)]
        taus.append(sum(signs) / len(signs))
    assert agree(*case).tau == pytest.approx(np.mean(taus))


def test_top_ten_and_ranks(case):
    found = agree(*case)
    orders = [(order(a), order(b)) for a, b in pairs_of(case)]
    # The query with four candidates has nothing to lose from its top ten.
    assert found.overlap == pytest.approx(np.mean([len(set(a[:10]) & set(b[:10])) / 10 for a, b in orders[:2]]))
    moved = [x != y for a, b in orders for x, y in zip(a, b, strict=True)]
    assert found.moved == pytest.approx(np.mean(moved))


def test_ndcg_by_hand(case):
    _, _, work = case
    values = {0: [], 1: []}
    for number, scorings in enumerate(pairs_of(case)):
        judged = work.qrels[f"q{number}"]
        best = sum(g / math.log2(i + 2) for i, g in enumerate(sorted(judged.values(), reverse=True)[:10]))
        for which, logits in enumerate(scorings):
            gains = [judged.get(f"d{i}", 0) for i in order(logits)[:10]]
            values[which].append(sum(g / math.log2(i + 2) for i, g in enumerate(gains)) / best)
    found = agree(*case)
    assert (found.ndcg, found.base_ndcg) == pytest.approx((np.mean(values[0]), np.mean(values[1])))
    assert found.comparison.difference == pytest.approx(np.mean(values[0]) - np.mean(values[1]))
    assert found.comparison.n == 3


def test_a_scoring_agrees_with_itself(case):
    new, _, work = case
    found = agree(new, new, work)
    assert (found.equal, found.mean, found.largest, found.moved) == (1.0, 0.0, 0.0, 0.0)
    assert (found.tau, found.overlap) == (pytest.approx(1.0), 1.0)
    assert (found.comparison.difference, found.comparison.ties) == (0.0, 3)


def test_order_is_that_of_logits_as_the_rankers():
    # Different logits whose float32 sigmoids are the same.
    logits = [20.0, 21.0, 22.0]
    assert len(set(special.expit(np.array(logits, dtype=np.float32)).tolist())) == 1
    found = agree(scored(logits), scored([20.0, 20.0, 20.0]), judged([3], {"q0": {"d0": 1}}))
    # The last becomes the first; equal logits keep the order given.
    assert found.moved == pytest.approx(2 / 3)
    assert (found.ndcg, found.base_ndcg) == (0.5, 1.0)
    assert math.isnan(found.tau)
    assert math.isnan(found.overlap)
