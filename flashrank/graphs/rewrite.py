"""Rewrites a model's ONNX file into one that gives the same logits in less time."""

from __future__ import annotations

import struct
from pathlib import Path

#: Raised when a rewritten graph changes, so that graphs kept on disk are written again.
REWRITER = 1

#: The oldest version of ONNX's operators that rewritten graphs are tried with. ``Slice`` is as it is used since 10.
_OLDEST_OPSET = 11


def rewrite(weights: Path) -> bytes | None:
    """Return the rewritten model, for one pair without padding; None where the graph is not a known one.

    Args:
        weights: An ONNX file.

    Raises:
        OSError: It cannot be read.
    """
    # A process that finds the graph kept needs none of them.
    from flashrank.graphs.build import rebuilt
    from flashrank.graphs.model import read_graph
    from flashrank.graphs.recognise import recognise

    try:
        graph = read_graph(memoryview(weights.read_bytes()))
        encoder = recognise(graph) if graph.opsets.get("", 0) >= _OLDEST_OPSET else None
        return None if encoder is None else rebuilt(graph, encoder).to_bytes()
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, struct.error):
        # A file may hold anything, and what cannot be read here runs as it is.
        return None
