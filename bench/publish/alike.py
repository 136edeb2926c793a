"""Whether two texts say the same, although their numbers were computed on different processors."""

from __future__ import annotations

import re
from decimal import Decimal

# A number that is a word of its own: the 10 of nDCG@10, the 12 of L-12 and the parts of 0.2.10 are none.
_NUMBER = re.compile(
    r"(?<![\w@./\-\N{MINUS SIGN}])([+\-\N{MINUS SIGN}]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(?!\w|\.\d)"
)
#: Below it, what is printed without decimals is a count: times and rates have three digits or more.
_COUNTS = 100


def difference(ours: str, theirs: str) -> str:
    """Return the first place where two texts differ, in words; an empty string if they say the same.

    Words have to be equal. Numbers may differ by one unit in the last printed place: by .001 for 0.725, by 1 for 1,186.
    Another processor takes sums in another order, so that a value may be off by 1e-12. That is enough to round it the
    other way where it lies midway between two printed numbers; a greater difference is a change. Whole numbers below
    100 are counts, which no processor changes: they have to be equal.
    """
    mine, other = _NUMBER.split(ours), _NUMBER.split(theirs)
    for index, (one, two) in enumerate(zip(mine, other, strict=False)):
        same = one == two if index % 2 == 0 else _as_printed(one, two)
        if not same:
            before = mine[index - 1] if index % 2 else ""
            return f"{_excerpt(before + one, one, two)} is not {_excerpt(before + two, two, one)}"
    return "" if len(mine) == len(other) else f"{len(mine) // 2} numbers are not {len(other) // 2}"


def _as_printed(one: str, two: str) -> bool:
    """Tell whether two printed numbers may be the same value, rounded one way and the other."""
    values = [Decimal(text.replace(",", "").replace("\N{MINUS SIGN}", "-")) for text in (one, two)]
    places = [len(text.partition(".")[2]) for text in (one, two)]
    digits = [sum(map(str.isdigit, text)) for text in (one, two)]
    if len(set(places)) > 1 and len(set(digits)) > 1:  # milliseconds have three digits: 9.99 is next to 10.0
        return False
    if values[0] != values[1] and min(places) == 0 and max(map(abs, values)) < _COUNTS:
        return False
    return abs(values[0] - values[1]) <= Decimal(10) ** -min(places)


def _excerpt(text: str, here: str, there: str) -> str:
    """Return a line's worth of ``text`` around the first character where ``here`` differs from ``there``."""
    same = next((at for at, pair in enumerate(zip(here, there, strict=False)) if len(set(pair)) > 1), len(here))
    at = len(text) - len(here) + same
    return repr(text[max(0, at - 30) : at + 30])
