"""Numbers as files and command lines write them: ASCII digits, and nothing that only Python would read as a number."""

from __future__ import annotations

import math
import re

# int() and float() also take "1_0", " 10 ", the digits of every script, "nan" and "infinity".
_WHOLE = re.compile(r"[+-]?[0-9]{1,100}")
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def whole_number(text: str) -> int | None:
    """Return the integer that ``text`` writes, such as ``-2`` or ``+10``; None where it writes none."""
    return int(text) if _WHOLE.fullmatch(text) else None


def finite_number(text: str) -> float | None:
    """Return the number that ``text`` writes, such as ``-1.5e3``; None where it writes none that a float can hold."""
    value = float(text) if _DECIMAL.fullmatch(text) else math.inf
    return value if math.isfinite(value) else None
