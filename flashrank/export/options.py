"""The options of an export."""

from __future__ import annotations

import math
from dataclasses import dataclass

from flashrank.errors import InvalidRequest
from flashrank.models.template import TextTemplate

#: Operator sets that every supported architecture was exported with, and that onnxruntime 1.20 reads.
OPSETS = range(14, 21)
OPSET = 17
#: Largest accepted difference from the original: of a logit, where only the order of additions differs, and of the
#: log-odds, where weights and activations of 8 bits stand for those of 32.
FP32_TOLERANCE, INT8_TOLERANCE = 1e-4, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to export; the defaults are those of the command line.

    Attributes:
        revision: Branch, tag or commit of a hub repository.
        force: Replace what an earlier export wrote.
        template: How query and passage become one text; None for what the source is known to take.
        tokens: The vocabulary's words for no and yes of a model that answers with a word; None for monoT5's.
        opset: ONNX operator set.
        tolerance: Largest accepted difference from the original; None for ``FP32_TOLERANCE`` or, with ``int8``,
            ``INT8_TOLERANCE``.
        int8: Quantise the weights.
        per_channel: Scale each column of a matrix on its own; None for whichever is closer to fp32.
        reduce_range: Use 7 bits of 8; None for whichever is closer to fp32.

    Raises:
        InvalidRequest: A value cannot be used, or goes with ``int8`` only.
    """

    revision: str | None = None
    force: bool = False
    template: str | None = None
    tokens: tuple[str, str] | None = None
    opset: int = OPSET
    tolerance: float | None = None
    int8: bool = False
    per_channel: bool | None = None
    reduce_range: bool | None = None

    def __post_init__(self) -> None:
        if self.opset not in OPSETS:
            raise InvalidRequest(f"--opset is {self.opset}; allowed: {OPSETS[0]} to {OPSETS[-1]}")
        if self.tolerance is not None and not (math.isfinite(self.tolerance) and self.tolerance > 0):
            raise InvalidRequest(f"--tolerance is {self.tolerance:g}; it must be a number above 0")
        if not self.int8 and not (self.per_channel is None and self.reduce_range is None):
            raise InvalidRequest("--per-channel and --reduce-range say how to quantise: add --int8")
        if self.template:
            TextTemplate.parse(self.template)
