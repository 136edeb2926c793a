"""Quantises the weights of an ONNX file to int8, in the way that measurably stays closest to float32.

Weights are quantised now, activations when the model runs ("dynamic" quantisation). Embedding tables are always
quantised, because they are most of a small model. A head of one or two columns never is: it takes almost no space.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic

from flashrank.errors import InvalidModel, first_line, logged
from flashrank.export.check import Difference
from flashrank.scoring.heads import FloatArray, relevance_logits

_HEAD_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to quantise.

    Attributes:
        per_channel: One scale for each column of a matrix, or one for all of it.
        reduce_range: Weights of 7 bits, which no processor's int8 product overflows, or of 8.
        narrowing: Whether the second matrix of each feed-forward network is quantised too; what goes into it has
            the largest outliers of a transformer.
    """

    per_channel: bool
    reduce_range: bool
    narrowing: bool

    def __str__(self) -> str:
        scales = "per channel" if self.per_channel else "per tensor"
        bits = "7 bits" if self.reduce_range else "8 bits"
        matrices = "all matrices" if self.narrowing else "all matrices but the second of each feed-forward network"
        return f"{scales}, {bits}, {matrices}"


@dataclass(frozen=True, slots=True)
class Measured:
    """What a choice gives.

    Attributes:
        choice: The choice.
        graph: The quantised file.
        size: Its bytes.
        difference: Of its log-odds from float32's.
    """

    choice: Choice
    graph: Path
    size: int
    difference: Difference


def choices(per_channel: bool | None, reduce_range: bool | None) -> list[Choice]:
    """Return every way to quantise that is left when some of it is settled."""
    both = (False, True)
    return [
        Choice(*settled)
        for settled in itertools.product(
            both if per_channel is None else (per_channel,),
            both if reduce_range is None else (reduce_range,),
            both,
        )
    ]


def closest(
    graph: Path,
    candidates: Sequence[Choice],
    score: Callable[[Path], FloatArray],
    expected: FloatArray,
    say: Callable[[Measured], None],
) -> Measured:
    """Quantise in several ways and return the one whose log-odds are closest to float32's on average.

    The files lie beside ``graph``; only the best is kept.

    Args:
        graph: An ONNX file in float32.
        candidates: What to try, at least one.
        score: From an ONNX file to the logits of some pairs, of shape (pairs, 1 or 2).
        expected: The same from the original.
        say: Told of each.

    Raises:
        InvalidModel: The model cannot be quantised.
    """
    best: Measured | None = None
    for number, choice in enumerate(candidates):
        path = graph.with_name(f"{graph.stem}.int8-{number}.onnx")
        quantise(graph, path, choice)
        difference = Difference.between(relevance_logits(score(path)), relevance_logits(expected))
        measured = Measured(choice, path, path.stat().st_size, difference)
        say(measured)
        # The earlier of equals is the simpler.
        worse = measured if best is not None and best.difference.mean <= difference.mean else best
        best = best if worse is measured else measured
        if worse is not None:
            worse.graph.unlink()
    if best is None:
        raise ValueError("there is nothing to choose from")
    return best


def quantise(graph: Path, path: Path, choice: Choice) -> None:
    """Write ``graph`` to ``path`` with weights of int8.

    Raises:
        InvalidModel: onnxruntime cannot quantise it.
    """
    try:
        model = onnx.load(graph)
        # The quantiser is told by their names which products to leave alone.
        for number, node in enumerate(model.graph.node):
            node.name = node.name or f"node_{number}"
        with _quiet():
            quantize_dynamic(
                model,
                path,
                weight_type=QuantType.QInt8,
                per_channel=choice.per_channel,
                reduce_range=choice.reduce_range,
                nodes_to_exclude=_left_alone(model, choice),
            )
    except Exception as error:  # onnxruntime's exceptions share no base class
        raise logged(InvalidModel(f"onnxruntime cannot quantise it {choice}: {first_line(error)}"), error) from None


def _left_alone(model: onnx.ModelProto, choice: Choice) -> list[str]:
    """Return the names of the products that stay in float32."""
    shapes = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    left = []
    for node in model.graph.node:
        shape = shapes.get(node.input[1], ()) if node.op_type in ("MatMul", "Gemm") else ()
        if len(shape) != 2:
            continue
        transposed = any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
        rows, columns = reversed(shape) if transposed else shape
        if columns <= _HEAD_COLUMNS or (rows > columns and not choice.narrowing):
            # The quantiser turns a Gemm into a product of this second name before it asks.
            left += [node.name, f"{node.name}_MatMul"]
    return left


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the quantiser from advising, through the root logger, to run a tool that changes nothing here."""
    previous = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(previous)
