"""Systems that take turns: who is asked what and when, what is kept, and what becomes of one that cannot answer."""

from __future__ import annotations

import pytest

from bench.experiment.peers import PeersSpec
from bench.measure.request import Request
from bench.measure.side_by_side import ComparisonRecord, score_in_float, take_rounds
from bench.measure.worker_process import WorkerError
from bench.results.journal import Journal
from flashrank import Ranker

REQUESTS = [Request(f"q{n}", f"query {n}", ("a", "b"), (f"text {n}", "another")) for n in range(3)]


class Process:
    """A process that notes what it is asked, and dies at a request of the number ``dies``."""

    def __init__(self, name, asked, seconds=0.5, dies=None, scores=(0.25, 0.75)):
        self.name, self.asked, self.seconds, self.dies, self.scores = name, asked, seconds, dies, scores
        self.count = 0

    def ask(self, query, texts):
        if self.count == self.dies:
            raise WorkerError(self.name, "the process was killed, most likely for want of memory (code -9)")
        self.count += 1
        self.asked.append((self.name, query, tuple(texts)))
        return {"seconds": self.seconds, "scores": list(self.scores), "order": [1, 0], "peak_bytes": 100 * self.count}


def spec(**changes):
    fields = {"systems": ["ours", "theirs", "third"], "workloads": [{"mix": "short"}], "rounds": 12, "min_rounds": 2}
    return PeersSpec.model_validate(fields | changes)


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "a.jsonl", "key") as opened:
        yield opened


def processes(asked, **changes):
    return {name: Process(name, asked, **changes.get(name, {})) for name in spec().systems}


def test_every_system_answers_every_request_then_one_a_round_in_random_order(journal):
    asked: list[tuple[str, str, tuple[str, ...]]] = []
    assert len(list(take_rounds(processes(asked), REQUESTS, spec(), journal))) == 12
    warm_up, timed = asked[:9], asked[9:]
    assert {(name, query) for name, query, _ in warm_up} == {
        (name, request.query) for name in spec().systems for request in REQUESTS
    }
    turns = [timed[start : start + 3] for start in range(0, len(timed), 3)]
    assert len(turns) == 12
    for number, turn in enumerate(turns):
        assert {name for name, _, _ in turn} == set(spec().systems)
        assert {(query, texts) for _, query, texts in turn} == {
            (REQUESTS[number % 3].query, REQUESTS[number % 3].texts)
        }
    assert len({tuple(name for name, _, _ in turn) for turn in turns}) > 3
    found = ComparisonRecord.of(journal)
    assert [found.rounds[number].request for number in range(12)] == [0, 1, 2] * 4
    assert found.rounds[0].seconds == dict.fromkeys(spec().systems, 0.5)
    assert found.rounds[11].peak_bytes == dict.fromkeys(spec().systems, 1500)
    assert found.scores == {key: {key: [0.25, 0.75] for key in range(3)} for key in spec().systems}
    assert found.spent == 12 * 3 * 0.5


def test_the_order_depends_on_the_seed_alone(tmp_path):
    orders = []
    for number, seed in enumerate([0, 0, 1]):
        asked: list[tuple[str, str, tuple[str, ...]]] = []
        with Journal(tmp_path / f"{number}.jsonl", "key") as journal:
            list(take_rounds(processes(asked), REQUESTS, spec(seed=seed), journal))
        orders.append([name for name, _, _ in asked])
    assert orders[0] == orders[1] != orders[2]


def test_a_system_that_dies_is_asked_no_more_and_the_others_go_on(journal):
    asked: list[tuple[str, str, tuple[str, ...]]] = []
    list(take_rounds(processes(asked, theirs={"dies": 4}, third={"dies": 0}), REQUESTS, spec(), journal))
    found = ComparisonRecord.of(journal)
    assert found.problems == dict.fromkeys(
        ["third", "theirs"], "the process was killed, most likely for want of memory (code -9)"
    )
    assert found.rounds[0].seconds == {"ours": 0.5, "theirs": 0.5}
    assert found.rounds[1].seconds == {"ours": 0.5}
    assert len(found.rounds) == 12
    assert set(found.scores) == {"ours", "theirs"}


@pytest.mark.parametrize(
    ("scores", "problem"),
    [
        ((0.5,), "it gave 1 scores for 2 passages"),
        ((0.5, float("nan")), "it gave a score of nan, which is not within 0 and 1"),
        ((0.5, -3.2), "it gave a score of -3.2, which is not within 0 and 1"),
    ],
)
def test_scores_that_are_none_are_a_problem(journal, scores, problem):
    list(take_rounds(processes([], theirs={"scores": scores}), REQUESTS, spec(), journal))
    assert ComparisonRecord.of(journal).problems == {"theirs": problem}


def test_where_none_can_answer_nothing_is_timed(journal):
    dying = {key: {"dies": 0} for key in spec().systems}
    assert len(list(take_rounds(processes([], **dying), REQUESTS, spec(), journal))) == 12
    assert ComparisonRecord.of(journal).rounds == {}


def test_rounds_end_after_the_seconds_but_not_before_the_least(journal):
    list(take_rounds(processes([]), REQUESTS, spec(max_seconds=1, min_rounds=4), journal))
    assert list(ComparisonRecord.of(journal).rounds) == [0, 1, 2, 3]


def test_a_killed_comparison_goes_on(tmp_path):
    first: list[tuple[str, str, tuple[str, ...]]] = []
    with Journal(tmp_path / "a.jsonl", "key") as journal:
        rounds = take_rounds(processes(first, third={"dies": 1}), REQUESTS, spec(), journal)
        for _ in range(5):
            next(rounds)
    second: list[tuple[str, str, tuple[str, ...]]] = []
    with Journal(tmp_path / "a.jsonl", "key") as journal:
        list(take_rounds(processes(second), REQUESTS, spec(), journal))
        found = ComparisonRecord.of(journal)
    assert len(found.rounds) == 12
    assert "third" not in {name for name, _, _ in second}
    timed = second[2 * len(REQUESTS) :]  # new processes are warmed again
    assert len(timed) == 2 * (12 - 5)
    assert sum("scores" in entry for entry in journal.entries) == 2 * 3 + 1


def test_float32_is_scored_once(fixtures, tmp_path):
    ranker = Ranker(fixtures / "one-logit-int8", threads=1)
    calls = []

    def score(query, texts):
        calls.append(query)
        return ranker.score(query, texts)

    for _ in range(2):
        with Journal(tmp_path / "a.jsonl", "key") as journal:
            assert len(list(score_in_float(score, REQUESTS, journal))) == 3
            found = ComparisonRecord.of(journal)
    assert calls == [request.query for request in REQUESTS]
    scored = ranker.score(REQUESTS[1].query, REQUESTS[1].texts)
    assert found.logits[1] == list(scored.logits)
    assert found.tokens[1] == sum(scored.tokens)
