"""The slowed worker takes longer by its share of work, and answers the same."""

from __future__ import annotations

import pytest

from bench.gate.validation import slowed_worker
from bench.gate.validation.slowed_worker import slowed
from bench.measure.paired_timing import take_turns
from bench.measure.worker_process import ranker_process


def test_the_call_is_followed_by_its_share_of_work():
    now, waited = [10.0], []

    def clock():
        now[0] += 0.125  # each look at the clock takes a while
        return now[0]

    def score(query, texts, *, seconds):
        now[0] += seconds
        waited.append(now[0])
        return query, texts

    assert slowed(score, 0.5, clock)("query", texts=["a"], seconds=8.0) == ("query", ["a"])
    # The call took 8 seconds and a look, so 4 seconds and half a look are added.
    assert now[0] == pytest.approx(10.125 + 1.5 * 8.125, abs=0.125)
    assert now[0] - waited[0] >= 4.0


def test_the_slowed_worker_takes_longer_and_scores_alike(fixtures):
    texts = ["rank the passages of the query " * 8] * 24
    program = (slowed_worker.__file__, "3.0")
    model, options = str(fixtures / "one-logit-int8"), {"threads": 1}
    with (
        ranker_process("base", model, options=options) as base,
        ranker_process("new", model, options=options, program=program) as new,
    ):
        before, after = take_turns(*(lambda _, p=p: p.ask("query", texts) for p in (base, new)), range(15))
    assert [answer["scores"] for answer in before] == [answer["scores"] for answer in after]
    # Of each, the fastest request is the one that nothing else disturbed. It takes four times as long.
    assert min(answer["seconds"] for answer in after) > 2 * min(answer["seconds"] for answer in before)
