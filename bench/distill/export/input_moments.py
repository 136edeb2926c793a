"""Second moments of the inputs of a student's matrices, over pairs of the training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import onnx

from bench.distill.export.student_graph import InputMoments, build, one_thread_session
from bench.distill.student.forward import StudentPair, padded
from bench.distill.student.weights import Weights


def second_moments(weights: Weights, heads: int, pairs: Sequence[StudentPair]) -> InputMoments:
    """Return the sum of the outer products of all input rows with themselves, by the matrix's name in the graph.

    Args:
        weights: The student's.
        heads: Attention heads.
        pairs: Pairs of the training. They should have several times as many tokens as the widest matrix has inputs.
    """
    model = build(weights, heads)
    constants = {constant.name for constant in model.graph.initializer}
    inputs = {
        node.input[1]: node.input[0]
        for node in model.graph.node
        if node.op_type == "MatMul" and node.input[1] in constants
    }
    names = list(dict.fromkeys(inputs.values()))
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = one_thread_session(model)
    sums: dict[str, npt.NDArray[np.float64]] = {}
    for pair in pairs:
        ids, types, mask = padded([pair])
        feed = {"input_ids": ids, "token_type_ids": types, "attention_mask": mask.astype(np.int64)}
        for name, values in zip(names, session.run(names, feed), strict=True):
            rows = values.reshape(-1, values.shape[-1])
            sums[name] = sums.get(name, 0) + (rows.T @ rows).astype(np.float64)
    return {matrix: sums[name] for matrix, name in inputs.items()}
