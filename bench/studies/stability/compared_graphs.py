"""The graphs that a model is compared with, made from its own."""

from __future__ import annotations

from pathlib import Path

import onnx

from bench.studies.stability.float_graph import dequantised
from bench.studies.stability.integer_products import may_saturate, signed_products, with_products
from bench.studies.stability.variants import Graphs

_OLDEST_OPSET = 13  # its operators are what the graphs with computed sums are made of


def write_graphs(path: Path, folder: Path) -> Graphs:
    """Write the graphs made from a model, as far as it has 8-bit products.

    Args:
        path: The model's ONNX file.
        folder: Where the others go.

    Raises:
        BenchError: A quantised activation is used for something other than a product with constant weights.
    """
    in_float = dequantised(path)
    if in_float is None:
        return Graphs(path)
    made = {"in_float": in_float}
    model = onnx.load(str(path))
    products = signed_products(model)
    opset = max(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx"))
    if products and opset >= _OLDEST_OPSET:
        made["exact"] = with_products(model, saturating=False)
        if any(len(may_saturate(weights).rows) for _, weights in products):
            made["saturating"] = with_products(model, saturating=True)
    for name, graph in made.items():
        onnx.save(graph, str(folder / f"{name}.onnx"))
    return Graphs(path, **{name: folder / f"{name}.onnx" for name in made})
