"""Training for as long as there is time, with all computation on the device."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.distill.from_packs.pair_reader import PairReader
from bench.distill.from_packs.time_budget import TimeBudget
from bench.distill.packs.label_lists import LabelLists
from bench.distill.student.weights import Weights
from bench.distill.training.distillation_loss import distillation_loss
from bench.distill.training.learner import Learner
from bench.distill.training.training_settings import TimedTrainingSettings

# Measuring takes no more than this share of the training.
_MEASURING = 0.1
_SHOWN = 10.0


class TimedTraining:
    """A student that is trained within a time, from its start or from the checkpoint in ``out``.

    Args:
        start: The student's weights before training.
        reader: Computes the logits.
        held_back: What the student is chosen by.
        settings: How the student is trained.
        out: The student's folder.
        say: Prints a line.
    """

    def __init__(
        self,
        start: Weights,
        reader: PairReader,
        held_back: LabelLists,
        settings: TimedTrainingSettings,
        out: Path,
        say: Callable[[str], None],
    ) -> None:
        self._reader, self._held_back, self._settings, self._say = reader, held_back, settings, say
        self._learner = Learner(reader.on_device(start), settings, out, len(held_back), self._measure, say)

    def run(self, training: LabelLists, clock: TimeBudget, share: float) -> None:
        """Train until ``share`` of the time is spent, at least one step. A run that has ended is not trained further.

        Where a stopped run continues, the rate falls from where it was to the end of the new time.
        """
        settings, learner = self._settings, self._learner
        took = 0.0 if learner.steps else self._check(None)
        # What the measurements at the end will take: never more than the next one, as other work may hold one up.
        end = took * (1 + len(settings.start_shares))
        before, available = learner.progress, max(0.0, clock.left(share) - end)
        if not len(training) or learner.progress >= 1:
            return
        random = np.random.default_rng([settings.seed, learner.steps])
        waiting = random.permutation(len(training))
        began = checked = shown = time.monotonic()
        seconds, first, loss = learner.seconds, learner.seen, None
        measured = first
        while loss is None or clock.left(share) > end:
            if not len(waiting):
                waiting = random.permutation(len(training))
            rows, waiting = waiting[: settings.queries], waiting[settings.queries :]
            loss = self._step(sample_passages(training.take(rows), settings.passages, random))
            now = time.monotonic()
            learner.seconds = seconds + now - began
            learner.progress = before + (1 - before) * min(1.0, (now - began) / available if available else 1.0)
            if now - shown > _SHOWN:
                pace, rest = (learner.seen - first) / (now - began), clock.left(share)
                self._say(
                    f"train: {learner.seen} pairs, {pace:.0f} a second, loss {loss.item():.3f}, {rest:.0f} s left"
                )
                shown = now
            if now - checked > max(settings.check, took * (1 / _MEASURING - 1)):
                took = self._check(loss)
                end = min(end or math.inf, took * (1 + len(settings.start_shares)))
                learner.save()
                checked, measured = time.monotonic(), learner.seen
        if not clock.stopped:
            learner.progress = 1.0
        if measured != learner.seen:
            self._check(loss)
        for start_share in settings.start_shares:
            learner.check(None, start_share)
        learner.save()

    def _step(self, lists: LabelLists) -> Any:
        """Learn from some queries and return the loss, which stays on the device."""
        return self._learner.step(lambda: self._learn(lists), lists.pairs)

    def _learn(self, lists: LabelLists) -> Any:
        logits, target, mask = self._reader.list_logits(self._learner.weights, lists)
        loss = distillation_loss(logits, target, mask, self._settings.temperature)
        loss.backward()
        return loss.detach()

    def _measure(self, weights: Mapping[str, Any]) -> Mapping[str, float]:
        return mean_quality(*self._reader.agreement(weights, self._held_back))

    def _check(self, loss: Any) -> float:
        """Measure the mean of the weights; return the seconds that it took."""
        began = time.monotonic()
        self._learner.check(None if loss is None else loss.item())
        return time.monotonic() - began


def sample_passages(lists: LabelLists, passages: int, random: np.random.Generator) -> LabelLists:
    """Return lists of ``passages`` passages, drawn at random from those of each query."""
    if passages >= lists.passage.shape[1]:
        return lists
    order = random.random(lists.passage.shape)
    order[lists.passage < 0] = 2.0
    places = np.argsort(order, axis=1)[:, :passages]
    return LabelLists(
        lists.query, np.take_along_axis(lists.passage, places, axis=1), np.take_along_axis(lists.logit, places, axis=1)
    )


def mean_quality(shares: Any, variances: Any) -> Mapping[str, float]:
    """Return the means of what ``PairReader.agreement`` returns: ``agreement`` and ``margin_error``.

    Args:
        shares: Of each query; NaN where it has none.
        variances: Of the errors of each query's logits.
    """
    found = shares[~np.isnan(shares)]
    return {
        "agreement": float(found.mean()) if found.size else 0.0,
        "margin_error": float(np.sqrt(variances.mean())) if variances.size else 0.0,
    }
