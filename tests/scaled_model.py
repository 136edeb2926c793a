"""A model whose logits are another's times a number: surer of everything, and of the same order."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper


def scaled_model(source: Path, target: Path, factor: float, dtype: type[np.generic] = np.float32) -> Path:
    """Copy a model of fp32 or int8 weights to ``target``, its output multiplied and of another type."""
    shutil.copytree(source, target)
    (path,) = target.glob("*.onnx")
    model = onnx.load(path)
    (output,) = model.graph.output
    for node in model.graph.node:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                if name == output.name:
                    names[place] = "unscaled"
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    model.graph.initializer.append(numpy_helper.from_array(np.array(factor, dtype), "factor"))
    model.graph.node.append(helper.make_node("Cast", ["unscaled"], ["of_type"], to=kind))
    model.graph.node.append(helper.make_node("Mul", ["of_type", "factor"], [output.name]))
    output.type.tensor_type.elem_type = kind
    onnx.save(model, path)
    return target
