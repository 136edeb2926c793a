"""Protobuf's wire format: the fields of a message, read and written, for as much of ONNX as is needed here.

The format is described at protobuf.dev/programming-guides/encoding; the numbers of ONNX's fields are in its onnx.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

#: Anything that gives a byte for an index and the same kind of thing for a slice.
Buffer = Any


def fields(data: Buffer, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield number, kind, and start and end of the content of each field of a message; of a number, its varint.

    Raises:
        ValueError: It is no message.
    """
    position = start
    while position < end:
        tag, position = varint(data, position, end)
        kind = tag & 7
        if kind == BYTES:
            length, first = varint(data, position, end)
            position = first + length
        elif kind == VARINT:
            first = position
            _, position = varint(data, position, end)
        elif kind in (FIXED64, FIXED32):
            first, position = position, position + (8 if kind == FIXED64 else 4)
        else:
            raise ValueError(f"field of unknown kind {kind} at byte {position}")
        if position <= end:
            # Tags are 32 bits wide to every reader of protobuf, whatever else the varint says.
            yield (tag & 0xFFFFFFFF) >> 3, kind, first, position
    if position != end:
        raise ValueError(f"field cut off at byte {end}")


def varint(data: Buffer, position: int, end: int) -> tuple[int, int]:
    """Return a number in base 128, least significant digit first, and the position behind it.

    Raises:
        ValueError: It does not end within ten bytes, or before ``end``.
    """
    value = 0
    for i in range(10):
        if position + i >= end:
            break
        byte = data[position + i]
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return value, position + i + 1
    raise ValueError(f"number cut off at byte {position}")


def split(data: Buffer) -> dict[int, list[Buffer]]:
    """Return field number -> contents; of a memoryview, nothing is copied."""
    found: dict[int, list[Buffer]] = {}
    for key, _, first, last in fields(data, 0, len(data)):
        found.setdefault(key, []).append(data[first:last])
    return found


def integer(content: Buffer) -> int:
    """Return the integer that a field holds."""
    return signed(varint(content, 0, len(content))[0])


def integers(contents: Iterable[Buffer]) -> tuple[int, ...]:
    """Return repeated integers, packed or not: a varint alone is a packed list of one."""
    found = []
    for content in contents:
        position = 0
        while position < len(content):
            value, position = varint(content, position, len(content))
            found.append(signed(value))
    return tuple(found)


def texts(message: Mapping[int, list[Buffer]], key: int) -> tuple[str, ...]:
    """Return the texts in a repeated field of a message."""
    return tuple(str(content, "utf-8") for content in message.get(key, ()))


def text(message: Mapping[int, list[Buffer]], key: int) -> str:
    """Return the text in a field of a message, empty if there is none."""
    return (texts(message, key) or ("",))[-1]


def signed(value: int) -> int:
    """Return a varint as the 64-bit two's complement that it stands for."""
    return value - (1 << 64) if value >= 1 << 63 else value


def number(field: int, value: int) -> bytes:
    """Return a field that holds an integer."""
    return _varint(field << 3 | VARINT) + _varint(value & (1 << 64) - 1)


def real(field: int, value: float) -> bytes:
    """Return a field that holds a float32."""
    return _varint(field << 3 | FIXED32) + struct.pack("<f", value)


def block(field: int, *contents: Buffer | str) -> bytes:
    """Return a field that holds a text, bytes or a message, put together of these parts."""
    return b"".join(parts(field, *contents))


def parts(field: int, *contents: Buffer | str) -> list[Buffer]:
    """Return what ``block`` joins: of a message that is part of another one, nothing large is copied twice."""
    encoded = [content.encode() if isinstance(content, str) else content for content in contents]
    return [_varint(field << 3 | BYTES) + _varint(sum(map(len, encoded))), *encoded]


def _varint(value: int) -> bytes:
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    digits.append(value)
    return bytes(digits)
