"""How a student is trained: what both paths set, and what each adds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """What both paths set.

    Attributes:
        queries: Queries per step.
        rate: Peak learning rate.
        warmup: Share of the training in which the rate rises.
        decay: Share of the training, its end, in which the rate falls to zero.
        temperature: Divides the logits of student and teacher in the listwise loss.
        memory: How much of the running mean of the weights a step keeps, once there are enough steps.
        start_shares: Shares of the start in the mixes that are measured at the end.
        seed: Order of the queries, and choice of their passages where only some are taken.
    """

    queries: int = 8
    rate: float = 4e-4
    warmup: float = 0.05
    decay: float = 0.5
    temperature: float = 2.0
    memory: float = 0.997
    start_shares: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8)
    seed: int = 1


@dataclass(frozen=True, slots=True)
class ListTrainingSettings(TrainingSettings):
    """Training over labelled queries, which ends after a number of pairs.

    Attributes:
        pairs: Pairs to see. A stopped run may go on with another number, to end sooner or later.
        check: Pairs between two measurements on the held-back queries.
        save: Seconds between two checkpoints.
        chunk: Tokens per forward pass, padding included.
        heads: Attention heads of the student.
        threads: Queries learned from at once.
    """

    pairs: int = 150_000
    check: int = 20_000
    save: float = 60.0
    chunk: int = 768
    heads: int = 12
    threads: int = 1


@dataclass(frozen=True, slots=True)
class TimedTrainingSettings(TrainingSettings):
    """Training over a pack, which ends when its time is spent.

    Attributes:
        passages: Passages of each query per step, drawn anew every time; all where there are fewer.
        check: Seconds between two measurements on the held-back queries, at least.
    """

    queries: int = 64
    warmup: float = 0.03
    memory: float = 0.998
    start_shares: tuple[float, ...] = ()
    passages: int = 16
    check: float = 20.0


def rate_factor(progress: float, settings: TrainingSettings) -> float:
    """Return the learning rate at a point of the training, 0..1, as a share of its peak."""
    rising = progress / settings.warmup if settings.warmup else 1.0
    falling = (1.0 - progress) / settings.decay if settings.decay else 1.0
    return max(0.02, min(1.0, rising, falling))
