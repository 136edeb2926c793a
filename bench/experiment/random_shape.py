"""The shape of a model, on which its latency depends: the kind, the number and the width of its layers."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from bench.common.numbers import whole_number
from bench.common.strict import Strict
from flashrank import ModelSpec

#: Ends every label of a model of random weights.
RANDOM_WEIGHTS = "(random weights)"

#: Fewest rows of an embedding table: the words of the tokenizer that comes with it.
LEAST_VOCABULARY = 4096

Architecture = Literal["BERT", "T5 encoder"]

_HEADS, _HEAD_WIDTH = 12, 64
#: Rows of the embedding table: bert-base-uncased's and flan-t5-base's; bert-base-multilingual-uncased's.
_VOCABULARY = {"BERT": 30_522, "T5 encoder": 32_128}
_MULTILINGUAL = 105_879


class Shape(Strict):
    """The sizes of a model. Those not given are the usual ones of that kind and width.

    Attributes:
        architecture: ``BERT`` (its ms-marco descendants too), or ``T5 encoder`` with the gated network of flan-T5.
        layers: Transformer layers.
        hidden_size: Width of a token's representation.
        heads: Attention heads: 12 where the width is a multiple of 12, else one per 64.
        intermediate_size: Width inside the feed-forward network: 4 times ``hidden_size``; for T5, which has three
            matrices there instead of two, 8/3 times.
        vocabulary: Rows of the embedding table. More rows take more disk and memory, but no more time: a pair reads one
            row per token.
    """

    architecture: Architecture = "BERT"
    layers: int = Field(ge=1, le=96)
    hidden_size: int = Field(ge=8, le=8192, multiple_of=4)
    heads: int = Field(ge=1, le=256)
    intermediate_size: int = Field(ge=8, le=65_536)
    vocabulary: int = Field(ge=LEAST_VOCABULARY, le=1_000_000)

    @model_validator(mode="before")
    @classmethod
    def _usual_sizes(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        architecture, width = data.get("architecture", "BERT"), whole_number(str(data.get("hidden_size")))
        if width is None:
            width = _HEADS * _HEAD_WIDTH  # will be refused for what it is; what follows from it need not be
        usual = {
            "heads": _HEADS if width % _HEADS == 0 else max(1, width // _HEAD_WIDTH),
            "intermediate_size": 8 * width // 3 if architecture == "T5 encoder" else 4 * width,
            "vocabulary": _VOCABULARY.get(str(architecture), _VOCABULARY["BERT"]),
        }
        return usual | {name: value for name, value in data.items() if value is not None}

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        if self.hidden_size % self.heads:
            raise ValueError(f"`hidden_size` {self.hidden_size} is not a multiple of `heads` {self.heads}")
        return self

    @property
    def label(self) -> str:
        """The row label, such as ``L-4 x 384 (random weights)``."""
        kind = "" if self.architecture == "BERT" else f"{self.architecture} "
        return f"{kind}L-{self.layers} x {self.hidden_size} {RANDOM_WEIGHTS}"

    @property
    def file_name(self) -> str:
        """The shape as a part of a file name."""
        return f"{self.architecture.split()[0].lower()}-{self.layers}x{self.hidden_size}"


def shape_of(spec: ModelSpec) -> Shape | None:
    """Return the shape of a model by its row, or None if its graph is not known, or of another kind than these."""
    if spec.architecture not in _VOCABULARY or spec.logits is None:
        return None
    sizes: dict[str, Any] = {"layers": spec.layers, "hidden_size": spec.hidden_size}
    if spec.architecture == "BERT" and spec.languages == ("mul",):
        sizes["vocabulary"] = _MULTILINGUAL
    return Shape.model_validate({"architecture": spec.architecture, **sizes})
