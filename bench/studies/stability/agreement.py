"""How well two scorings of the same requests agree: in logits, in ranks, and in nDCG@10."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from bench.data.ties import reordered
from bench.measure.quality import measure
from bench.stats.paired_comparison import PairedComparison, compare_paired
from bench.studies.stability.judged_requests import JudgedRequests
from bench.studies.stability.variants import Contrast, Scored

MEASURE = "nDCG@10"
_TOP = 10


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two scorings compared; means over queries weigh each query alike.

    Attributes:
        equal: Share of logits that are equal to the bit.
        mean: Mean absolute difference of a logit.
        p95: 95th percentile of these differences.
        largest: The largest.
        tau: Mean of Kendall's tau-b between the two orders by logit; NaN where no query has two different logits.
        overlap: Mean share of the top 10 that both have, over queries with more than ten candidates; NaN without any.
        moved: Share of candidates that stand at another rank.
        ndcg: Mean nDCG@10 of the new scoring.
        base_ndcg: Mean nDCG@10 of the other.
        comparison: The two, query by query.
    """

    equal: float
    mean: float
    p95: float
    largest: float
    tau: float
    overlap: float
    moved: float
    ndcg: float
    base_ndcg: float
    comparison: PairedComparison


Found = Sequence[tuple[Contrast, Agreement]]
"""What was compared, and how well it agrees."""


def agree(new: Scored, base: Scored, judged: JudgedRequests) -> Agreement:
    """Compare two scorings of the same requests."""
    both = list(zip(new.logits, base.logits, strict=True))
    ours, theirs = (np.concatenate(logits) for logits in zip(*both, strict=True))
    differences = np.abs(ours.astype(np.float64) - theirs.astype(np.float64))
    ranked = [(_order(a), _order(b)) for a, b in both]
    values, base_values = (ndcg(scored, judged) for scored in (new, base))
    return Agreement(
        equal=float(np.mean(ours.view(np.int32) == theirs.view(np.int32))),
        mean=float(differences.mean()),
        p95=float(np.quantile(differences, 0.95)),
        largest=float(differences.max()),
        tau=_mean([_tau(a, b) for a, b in both]),
        overlap=_mean([len({*a[:_TOP]} & {*b[:_TOP]}) / _TOP for a, b in ranked if len(a) > _TOP]),
        moved=float(np.mean(np.concatenate([a != b for a, b in ranked]))),
        ndcg=float(np.mean(values)),
        base_ndcg=float(np.mean(base_values)),
        comparison=compare_paired(values, base_values),
    )


@dataclass(frozen=True, slots=True)
class Farther:
    """Whether the rewritten graph's logits lie farther from those in float32 than the model's own do.

    Attributes:
        fast: Mean over queries of the mean absolute difference of a logit, rewritten graph against float32.
        shipped: The same, of the model's own graph.
        comparison: The two, query by query.
    """

    fast: float
    shipped: float
    comparison: PairedComparison


def farther(fast: Scored, shipped: Scored, in_float: Scored) -> Farther:
    """Compare how far two scorings of the same requests lie from a third."""
    far, base = (_distances(one, in_float) for one in (fast, shipped))
    return Farther(float(np.mean(far)), float(np.mean(base)), compare_paired(far, base))


def _distances(ours: Scored, theirs: Scored) -> list[float]:
    both = zip(ours.logits, theirs.logits, strict=True)
    return [float(np.abs(one.astype(np.float64) - other).mean()) for one, other in both]


def ndcg(scored: Scored, judged: JudgedRequests) -> list[float]:
    """Return nDCG@10 of every request, ranked by logit as ``Ranker`` ranks."""
    run = {}
    for request, logits in zip(judged.requests, scored.logits, strict=True):
        run[request.query_id] = reordered(request.doc_ids, logits.tolist())
    qrels = {query_id: dict(grades) for query_id, grades in judged.qrels.items()}
    table = measure(run, qrels, [MEASURE])
    found = table[table["measure"] == MEASURE]
    values = dict(zip(found["query_id"], found["value"].astype(float), strict=True))
    return [values[request.query_id] for request in judged.requests]


def _order(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
    """Return the places of the passages, best first, equal logits in the order given."""
    return np.argsort(-logits, kind="stable")


def _tau(ours: npt.NDArray[np.float32], theirs: npt.NDArray[np.float32]) -> float:
    if np.ptp(ours) == 0 or np.ptp(theirs) == 0:
        return float("nan")
    return float(stats.kendalltau(ours, theirs).statistic)


def _mean(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
