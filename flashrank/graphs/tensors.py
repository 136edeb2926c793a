"""ONNX's tensors as arrays, and arrays as tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flashrank.graphs import wire

Array = npt.NDArray[Any]

#: ONNX's number of a type -> dtype.
_DTYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype("f4"),
    2: np.dtype("u1"),
    3: np.dtype("i1"),
    6: np.dtype("i4"),
    7: np.dtype("i8"),
    9: np.dtype("?"),
    10: np.dtype("f2"),
    11: np.dtype("f8"),
}
_CODES = {dtype: code for code, dtype in _DTYPES.items()}
#: Fields that may hold a tensor's values in place of raw bytes -> their dtype; integers are varints there.
_TYPED: dict[int, np.dtype[Any]] = {4: np.dtype("<f4"), 5: np.dtype("i8"), 7: np.dtype("i8"), 10: np.dtype("<f8")}


def read_tensor(data: wire.Buffer) -> tuple[str, Array]:
    """Read a TensorProto: its name and its values.

    Raises:
        ValueError: Its type is not one that is read here, or its values lie in another file.
    """
    message = wire.split(data)
    code = wire.integer(message[2][-1])
    if 13 in message or code not in _DTYPES:
        raise ValueError(f"a tensor of type {code}, or with external data")
    dtype = _DTYPES[code]
    if 9 in message:
        flat = np.frombuffer(message[9][-1], dtype.newbyteorder("<"))
    else:
        key = next((key for key in _TYPED if key in message), 7)
        contents, stored = message.get(key, []), _TYPED[key]
        integers = stored.kind == "i"
        flat = np.array(wire.integers(contents), stored) if integers else np.frombuffer(b"".join(contents), stored)
        # Of float16, the integers are its bits.
        flat = flat.astype("u2").view(dtype) if dtype == "f2" else flat.astype(dtype)
    return wire.text(message, 8), flat.reshape(wire.integers(message.get(1, ())))


def tensor_parts(name: str, array: Array) -> list[wire.Buffer]:
    """Return an array as the parts of a TensorProto; its values are not copied."""
    values = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(-1).view(np.uint8)
    return [
        *(wire.number(1, length) for length in array.shape),
        wire.number(2, _CODES[array.dtype]),
        wire.block(8, name),
        *wire.parts(9, values.data),
    ]
