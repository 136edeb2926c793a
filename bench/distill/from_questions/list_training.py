"""Training over labelled queries: the student learns the teacher's margins and its ranking of each query's passages."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console

from bench.distill.from_questions.examples import Example, batches
from bench.distill.from_questions.list_objective import agreement, list_loss
from bench.distill.student.training_log import read_checks
from bench.distill.student.weights import Weights
from bench.distill.training.learner import Learner
from bench.distill.training.training_settings import ListTrainingSettings

_SHOWN = 10.0


def train(
    start: Weights,
    training: Sequence[Example],
    held_back: Sequence[Example],
    settings: ListTrainingSettings,
    out: Path,
    console: Console,
) -> None:
    """Train from ``start``, or from the checkpoint in ``out``, until ``settings.pairs`` pairs were seen.

    Raises:
        BenchError: The checkpoint is of a version that kept no mean.
    """
    torch.set_num_threads(1)
    pool = ThreadPoolExecutor(settings.threads, initializer=torch.set_num_threads, initargs=(1,))
    learner = Learner(
        {name: torch.from_numpy(values.copy()) for name, values in start.items()},
        settings,
        out,
        len(held_back),
        lambda weights: agreement(weights, held_back, settings, pool),
        partial(console.print, highlight=False),
    )
    if not learner.steps:
        learner.check(0.0)
    saved = shown = time.monotonic()
    average, pace = float("nan"), 0.0
    for batch in batches(training, settings.queries, settings.seed, learner.steps):
        if learner.seen >= settings.pairs:
            break
        began, before = time.monotonic(), learner.seen
        learner.progress = before / settings.pairs
        size = sum(len(example.pairs) for example in batch)
        loss = learner.step(partial(learn, learner.weights, batch, settings, pool), size)
        average = loss if np.isnan(average) else 0.98 * average + 0.02 * loss
        now = time.monotonic()
        learner.seconds += now - began
        pace = size / (now - began) if not pace else 0.95 * pace + 0.05 * size / (now - began)
        if now - shown > _SHOWN:
            left = (settings.pairs - learner.seen) / pace
            line = f"train: {learner.seen}/{settings.pairs} pairs, {pace:.0f}/s, loss {average:.3f}, {left:.0f} s left"
            console.print(line, highlight=False)
            shown = now
        if before // settings.check != learner.seen // settings.check or learner.seen >= settings.pairs:
            learner.check(average)
            saved = -settings.save  # what was measured must not be measured again by a run that goes on
        if time.monotonic() - saved > settings.save:
            learner.save()
            saved = time.monotonic()
    ends = [row for row in read_checks(out) if (row["pairs"], row["queries"]) == (learner.seen, len(held_back))]
    measured = {row["start_share"] for row in ends}
    for share in settings.start_shares:
        if share not in measured:
            learner.check(None, share)
            learner.save()


def learn(
    weights: Mapping[str, Any], batch: Sequence[Example], settings: ListTrainingSettings, pool: ThreadPoolExecutor
) -> float:
    """Put the gradients of a batch into the weights and return its loss.

    Each thread computes its share of the queries alone: a third faster than torch's own threads, which wait for each
    other in every operation.
    """
    names = list(weights)
    by_size = sorted(batch, key=lambda example: -sum(len(pair.ids) for pair in example.pairs))
    parts = [by_size[i :: settings.threads] for i in range(settings.threads)]

    def gradients(part: Sequence[Example]) -> tuple[float, Any]:
        loss = list_loss(weights, part, settings) * (len(part) / len(batch))
        return loss.item(), torch.autograd.grad(loss, [weights[name] for name in names])

    found = list(pool.map(gradients, [part for part in parts if part]))
    for name, parts_of_gradient in zip(names, zip(*(gradient for _, gradient in found), strict=True), strict=True):
        weights[name].grad = sum(parts_of_gradient[1:], parts_of_gradient[0])
    return sum(loss for loss, _ in found)
