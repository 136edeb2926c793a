"""Training: the student learns the teacher's margins and its ranking of each query's passages."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console

from bench.common.atomic import whole_file
from bench.common.errors import BenchError
from bench.distill.from_questions.examples import Example, batches
from bench.distill.from_questions.list_objective import agreement, distillation_loss
from bench.distill.student.design import ListTrainingSettings
from bench.distill.student.training_log import append_check, read_checks
from bench.distill.student.weights import Weights, save_weights

CHECKPOINT, STUDENT = "checkpoint.pt", "student.npz"
# The mean is over this part of the steps so far, until the settings' memory is shorter: the start fades out of it.
_PART_OF_STEPS = 9


def train(
    start: Weights,
    training: Sequence[Example],
    held_back: Sequence[Example],
    settings: ListTrainingSettings,
    out: Path,
    console: Console,
) -> None:
    """Train from ``start``, or from the checkpoint in ``out``, where the log of measurements is left too.

    What is measured and kept is a running mean of the weights, which generalises better than those of one step
    (Izmailov et al. 2018, of a mean at equal shares). ``student.npz`` in ``out`` are the means that agreed best with
    the teacher on the held-back queries so far. At the end, mixes with the weights of the start are measured too: they
    may hold better on texts unlike those of the training (Wortsman et al. 2022).

    Raises:
        BenchError: The checkpoint is of a version that kept no mean.
    """
    origin = {name: torch.from_numpy(values.copy()) for name, values in start.items()}
    weights = {name: tensor.clone().requires_grad_() for name, tensor in origin.items()}
    decayed = [tensor for tensor in weights.values() if tensor.ndim > 1]
    others = [tensor for tensor in weights.values() if tensor.ndim < 2]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    means = {name: tensor.clone() for name, tensor in origin.items()}
    optimizer = torch.optim.AdamW(groups, lr=settings.rate, betas=(0.9, 0.98), fused=True)
    steps = seen = 0
    seconds, best = 0.0, -1.0
    checkpoint = out / CHECKPOINT
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        if "means" not in state:
            raise BenchError(f"{checkpoint}: from before the mean of the weights was kept; give another --out")
        with torch.no_grad():
            for name, tensor in weights.items():
                tensor.copy_(state["weights"][name])
                means[name].copy_(state["means"][name])
        optimizer.load_state_dict(state["optimizer"])
        steps, seen, seconds = state["steps"], state["seen"], state["seconds"]
        if state["held_back"] == len(held_back):  # what was best on other queries is best no more
            best = state["best"]
        console.print(f"train: going on after {seen} pairs", highlight=False)

    def save() -> None:
        state = {
            "weights": {name: tensor.detach() for name, tensor in weights.items()},
            "means": means,
            "optimizer": optimizer.state_dict(),
            "steps": steps,
            "seen": seen,
            "seconds": seconds,
            "best": best,
            "held_back": len(held_back),
        }
        with whole_file(checkpoint) as partial:
            torch.save(state, partial)

    def check(loss: float | None, start_share: float = 0.0) -> None:
        nonlocal best
        mixed = {name: mean.lerp(origin[name], start_share) for name, mean in means.items()}
        quality = agreement(mixed, held_back, settings, pool)
        kept = quality["agreement"] > best
        if kept:
            best = quality["agreement"]
            save_weights(out / STUDENT, {name: tensor.numpy() for name, tensor in mixed.items()})
        row: dict[str, Any] = {"pairs": seen, "seconds": round(seconds)}
        row |= {} if loss is None else {"loss": round(loss, 4)}
        row |= {"queries": len(held_back), "start_share": start_share, "kept": kept}
        row |= {name: round(value, 4) for name, value in quality.items()}
        append_check(out, row)
        console.print(f"train: {json.dumps(row)}", highlight=False)

    torch.set_num_threads(1)
    pool = ThreadPoolExecutor(settings.threads, initializer=torch.set_num_threads, initargs=(1,))
    if not steps:
        check(0.0)
    saved = shown = time.monotonic()
    average, pace = float("nan"), 0.0
    for batch in batches(training, settings.queries, settings.seed, steps):
        if seen >= settings.pairs:
            break
        began = time.monotonic()
        for group in optimizer.param_groups:
            group["lr"] = settings.rate * rate_factor(seen / settings.pairs, settings)
        loss = learn(weights, batch, settings, pool)
        torch.nn.utils.clip_grad_norm_(list(weights.values()), 1.0)
        optimizer.step()
        share = max(1 - settings.memory, 1 / (1 + steps / _PART_OF_STEPS))
        for name, tensor in weights.items():
            means[name].lerp_(tensor.detach(), share)
        size = sum(len(example.pairs) for example in batch)
        steps, before, seen = steps + 1, seen, seen + size
        average = loss if np.isnan(average) else 0.98 * average + 0.02 * loss
        now = time.monotonic()
        seconds += now - began
        pace = size / (now - began) if not pace else 0.95 * pace + 0.05 * size / (now - began)
        if now - shown > 10:
            left = (settings.pairs - seen) / pace
            line = f"train: {seen}/{settings.pairs} pairs, {pace:.0f}/s, loss {average:.3f}, {left:.0f} s left"
            console.print(line, highlight=False)
            shown = now
        if before // settings.check != seen // settings.check or seen >= settings.pairs:
            check(average)
            saved = -settings.save  # what was measured must not be measured again by a run that goes on
        if time.monotonic() - saved > settings.save:
            save()
            saved = time.monotonic()
    ends = [row for row in read_checks(out) if (row["pairs"], row["queries"]) == (seen, len(held_back))]
    measured = {row["start_share"] for row in ends}
    for share in settings.start_shares:
        if share not in measured:
            check(None, share)
            save()


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
        loss = distillation_loss(weights, part, settings) * (len(part) / len(batch))
        return loss.item(), torch.autograd.grad(loss, [weights[name] for name in names])

    found = list(pool.map(gradients, [part for part in parts if part]))
    for name, parts_of_gradient in zip(names, zip(*(gradient for _, gradient in found), strict=True), strict=True):
        weights[name].grad = sum(parts_of_gradient[1:], parts_of_gradient[0])
    return sum(loss for loss, _ in found)


def rate_factor(progress: float, settings: ListTrainingSettings) -> float:
    """Return the learning rate at a point of the training, 0..1, as a share of its peak."""
    rising = progress / settings.warmup if settings.warmup else 1.0
    falling = (1.0 - progress) / settings.decay if settings.decay else 1.0
    return max(0.02, min(1.0, rising, falling))
