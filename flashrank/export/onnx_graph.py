"""Writes a torch module as one ONNX graph that takes any number of pairs of any length.

The exporter is the one that traces (``dynamo=False``). With torch 2.13 and transformers 5.23 it and its successor
(``dynamo=True``) export every supported architecture, and the graphs agree with torch to 3e-7 at every length tried.
The tracing one takes a sixth of the time, needs no onnxscript, and names both axes alike for every input; and what
follows it, quantisation and onnxruntime's fusions, is known to work with its graphs. A trace fixes what a model decides
by the length of its one example: that is why an export is checked at many lengths.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import onnx
import torch

from flashrank.errors import InvalidModel, first_line, logged

_EXAMPLE = (2, 9)


def export_graph(module: torch.nn.Module, inputs: Sequence[str], path: Path, opset: int) -> None:
    """Write the graph of a module.

    Args:
        module: From ``inputs``, in their order, to logits of shape (batch, labels).
        inputs: Names of the inputs, each int64 of shape (batch, sequence).
        path: The file to write; weights beyond 2 GB, the limit of one file, lie beside it.
        opset: ONNX operator set.

    Raises:
        InvalidModel: The exporter fails.
    """
    axes = {name: {0: "batch_size", 1: "sequence"} for name in inputs}
    try:
        # What the exporter warns of, a trace that follows one example, is what the check is for.
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                module,
                tuple(torch.ones(_EXAMPLE, dtype=torch.int64) for _ in inputs),
                str(path),
                input_names=list(inputs),
                output_names=["logits"],
                dynamic_axes=axes | {"logits": {0: "batch_size"}},
                opset_version=opset,
                dynamo=False,
            )
    except Exception as error:  # the exporter's errors share no base class
        raise logged(InvalidModel(f"torch cannot export it with --opset {opset}: {first_line(error)}"), error) from None


def slim(path: Path) -> None:
    """Drop what no runtime needs, a third of a tiny model: the names of nodes and the shapes between them."""
    model = onnx.load(path)
    del model.graph.value_info[:]
    for node in model.graph.node:
        node.ClearField("name")
    onnx.save(model, path)


def megabytes(module: torch.nn.Module) -> float:
    """Return the size of a module's weights in float32."""
    return sum(int(parameter.numel()) for parameter in module.parameters()) * 4 / 1e6
