"""Systems side by side: worker processes that answer the same requests in turn, in random order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from bench.experiment.peers import PeersSpec
from bench.measure.request import Request
from bench.measure.worker_process import WorkerError, WorkerProcess
from bench.results.journal import Journal
from flashrank import Scores

#: Query and passages -> the scores of the same weights in float32, each pair alone.
ScoreInFloat = Callable[[str, Sequence[str]], Scores]


@dataclass(frozen=True, slots=True)
class Round:
    """One request, answered by all systems.

    Attributes:
        request: Number of the request.
        seconds: System -> seconds of its answer.
        peak_bytes: System -> most memory that its process has had so far.
    """

    request: int
    seconds: dict[str, float]
    peak_bytes: dict[str, int]


@dataclass(frozen=True, slots=True)
class ComparisonRecord:
    """What the journal of a comparison holds.

    Attributes:
        logits: Number of a request -> its logits in float32.
        tokens: Number of a request -> the tokens of its pairs.
        scores: System -> number of a request -> its scores, in 0..1.
        problems: System -> why it could not answer.
        rounds: Number of a round -> the round.
    """

    logits: dict[int, list[float]] = field(default_factory=dict)
    tokens: dict[int, int] = field(default_factory=dict)
    scores: dict[str, dict[int, list[float]]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    rounds: dict[int, Round] = field(default_factory=dict)

    @classmethod
    def of(cls, journal: Journal) -> Self:
        """Return what has been measured so far."""
        found = cls()
        for entry in journal.entries:
            if "round" in entry:
                found.rounds[entry["round"]] = Round(entry["request"], entry["seconds"], entry["peak_bytes"])
            elif "problem" in entry:
                found.problems[entry["system"]] = entry["problem"]
            elif "scores" in entry:
                found.scores.setdefault(entry["system"], {})[entry["request"]] = entry["scores"]
            else:
                found.logits[entry["request"]] = entry["logits"]
                found.tokens[entry["request"]] = entry["tokens"]
        return found

    @property
    def spent(self) -> float:
        """Seconds of all rounds."""
        return sum(sum(one.seconds.values()) for one in self.rounds.values())


def score_in_float(score: ScoreInFloat, requests: Sequence[Request], journal: Journal) -> Iterator[None]:
    """Score every request in float32, adding each to the journal; yields once for each request."""
    done = ComparisonRecord.of(journal).logits
    for number, request in enumerate(requests):
        if number not in done:
            scored = score(request.query, request.texts)
            journal.append({"request": number, "logits": list(scored.logits), "tokens": sum(scored.tokens)})
        yield


def take_rounds(
    processes: Mapping[str, WorkerProcess], requests: Sequence[Request], spec: PeersSpec, journal: Journal
) -> Iterator[None]:
    """Let all systems answer the requests in turn, adding each round to the journal; yields ``spec.rounds`` times.

    Before the first round every system answers each request once, untimed, which warms it; those are the scores that
    are kept. In a round all are asked the same request, one after the other in random order. Of a system that cannot
    answer the journal says why, and it is asked no more. The others go on.

    Args:
        processes: System -> its worker process, loading or ready.
        requests: What they are asked, one a round, from the first again after the last.
        spec: How many rounds, and in how many seconds.
        journal: What was measured already, of these systems on these requests.
    """
    before = ComparisonRecord.of(journal)

    def ask(system: str, number: int) -> dict[str, Any] | None:
        request = requests[number]
        try:
            answer = processes[system].ask(request.query, request.texts)
            _check(system, answer["scores"], len(request.texts))
        except WorkerError as error:
            journal.append({"system": system, "problem": error.problem})
            return None
        return answer

    waiting = [system for system in processes if system not in before.problems]
    for system in tuple(waiting):
        for number in range(len(requests)):
            answer = ask(system, number)
            if answer is None:
                waiting.remove(system)
                break
            if number not in before.scores.get(system, {}):
                journal.append({"system": system, "request": number, "scores": answer["scores"]})
    spent = before.spent
    for turn in range(spec.rounds):
        if waiting and turn not in before.rounds and (turn < spec.min_rounds or spent < spec.max_seconds):
            number = turn % len(requests)
            order = np.random.default_rng([spec.seed, turn]).permutation(waiting).tolist()
            answers = {system: answer for system in order if (answer := ask(system, number)) is not None}
            waiting = [system for system in waiting if system in answers]
            times, peaks = (
                {system: answer[name] for system, answer in answers.items()} for name in ("seconds", "peak_bytes")
            )
            journal.append({"round": turn, "request": number, "seconds": times, "peak_bytes": peaks})
            spent += sum(times.values())
        yield


def _check(system: str, scores: Sequence[float], passages: int) -> None:
    """Refuse an answer that is not one score within 0 and 1 for each passage.

    Raises:
        WorkerError: It is none.
    """
    if len(scores) != passages:
        raise WorkerError(system, f"it gave {len(scores)} scores for {passages} passages")
    if wrong := [score for score in scores if not 0 <= score <= 1]:
        raise WorkerError(system, f"it gave a score of {wrong[0]}, which is not within 0 and 1")
