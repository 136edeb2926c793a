"""Cascades: which passages the second model scores, and in which order all come back, against a slow rule."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flashrank.cascade.rescoring import score_in_cascade
from flashrank.scoring.scores import ScoredPair, Scores

#: As a cross-encoder gives them: float32 values. Few different ones, so that many are equal.
LOGITS = st.one_of(
    st.integers(-6, 6).map(float), st.floats(-30, 30, width=32).map(lambda logit: float(np.float32(round(logit, 3))))
)
REQUESTS = st.lists(st.tuples(LOGITS, LOGITS), min_size=1, max_size=60)


def sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0


class Model:
    """Gives the text ``"i"`` its logit number i, and remembers which texts it was asked for."""

    def __init__(self, logits: Sequence[float], tokens: int) -> None:
        self.logits, self.tokens = logits, tokens
        self.calls: list[list[int]] = []

    def __call__(self, texts: Sequence[str]) -> list[ScoredPair]:
        self.calls.append([int(text) for text in texts])
        found = [self.logits[place] for place in self.calls[-1]]
        return [
            ScoredPair(sigmoid(logit), logit, self.tokens, place % 2)
            for logit, place in zip(found, self.calls[-1], strict=True)
        ]


def cascade(request: Sequence[tuple[float, float]], patience: int) -> tuple[Scores, Model]:
    first, second = (Model([logits[i] for logits in request], tokens=i + 1) for i in range(2))
    scores = score_in_cascade([str(i) for i in range(len(request))], first, second, patience)
    in_any_case = len(request) <= 10 + patience
    assert first.calls == ([] if in_any_case else [list(range(len(request)))])
    return scores, second


def rescored_one_by_one(request: Sequence[tuple[float, float]], patience: int) -> set[int]:
    """Return what the rule rescores, as it is told: one passage after the other, the ranking made anew each time."""
    line = sorted(range(len(request)), key=lambda i: -request[i][0])
    idle = 0
    for number in range(len(line)):
        if idle == patience:
            return set(line[:number])
        before = sorted((request[i][1] for i in line[:number]), reverse=True)[:10]
        after = sorted((request[i][1] for i in line[: number + 1]), reverse=True)[:10]
        idle = 0 if before != after else idle + 1
    return set(line)


@given(REQUESTS, st.integers(1, 20))
def test_the_second_model_scores_what_the_rule_says(request_, patience):
    scores, second = cascade(request_, patience)
    expected = rescored_one_by_one(request_, patience)
    asked = [place for call in second.calls for place in call]
    assert len(asked) == len(set(asked))
    assert set(asked) == expected
    assert scores.rescored == tuple(place in expected for place in range(len(request_)))


@given(REQUESTS, st.integers(1, 20))
def test_rescored_passages_have_the_second_models_scores_and_nothing_overtakes_them(request_, patience):
    scores, _ = cascade(request_, patience)
    rescored, rest = [], []
    for place, (is_rescored, (first, second)) in enumerate(zip(scores.rescored, request_, strict=True)):
        if is_rescored:
            assert (scores.scores[place], scores.logits[place]) == (sigmoid(second), second)
            rescored.append(place)
        else:
            rest.append((first, place))
    lowest = min(rescored, key=lambda place: scores.logits[place])
    for _, place in rest:
        assert scores.logits[place] < scores.logits[lowest]
        assert 0 <= scores.scores[place] <= scores.scores[lowest]
    for (high, above), (low, below) in pairwise(sorted(rest, reverse=True)):
        assert (scores.logits[above] > scores.logits[below]) == (high > low)
        assert scores.scores[above] >= scores.scores[below]


@given(REQUESTS, st.integers(1, 20))
def test_logits_that_need_not_be_lowered_are_the_first_models(request_, patience):
    scores, _ = cascade(request_, patience)
    rest = [place for place, rescored in enumerate(scores.rescored) if not rescored]
    lowest = min(second for (_, second), rescored in zip(request_, scores.rescored, strict=True) if rescored)
    drops = {round(request_[place][0] - scores.logits[place], 6) for place in rest}
    assert len(drops) <= 1
    if all(request_[place][0] < lowest for place in rest):
        assert all(scores.logits[place] == request_[place][0] for place in rest)
        assert all(scores.scores[place] == sigmoid(request_[place][0]) for place in rest)
    else:
        assert all(drop > 0 or request_[rest[0]][0] == lowest for drop in drops)


@given(st.lists(st.tuples(LOGITS, LOGITS), min_size=1, max_size=10), st.integers(1, 20))
def test_up_to_ten_passages_are_all_rescored_at_once(request_, patience):
    scores, second = cascade(request_, patience)
    assert all(scores.rescored)
    assert [len(call) for call in second.calls] == [len(request_)]


def test_all_that_is_scored_in_any_case_is_asked_for_at_once():
    # The first model's order is the places'. The second's likes number 13, the third of the five after the first ten.
    request = [(-float(place), 9.0 if place == 12 else -float(place)) for place in range(40)]
    scores, second = cascade(request, 5)
    assert second.calls == [list(range(15)), [15, 16, 17]]
    assert sum(scores.rescored) == 18


def test_counts_are_those_of_the_model_whose_score_stands():
    request = [(-float(place), -float(place)) for place in range(40)]
    scores, _ = cascade(request, 3)
    assert scores.tokens == (2,) * 13 + (1,) * 27
    assert (scores.truncated, scores.tokens_cut) == (20, 20)


@pytest.mark.parametrize("lowest", [-3.4028234663852886e38, 3.4028234663852886e38, 0.0])
def test_no_logit_is_too_extreme(lowest):
    request = [(3e38 - 1e30 * place, lowest) for place in range(20)]
    scores, _ = cascade(request, 1)
    rest = [logit for logit, rescored in zip(scores.logits, scores.rescored, strict=True) if not rescored]
    assert all(math.isfinite(logit) and logit < lowest for logit in rest)
    assert rest == sorted(rest, reverse=True)
