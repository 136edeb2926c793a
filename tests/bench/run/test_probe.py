"""How fast a model is: exact on a clock that follows the cost model."""

from __future__ import annotations

import pytest

from bench.run.probe import LENGTHS, probe
from flashrank import Ranker


class Timed:
    """A ranker whose requests take a time that is known, on a clock of its own."""

    def __init__(self, folder, seconds, **options):
        self._ranker, self._seconds, self.now = Ranker(folder, log_level="ERROR", **options), seconds, 0.0
        self.asked = []

    def __getattr__(self, name):
        return getattr(self._ranker, name)

    def clock(self):
        return self.now

    def score(self, query, texts):
        scored = self._ranker.score(query, texts)
        self.asked.append((len(texts), max(scored.tokens)))
        self.now += -(-len(texts) // self.threads) * self._seconds(max(scored.tokens))
        return scored


def quadratic(tokens):
    return 1e-3 + 2e-5 * tokens + 3e-8 * tokens**2


@pytest.mark.parametrize("threads", [1, 3])
def test_requests_that_follow_the_cost_model_are_predicted_exactly(fixtures, threads):
    ranker = Timed(fixtures / "one-logit-int8", quadratic, threads=threads)
    speed = probe(ranker, 0.5, ranker.clock)
    assert {tokens for _, tokens in ranker.asked} >= set(LENGTHS)
    assert {count for count, tokens in ranker.asked if tokens in LENGTHS} == {threads}
    assert (speed.threads, speed.max_length, speed.loading) == (threads, 512, 0.5)
    assert speed.request(300, 7, 2) == pytest.approx(4 * quadratic(300))
    assert speed.pairs([40, 100, 500]) == pytest.approx(sum(map(quadratic, [40, 100, 500])) / threads)


def test_a_model_of_short_pairs_is_timed_up_to_its_limit(fixtures):
    ranker = Timed(fixtures / "one-logit-int8", quadratic, threads=1, max_length=64)
    assert probe(ranker, 0.0, ranker.clock).request(64, 1, 1) == pytest.approx(quadratic(64), rel=0.05)
    assert max(tokens for _, tokens in ranker.asked) == 64


def test_a_slow_model_is_not_timed_at_its_longest(fixtures):
    ranker = Timed(fixtures / "one-logit-int8", lambda tokens: tokens / 64, threads=1)
    speed = probe(ranker, 0.0, ranker.clock)
    assert max(tokens for _, tokens in ranker.asked) == LENGTHS[2]
    assert speed.request(512, 1, 1) == pytest.approx(8)


def test_a_model_without_three_lengths_is_not_guessed_at(fixtures):
    ranker = Timed(fixtures / "one-logit-int8", quadratic, threads=1, max_length=8)
    ranker.score = lambda *_: type("Scores", (), {"tokens": (8,)})
    assert probe(ranker, 0.0, ranker.clock) is None
