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
