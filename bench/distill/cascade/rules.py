"""Rules for which passages the second model of a cascade scores, and what each of them costs and loses."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from bench.distill.cascade.scored_requests import ScoredRequest

#: The ranks that are to be those of the second model alone.
TOP = 10

#: A request, its places in the order of the first model, and the rule's number -> how many of these are rescored.
Reach = Callable[[ScoredRequest, npt.NDArray[np.intp], float], int]


@dataclass(frozen=True, slots=True)
class Rule:
    """How far the second model goes down the first one's order.

    Attributes:
        name: What it is called in tables.
        numbers: What tables show.
        reach: Says how many passages are rescored.
    """

    name: str
    numbers: tuple[float, ...]
    reach: Reach


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What a rule does to requests: arrays of shape (queries,).

    Attributes:
        rule: Its name.
        number: Its number.
        rescored: Share of the requests' tokens that the second model reads.
        overlap: Share of the second model's own first ten that the cascade has among its.
        loss: What nDCG@10 loses against the second model's own order, where its scores are the gains.
        ndcg: nDCG@10 by the known answers; NaN where there are none among the passages.
        own_ndcg: The same of the second model's own order.
    """

    rule: str
    number: float
    rescored: npt.NDArray[np.float64]
    overlap: npt.NDArray[np.float64]
    loss: npt.NDArray[np.float64]
    ndcg: npt.NDArray[np.float64]
    own_ndcg: npt.NDArray[np.float64]


def outcome(rule: Rule, number: float, requests: Iterable[ScoredRequest]) -> RuleOutcome:
    """Return what ``rule`` does to ``requests`` with one number."""
    rows = np.array([_measured(rule, number, request) for request in requests], dtype=np.float64).T
    return RuleOutcome(rule.name, number, *rows)


def _measured(rule: Rule, number: float, request: ScoredRequest) -> tuple[float, float, float, float, float]:
    line = np.argsort(-request.first, kind="stable")
    reach = rule.reach(request, line, number)
    head = line[:reach]
    order = np.concatenate([head[np.argsort(-request.second[head], kind="stable")], line[reach:]])[:TOP]
    own = np.argsort(-request.second, kind="stable")[:TOP]
    gains = expit(request.second)
    answers = np.zeros_like(gains)
    answers[list(request.answers or ())] = 1
    best = -np.sort(-answers)[:TOP]
    return (
        request.tokens[head].sum() / request.tokens.sum(),
        np.isin(own, order).mean(),
        1 - _dcg(gains[order]) / _dcg(gains[own]),
        _dcg(answers[order]) / _dcg(best) if best.any() else np.nan,
        _dcg(answers[own]) / _dcg(best) if best.any() else np.nan,
    )


def _dcg(gains: npt.NDArray[np.float64]) -> float:
    return float((gains / np.log2(np.arange(2, len(gains) + 2))).sum())


def _fixed(_request: ScoredRequest, _line: npt.NDArray[np.intp], number: float) -> int:
    return int(number)


def _margin(request: ScoredRequest, line: npt.NDArray[np.intp], number: float) -> int:
    logits = request.first[line]
    return int((logits >= logits[min(TOP, len(logits)) - 1] - number).sum())


def _patience(request: ScoredRequest, line: npt.NDArray[np.intp], number: float) -> int:
    top, idle = list[float](), 0
    for done, logit in enumerate(request.second[line].tolist()):
        if idle == number:
            return done
        if len(top) < TOP:
            heapq.heappush(top, logit)
        elif logit > top[0]:
            heapq.heapreplace(top, logit)
            idle = 0
        else:
            idle += 1
    return len(line)


#: The rule of ``Ranker(first=...)``; its number is ``patience``.
PATIENCE = Rule("in a row without one of the first ten", (3, 5, 8, 10, 12, 15, 18, 20, 25, 30), _patience)
RULES: Sequence[Rule] = (
    PATIENCE,
    Rule("logits below the first model's tenth", (0.5, 1, 1.5, 2, 2.5, 3, 4), _margin),
    Rule("a fixed number", (10, 15, 20, 30, 40, 50), _fixed),
)
