"""Training for as long as there is time, with everything that is computed on the device."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench.common.atomic import whole_file
from bench.distill.from_packs.pair_reader import PairReader
from bench.distill.from_packs.time_budget import TimeBudget
from bench.distill.packs.label_lists import LabelLists
from bench.distill.student.student_folder import STUDENT
from bench.distill.student.training_log import append_check
from bench.distill.student.weights import Weights, save_weights
from bench.distill.training.distillation_loss import distillation_loss

CHECKPOINT = "checkpoint.pt"
# The mean is over this part of the steps so far, until the settings' memory is shorter: the start fades out of it.
_PART_OF_STEPS = 9
# Measuring takes no more than this share of the training.
_MEASURING = 0.1
_SHOWN = 10.0


@dataclass(frozen=True, slots=True)
class TimedTrainingSettings:
    """How a student is trained; progress is counted in time, 0 to 1.

    Attributes:
        queries: Queries per step.
        passages: Passages of each query per step, drawn anew every time; all where there are fewer.
        rate: Peak learning rate.
        warmup: Share of the training in which the rate rises.
        decay: Share of the training, its end, in which the rate falls to zero.
        temperature: Divides the logits of both in the listwise loss.
        memory: Share of the running mean of the weights that a step leaves as it was, once there are steps enough.
        start_shares: Shares of the start in the mixes that are measured at the end.
        check: Seconds between two measurements on the held-back queries, at least.
        seed: Order of the queries and choice of their passages.
    """

    queries: int = 64
    passages: int = 16
    rate: float = 4e-4
    warmup: float = 0.03
    decay: float = 0.5
    temperature: float = 2.0
    memory: float = 0.998
    start_shares: tuple[float, ...] = ()
    check: float = 20.0
    seed: int = 1


class TimedTraining:
    """A student that is being trained, from its start or from the checkpoint in ``out``.

    What is measured and kept is a running mean of the weights. ``student.npz`` in ``out`` are the means that agreed
    best with the teacher on the held-back queries so far.

    Args:
        start: The student's weights before training.
        reader: How it reads pairs.
        held_back: What it is chosen by.
        settings: How it is trained.
        out: Where its files are.
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
        self._reader, self._held_back, self._settings, self._out, self._say = reader, held_back, settings, out, say
        self._start = reader.on_device(start)
        self._weights = {name: tensor.clone().requires_grad_() for name, tensor in self._start.items()}
        self._means = {name: tensor.clone() for name, tensor in self._start.items()}
        tensors = self._weights.values()
        groups = [
            {"params": [tensor for tensor in tensors if tensor.ndim > 1], "weight_decay": 0.01},
            {"params": [tensor for tensor in tensors if tensor.ndim < 2], "weight_decay": 0.0},
        ]
        self._optimizer = torch.optim.AdamW(groups, lr=settings.rate, betas=(0.9, 0.98), fused=True)
        self._steps = self._seen = 0
        self._seconds = self._progress = 0.0
        self._best = -1.0
        self._restore()

    def run(self, training: LabelLists, clock: TimeBudget, share: float) -> None:
        """Train until ``share`` of the clock's time is spent, a step at least; nothing where a run came to its end.

        Where a stopped run goes on, its rate falls from where it was to the end of the new time.
        """
        settings = self._settings
        took = 0.0 if self._steps else self._check(None)
        # What the measurements at the end take; one that other work held up says nothing.
        end = took * (1 + len(settings.start_shares))
        before, available = self._progress, max(0.0, clock.left(share) - end)
        if not len(training) or self._progress >= 1:
            return
        random = np.random.default_rng([settings.seed, self._steps])
        waiting = random.permutation(len(training))
        began = checked = shown = time.monotonic()
        seconds, first, loss = self._seconds, self._seen, None
        measured = first
        while loss is None or clock.left(share) > end:
            if not len(waiting):
                waiting = random.permutation(len(training))
            rows, waiting = waiting[: settings.queries], waiting[settings.queries :]
            loss = self._step(sample_passages(training.take(rows), settings.passages, random))
            now = time.monotonic()
            self._seconds = seconds + now - began
            self._progress = before + (1 - before) * min(1.0, (now - began) / available if available else 1.0)
            if now - shown > _SHOWN:
                pace, rest = (self._seen - first) / (now - began), clock.left(share)
                self._say(f"train: {self._seen} pairs, {pace:.0f} a second, loss {loss.item():.3f}, {rest:.0f} s left")
                shown = now
            if now - checked > max(settings.check, took * (1 / _MEASURING - 1)):
                took = self._check(loss)
                end = min(end or math.inf, took * (1 + len(settings.start_shares)))
                self._save()
                checked, measured = time.monotonic(), self._seen
        if not clock.stopped:
            self._progress = 1.0
        if measured != self._seen:
            self._check(loss)
        for start_share in settings.start_shares:
            self._check(None, start_share)
        self._save()

    def _step(self, lists: LabelLists) -> Any:
        """Learn from some queries and return the loss, which stays on the device."""
        settings = self._settings
        for group in self._optimizer.param_groups:
            group["lr"] = settings.rate * rate_factor(self._progress, settings)
        loss = distillation_loss(*self._reader.list_logits(self._weights, lists), settings.temperature)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        tensors = list(self._weights.values())
        torch.nn.utils.clip_grad_norm_(tensors, 1.0)
        self._optimizer.step()
        share = max(1 - settings.memory, 1 / (1 + self._steps / _PART_OF_STEPS))
        with torch.no_grad():
            torch._foreach_lerp_(list(self._means.values()), tensors, share)
        self._steps, self._seen = self._steps + 1, self._seen + lists.pairs
        return loss.detach()

    def _check(self, loss: Any, start_share: float = 0.0) -> float:
        """Measure the means, mixed with a share of the start; keep them if they are the best. Return the seconds."""
        began = time.monotonic()
        mixed = {name: mean.lerp(self._start[name], start_share) for name, mean in self._means.items()}
        quality = summary(*self._reader.agreement(mixed, self._held_back))
        kept = quality["agreement"] > self._best
        if kept:
            self._best = quality["agreement"]
            save_weights(self._out / STUDENT, {name: tensor.cpu().numpy() for name, tensor in mixed.items()})
        row: dict[str, Any] = {"pairs": self._seen, "seconds": round(self._seconds)}
        row |= {} if loss is None else {"loss": round(loss.item(), 4)}
        row |= {"queries": len(self._held_back), "start_share": start_share, "kept": kept}
        row |= {name: round(value, 4) for name, value in quality.items()}
        append_check(self._out, row)
        self._say(f"train: {json.dumps(row)}")
        return time.monotonic() - began

    def _save(self) -> None:
        state = {
            "weights": {name: tensor.detach() for name, tensor in self._weights.items()},
            "means": self._means,
            "optimizer": self._optimizer.state_dict(),
            "steps": self._steps,
            "seen": self._seen,
            "seconds": self._seconds,
            "progress": self._progress,
            "best": self._best,
            "held_back": len(self._held_back),
        }
        with whole_file(self._out / CHECKPOINT) as partial:
            torch.save(state, partial)

    def _restore(self) -> None:
        path = self._out / CHECKPOINT
        if not path.exists():
            return
        state = torch.load(path, weights_only=True, map_location=self._reader.pairs.device)
        with torch.no_grad():
            for name, tensor in self._weights.items():
                tensor.copy_(state["weights"][name])
                self._means[name].copy_(state["means"][name])
        self._optimizer.load_state_dict(state["optimizer"])
        self._steps, self._seen, self._seconds = state["steps"], state["seen"], state["seconds"]
        self._progress = state["progress"]
        if state["held_back"] == len(self._held_back):  # what was best on other queries is best no more
            self._best = state["best"]
        self._say(f"train: going on after {self._seen} pairs")


def sample_passages(lists: LabelLists, passages: int, random: np.random.Generator) -> LabelLists:
    """Return lists of ``passages`` passages, drawn by lot out of those of each query."""
    if passages >= lists.passage.shape[1]:
        return lists
    lot = random.random(lists.passage.shape)
    lot[lists.passage < 0] = 2.0
    places = np.argsort(lot, axis=1)[:, :passages]
    return LabelLists(
        lists.query, np.take_along_axis(lists.passage, places, axis=1), np.take_along_axis(lists.logit, places, axis=1)
    )


def rate_factor(progress: float, settings: TimedTrainingSettings) -> float:
    """Return the learning rate at a point of the training, 0..1, as a share of its peak."""
    rising = progress / settings.warmup if settings.warmup else 1.0
    falling = (1.0 - progress) / settings.decay if settings.decay else 1.0
    return max(0.02, min(1.0, rising, falling))


def summary(agreements: Any, variances: Any) -> Mapping[str, float]:
    """Return the mean agreement, of queries that have one, and the margin error, as ``objective.agreement`` does."""
    found = agreements[~np.isnan(agreements)]
    return {
        "agreement": float(found.mean()) if found.size else 0.0,
        "margin_error": float(np.sqrt(variances.mean())) if variances.size else 0.0,
    }
