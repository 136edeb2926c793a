"""Where an ONNX file's external data lies, read without loading the model.

A tensor may name a file that holds its values, so a model could ask for any file of the machine. onnxruntime's own
checks differ between releases. So the names are read before the model is loaded, and files elsewhere are refused.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from flashrank.graphs import wire

#: The messages of onnx.proto that hold, at any depth, a tensor: field number -> the message in that field.
_FIELDS: dict[str, dict[int, str]] = {
    "Model": {7: "Graph", 20: "TrainingInfo", 25: "Function"},
    "TrainingInfo": {1: "Graph", 2: "Graph"},
    "Function": {7: "Node", 11: "Attribute"},
    "Graph": {1: "Node", 5: "Tensor", 15: "SparseTensor"},
    "Node": {5: "Attribute"},
    "Attribute": {5: "Tensor", 6: "Graph", 10: "Tensor", 11: "Graph", 22: "SparseTensor", 23: "SparseTensor"},
    "SparseTensor": {1: "Tensor", 2: "Tensor"},
    "Tensor": {13: "ExternalData"},
}

#: Bytes that are worth a copy to be searched at once.
_SMALL = 2**16


def external_data(path: Path) -> tuple[str, ...]:
    """Return the external data's locations as the model names them: each once, in the order of the file.

    Args:
        path: An ONNX file, not empty.

    Raises:
        ValueError: The file is not a protobuf message, so not an ONNX model.
        OSError: The file cannot be read.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return tuple(dict.fromkeys(_locations(data)))


def external_data_defect(path: Path) -> str | None:
    """Return what is wrong with an ONNX file's external data, naming the file at fault, or None.

    Raises:
        ValueError, OSError: As for ``external_data``.
    """
    for location in external_data(path):
        if not stays_inside(location):
            return f"{path.name} names {location!r} as its external data, which is outside its directory"
        target = path.parent / location
        if not target.is_file():
            return f"{location}, external data of {path.name}, is missing"
        # The model itself may be a link, as it is in the hub client's cache: its data may lie where it really lies.
        homes = (path.parent.resolve(), path.resolve().parent)
        if not any(target.resolve().is_relative_to(home) for home in homes):
            return f"{location}, external data of {path.name}, is a link to outside its directory"
    return None


def stays_inside(location: str) -> bool:
    """Return whether a relative path leads, on every platform, to a place in the directory it starts from."""
    posix, windows = PurePosixPath(location), PureWindowsPath(location)
    # No name on Windows; to onnxruntime "*/_ORT_MEM_ADDR_/*" is an address in this process's memory, also where a file
    # is called so, and not every release refuses it.
    if "*" in location:
        return False
    return bool(posix.name) and not (posix.root or windows.drive or windows.root or ".." in windows.parts)


def _locations(data: mmap.mmap) -> Iterator[str]:
    pending = [("Model", 0, len(data))]
    while pending:
        message, start, end = pending.pop()
        if message == "ExternalData":
            entries = [(number, data[first:last]) for number, first, last in _fields(data, start, end)]
            if (1, b"location") in entries:
                # A value that is not there is an empty one to every reader of protobuf.
                yield from [value.decode() for number, value in entries if number == 2] or [""]
            continue
        # What lacks the word cannot name a file, and that is nearly all of a graph: worth a twentyfold in time.
        if message != "Model" and end - start <= _SMALL and b"location" not in data[start:end]:
            continue
        inner = _FIELDS[message]
        found = [(inner[number], first, last) for number, first, last in _fields(data, start, end) if number in inner]
        pending.extend(reversed(found))


def _fields(data: mmap.mmap, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the number, start and end of each length-delimited field of a message; others hold no tensor."""
    for number, kind, first, last in wire.fields(data, start, end):
        if kind == wire.BYTES:
            yield number, first, last
