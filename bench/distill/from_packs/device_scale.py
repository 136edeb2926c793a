"""How much each kind of device takes at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeviceScale:
    """What suits a kind of device.

    Attributes:
        tokens: The most tokens of a forward pass with gradients, padding included.
        labelled_tokens: The most tokens of a forward pass without gradients.
        compared: How many labels of the int8 file the teacher's logits are compared with.
        queries: Queries per step of the training.
        held_back: Queries that a student is measured on during training.
        precision: Precision of the products in training.
    """

    tokens: int
    labelled_tokens: int
    compared: int
    queries: int
    held_back: int
    precision: str


#: The scale of each type of torch device.
SCALES = {
    "cuda": DeviceScale(65_536, 262_144, 4_000, 64, 3_000, "bfloat16"),
    "cpu": DeviceScale(4_096, 2_048, 200, 8, 200, "float32"),
}
