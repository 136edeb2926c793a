"""What a student looks like and how it is trained: all that is needed to make the same one again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bench.common.errors import BenchError


@dataclass(frozen=True, slots=True)
class TrainingRound:
    """A finished round of training.

    Attributes:
        pairs: Pairs seen until the student that was kept.
        minutes: What that took.
    """

    pairs: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Design:
    """Shape of a student, which it takes over from the teacher, and the training that it has had.

    Attributes:
        layers: The teacher's layers that it starts from, lowest first.
        table: Width of the factorised embedding table.
        feed_forward: Neurons kept in each feed-forward block, those with the largest weights.
        vocabulary: Pieces kept; single characters are kept whatever it says.
        heads: Attention heads of a layer, the teacher's; fewer where the student is narrower.
        width: Of the rows between the layers; the teacher's where it is None.
        random: Layers from nothing, not from the teacher's: of ``layers``, only their number counts.
        rounds: The finished rounds of its training.
    """

    layers: tuple[int, ...] = (0, 1, 2)
    table: int = 128
    feed_forward: int = 1536
    vocabulary: int = 28_000
    heads: int = 12
    width: int | None = None
    random: bool = False
    rounds: tuple[TrainingRound, ...] = ()

    @classmethod
    def of(cls, values: dict[str, Any]) -> Design:
        """Return the design that ``as_json`` wrote."""
        rounds = tuple(TrainingRound(**done) for done in values.get("rounds", ()))
        return cls(**{**values, "layers": tuple(values["layers"]), "rounds": rounds})

    def as_json(self) -> dict[str, Any]:
        """Return the design as JSON values."""
        return {**asdict(self), "layers": list(self.layers), "rounds": [asdict(done) for done in self.rounds]}


@dataclass(frozen=True, slots=True)
class ListTrainingSettings:
    """How a student is trained.

    Attributes:
        pairs: Pairs to see; a run may be resumed with another number, to end it sooner or later.
        queries: Queries per batch.
        rate: Peak learning rate.
        warmup: Share of the training in which the rate rises.
        decay: Share of the training, its end, in which the rate falls to zero.
        temperature: Divides the logits of both in the listwise loss.
        memory: Share of the running mean of the weights that a step leaves as it was, once there are steps enough.
        start_shares: Shares of the start in the mixes that are measured at the end.
        check: Pairs between two measurements on the held-back queries.
        save: Seconds between two checkpoints.
        chunk: Tokens per forward pass, padding included.
        seed: Order of the examples.
        heads: Attention heads.
        threads: Queries learned from at once.
    """

    pairs: int = 150_000
    queries: int = 8
    rate: float = 4e-4
    warmup: float = 0.05
    decay: float = 0.5
    temperature: float = 2.0
    memory: float = 0.997
    start_shares: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8)
    check: int = 20_000
    save: float = 60.0
    chunk: int = 768
    seed: int = 1
    heads: int = 12
    threads: int = 1


def parse_layers(text: str) -> tuple[int, ...]:
    """Return the layers of ``"0,1,2"``.

    Raises:
        BenchError: It is no such list.
    """
    try:
        layers = tuple(int(part) for part in text.split(","))
    except ValueError:
        layers = ()
    if not layers or min(layers) < 0 or list(layers) != sorted(set(layers)):
        raise BenchError(f"--layers is {text!r}; expected rising numbers of the teacher's layers, such as 0,1,2")
    return layers
