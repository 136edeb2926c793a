"""Processes that are started anew: which, in what order, and what is timed of them."""

from __future__ import annotations

from functools import partial

import pytest

from bench.experiment.cold_start import ColdStartSpec
from bench.measure.request import Request
from bench.measure.worker_process import WorkerError
from bench.results.journal import Journal
from bench.systems.cold_start import ColdStartRecord, take_cold_starts

REQUESTS = {passages: Request("q", "query", ("d",), ("text",) * passages) for passages in (5, 20)}


class World:
    """Processes of systems, and the time that passes while they start and answer."""

    def __init__(self, loading, answering=1.0, dies=()):
        self.now, self.alive, self.started = 0.0, 0, []
        self.loading, self.answering, self.dies = loading, answering, dies

    def starts(self, threads=(1, 2)):
        return {(name, count): partial(Process, self, name, count) for name in self.loading for count in threads}


class Process:
    def __init__(self, world, name, threads):
        self.world, self.name, self.threads, self.answers = world, name, threads, 0
        world.started.append((name, threads))

    def __enter__(self):
        self.world.alive += 1
        assert self.world.alive == 1, "only one process is to be alive"
        return self

    def __exit__(self, *_):
        self.world.alive -= 1

    def ask(self, _, texts):
        if self.name in self.world.dies:
            raise WorkerError(self.name, "no such model")
        seconds = self.world.answering * len(texts) / self.threads
        self.world.now += seconds + (0 if self.answers else self.world.loading[self.name])
        self.answers += 1
        return {"seconds": seconds, "scores": [0.5] * len(texts), "peak_bytes": 1000 * self.answers}


def spec(**changes):
    return ColdStartSpec.model_validate({"systems": ["ours", "theirs"], "rounds": 3, "warm": 2} | changes)


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "a.jsonl", "key") as opened:
        yield opened


def test_a_start_is_timed_to_its_first_answer_and_the_later_ones_are_warm(journal):
    world = World({"ours": 10.0, "theirs": 30.0})
    assert len(list(take_cold_starts(world.starts(), REQUESTS, spec(), journal, clock=lambda: world.now))) == 3
    found = ColdStartRecord.of(journal)
    assert len(found.starts) == 2 * 2 * 2 * 3
    for one in found.starts:
        answer = one.passages / one.threads
        assert one.cold_seconds == pytest.approx(world.loading[one.system] + answer)
        assert one.warm_seconds == pytest.approx(answer)
        assert one.peak_bytes == 3000


def test_every_setting_is_started_once_untimed_then_once_a_round_in_random_order(journal):
    world = World({"ours": 1.0, "theirs": 1.0})
    list(take_cold_starts(world.starts(), REQUESTS, spec(rounds=6), journal, clock=lambda: world.now))
    turns = [world.started[start : start + 8] for start in range(0, len(world.started), 8)]
    assert len(turns) == 7
    assert all(sorted(turn) == sorted(turns[0]) for turn in turns)
    assert len({tuple(turn) for turn in turns[1:]}) > 1


def test_a_system_that_cannot_answer_is_started_once_and_the_others_go_on(journal):
    world = World({"ours": 1.0, "theirs": 1.0}, dies=["theirs"])
    list(take_cold_starts(world.starts(), REQUESTS, spec(), journal, clock=lambda: world.now))
    found = ColdStartRecord.of(journal)
    assert found.problems == {"theirs": "no such model"}
    assert {one.system for one in found.starts} == {"ours"}
    assert [name for name, _ in world.started].count("theirs") == 1


def test_what_was_measured_is_not_measured_again(journal):
    world = World({"ours": 1.0, "theirs": 1.0})
    rounds = take_cold_starts(world.starts(), REQUESTS, spec(), journal, clock=lambda: world.now)
    next(rounds)
    before = list(journal.entries)
    rounds.close()
    again = World({"ours": 1.0, "theirs": 1.0})
    list(take_cold_starts(again.starts(), REQUESTS, spec(), journal, clock=lambda: again.now))
    assert journal.entries[: len(before)] == before
    assert len(again.started) == 8 + 2 * 8  # once untimed, and the two rounds that were left
    finished = World({"ours": 1.0, "theirs": 1.0})
    list(take_cold_starts(finished.starts(), REQUESTS, spec(), journal))
    assert finished.started == []
