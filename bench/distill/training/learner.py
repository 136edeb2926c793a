"""A student that learns: its weights, their running mean, its checkpoint, and the choice of the best so far."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from bench.common.atomic import whole_file
from bench.common.errors import BenchError
from bench.distill.student.student_folder import STUDENT
from bench.distill.student.training_log import append_check
from bench.distill.student.weights import save_weights
from bench.distill.training.training_settings import TrainingSettings, rate_factor

CHECKPOINT = "checkpoint.pt"
# The mean is over this part of the steps so far, until the settings' memory is shorter: the start fades out of it.
_PART_OF_STEPS = 9


class Learner:
    """Trains from a start, or from the checkpoint in ``out``.

    What is measured and kept is a running mean of the weights, which generalises better than those of one step
    (Izmailov et al. 2018, of a mean at equal shares). ``student.npz`` in ``out`` is the mean that agreed best with the
    teacher on the held-back queries so far. Mixes of the mean with the start may hold better on texts unlike those of
    the training (Wortsman et al. 2022).

    Args:
        start: The weights before training, as tensors on the device that computes.
        settings: How the student is trained.
        out: Its folder.
        held_back: Number of queries that ``measure`` asks.
        measure: Returns the quality of weights, with their ``agreement`` among it.
        say: Prints a line.

    Attributes:
        weights: Those that are being trained.
        steps: Steps so far.
        seen: Pairs so far.
        seconds: Seconds of training so far.
        progress: How far the training is, 0 to 1.

    Raises:
        BenchError: The checkpoint is of a version that kept no mean.
    """

    def __init__(
        self,
        start: Mapping[str, Any],
        settings: TrainingSettings,
        out: Path,
        held_back: int,
        measure: Callable[[Mapping[str, Any]], Mapping[str, float]],
        say: Callable[[str], None],
    ) -> None:
        self._start, self._settings, self._out = start, settings, out
        self._held_back, self._measure, self._say = held_back, measure, say
        self.weights = {name: tensor.clone().requires_grad_() for name, tensor in start.items()}
        self._means = {name: tensor.clone() for name, tensor in start.items()}
        tensors = self.weights.values()
        groups = [
            {"params": [tensor for tensor in tensors if tensor.ndim > 1], "weight_decay": 0.01},
            {"params": [tensor for tensor in tensors if tensor.ndim < 2], "weight_decay": 0.0},
        ]
        self._optimizer = torch.optim.AdamW(groups, lr=settings.rate, betas=(0.9, 0.98), fused=True)
        self.steps = self.seen = 0
        self.seconds = self.progress = 0.0
        self._best = -1.0
        self._restore()

    def step(self, learn: Callable[[], Any], pairs: int) -> Any:
        """Learn once at the rate of the progress, and return what ``learn`` returns.

        Args:
            learn: Puts gradients into the weights, which have none before, and returns the loss.
            pairs: How many pairs it learns from.
        """
        for group in self._optimizer.param_groups:
            group["lr"] = self._settings.rate * rate_factor(self.progress, self._settings)
        self._optimizer.zero_grad(set_to_none=True)
        loss = learn()
        tensors = list(self.weights.values())
        torch.nn.utils.clip_grad_norm_(tensors, 1.0)
        self._optimizer.step()
        share = max(1 - self._settings.memory, 1 / (1 + self.steps / _PART_OF_STEPS))
        with torch.no_grad():
            torch._foreach_lerp_(list(self._means.values()), tensors, share)
        self.steps, self.seen = self.steps + 1, self.seen + pairs
        return loss

    def check(self, loss: float | None, start_share: float = 0.0) -> None:
        """Measure the mean, mixed with a share of the start; keep it if it is the best so far."""
        mixed = {name: mean.lerp(self._start[name], start_share) for name, mean in self._means.items()}
        quality = self._measure(mixed)
        kept = quality["agreement"] > self._best
        if kept:
            self._best = quality["agreement"]
            save_weights(self._out / STUDENT, {name: tensor.cpu().numpy() for name, tensor in mixed.items()})
        row: dict[str, Any] = {"pairs": self.seen, "seconds": round(self.seconds)}
        row |= {} if loss is None else {"loss": round(loss, 4)}
        row |= {"queries": self._held_back, "start_share": start_share, "kept": kept}
        row |= {name: round(value, 4) for name, value in quality.items()}
        append_check(self._out, row)
        self._say(f"train: {json.dumps(row)}")

    def save(self) -> None:
        """Write the checkpoint, all of it or nothing."""
        state = {
            "weights": {name: tensor.detach() for name, tensor in self.weights.items()},
            "means": self._means,
            "optimizer": self._optimizer.state_dict(),
            "steps": self.steps,
            "seen": self.seen,
            "seconds": self.seconds,
            "progress": self.progress,
            "best": self._best,
            "held_back": self._held_back,
        }
        with whole_file(self._out / CHECKPOINT) as partial:
            torch.save(state, partial)

    def _restore(self) -> None:
        checkpoint = self._out / CHECKPOINT
        if not checkpoint.exists():
            return
        device = next(iter(self._start.values())).device
        state = torch.load(checkpoint, weights_only=True, map_location=device)
        if "means" not in state:
            raise BenchError(f"{checkpoint}: from before the mean of the weights was kept; give another --out")
        with torch.no_grad():
            for name, tensor in self.weights.items():
                tensor.copy_(state["weights"][name])
                self._means[name].copy_(state["means"][name])
        self._optimizer.load_state_dict(state["optimizer"])
        self.steps, self.seen, self.seconds = state["steps"], state["seen"], state["seconds"]
        self.progress = state.get("progress", 0.0)  # older checkpoints of training over lists have none
        if state["held_back"] == self._held_back:  # what was best on other queries is best no more
            self._best = state["best"]
        self._say(f"train: going on after {self.seen} pairs")
