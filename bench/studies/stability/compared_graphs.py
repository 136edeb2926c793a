"""The graphs that a model is compared with, made from its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import onnx

from bench.studies.stability.integer_products import may_saturate, signed_products, with_products
from bench.studies.stability.scoring import load_ranker
from bench.studies.stability.variants import Graphs
from bench.systems.float_graph import dequantised
from flashrank import ModelFiles

_OLDEST_OPSET = 13  # its operators are what the graphs with computed sums are made of


def write_graphs(shipped: ModelFiles, folder: Path) -> Graphs:
    """Write the graphs made from a model, as far as it has 8-bit products, each as a model directory of its own.

    Args:
        shipped: The model.
        folder: Where the directories go.

    Raises:
        FlashRankError: The model cannot be used.
        BenchError: A quantised activation is used for something other than a product with constant weights.
    """
    in_float = dequantised(shipped.weights)
    is_rewritten = load_ranker(shipped.directory, shipped.weights, graph="fast").graph == "fast"
    if in_float is None:
        return Graphs(shipped, is_rewritten=is_rewritten)
    made = {"in_float": in_float}
    model = onnx.load(str(shipped.weights))
    products = signed_products(model)
    opset = max(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx"))
    if products and opset >= _OLDEST_OPSET:
        made["exact"] = with_products(model, saturating=False)
        if any(len(may_saturate(weights).rows) for _, weights in products):
            made["saturating"] = with_products(model, saturating=True)
    directories = {name: _write(graph, shipped, folder / name) for name, graph in made.items()}
    return Graphs(shipped, **directories, is_rewritten=is_rewritten)


def _write(graph: onnx.ModelProto, shipped: ModelFiles, directory: Path) -> ModelFiles:
    """Write a graph and the tokenizer and configuration of the model that it was made from."""
    directory.mkdir()
    for companion in shipped.directory.glob("*.json"):
        shutil.copy(companion, directory)
    weights = directory / shipped.weights.name
    onnx.save(graph, str(weights))
    return ModelFiles(directory, weights, None)
