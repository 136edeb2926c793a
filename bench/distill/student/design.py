"""What a student looks like, and the rounds of training it has had."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bench.common.errors import BenchError


@dataclass(frozen=True, slots=True)
class TrainingRound:
    """A finished round of training.

    Attributes:
        pairs: Pairs seen until the student that was kept.
        minutes: The time that took.
    """

    pairs: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Design:
    """The shape of a student, and the rounds of training it has had.

    Attributes:
        layers: The teacher's layers that it starts with, lowest first.
        table: Width of the factorised embedding table.
        feed_forward: Neurons kept in each feed-forward block, those with the largest weights.
        vocabulary: Word pieces kept. Single characters are always kept.
        heads: Attention heads of a layer: as many as the teacher's, or fewer where the rows are narrower.
        width: Width of the rows between the layers; the teacher's where it is None.
        random: Whether the layers start with random weights. Then only the number of ``layers`` counts.
        rounds: The rounds of training that are finished.
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
    def from_json(cls, values: dict[str, Any]) -> Design:
        """Return the design that ``as_json`` wrote."""
        rounds = tuple(TrainingRound(**done) for done in values.get("rounds", ()))
        return cls(**{**values, "layers": tuple(values["layers"]), "rounds": rounds})

    def as_json(self) -> dict[str, Any]:
        """Return the design as JSON values."""
        return {**asdict(self), "layers": list(self.layers), "rounds": [asdict(done) for done in self.rounds]}


def parse_layers(text: str) -> tuple[int, ...]:
    """Return the layers that a text such as ``"0,1,2"`` names.

    Raises:
        BenchError: The text is no list of rising numbers.
    """
    try:
        layers = tuple(int(part) for part in text.split(","))
    except ValueError:
        layers = ()
    if not layers or min(layers) < 0 or list(layers) != sorted(set(layers)):
        raise BenchError(f"--layers is {text!r}; expected rising numbers of the teacher's layers, such as 0,1,2")
    return layers
