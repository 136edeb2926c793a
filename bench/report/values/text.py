"""Numbers and names as a reader sees them, in tables and charts alike, and as a CSV file has them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

#: Stands for what was not measured.
NOTHING = "\N{EN DASH}"
#: Digits of a number that do not depend on the order in which a processor adds.
_SETTLED = 12


def settled(value: float) -> float:
    """Return ``value`` without the digits in which processors differ, to 12 significant digits and 12 decimals.

    Sums are taken in another order on another processor, so their last digits differ. What is equal on paper is equal
    after this, and what lies between two printed numbers on paper, such as 0.0625, is printed alike everywhere.
    """
    return float(f"{round(value, _SETTLED) + 0.0:.{_SETTLED}g}")  # adding 0.0 leaves no negative zero


@dataclass(frozen=True)
class NumberFormat:
    """How numbers of a kind are shown. Called with a number, it returns its text in tables and charts.

    Attributes:
        read: Returns a number as tables and charts show it.
        written: Returns it as a CSV file has it: with the digits that mean something, and no more.
    """

    read: Callable[[float], str]
    written: Callable[[float], str]

    def __call__(self, value: float) -> str:
        """Return ``value`` as it is read."""
        return self.read(settled(value))

    def csv(self, value: float) -> str:
        """Return ``value`` as a CSV file has it."""
        return self.written(settled(value))


def fixed(decimals: int) -> Callable[[float], str]:
    """Return how to write numbers with so many digits after the point."""
    return lambda value: f"{round(value, decimals) + 0.0:.{decimals}f}"


def significant(digits: int) -> Callable[[float], str]:
    """Return how to write numbers with so many significant digits and all those before the point, never as a power."""

    def written(value: float) -> str:
        if abs(value) >= 10**digits:
            return f"{value:.0f}"
        return format(Decimal(f"{value:.{digits - 1}e}").normalize(), "f")

    return written


def _milliseconds(value: float) -> str:
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.1f}"


def _signed(decimals: int) -> Callable[[float], str]:
    def read(value: float) -> str:
        text = f"{abs(value):.{decimals}f}"
        if float(text) == 0:
            return text
        return f"+{text}" if value > 0 else f"\N{MINUS SIGN}{text}"

    return read


#: A measure's value with three decimals, as the literature prints them, and with four, as some of it does.
score = NumberFormat("{:.3f}".format, fixed(4))
close_score = NumberFormat("{:.4f}".format, fixed(5))
#: Milliseconds with three significant digits, and none after the point from a hundred on.
milliseconds = NumberFormat(_milliseconds, significant(4))
#: An amount of money.
dollars = NumberFormat("{:,.2f}".format, significant(4))
#: A count or another number shown without decimals, with thousands separated.
thousands = NumberFormat("{:,.0f}".format, fixed(0))
#: A rate per second: whole, or with one decimal below ten.
rate = NumberFormat(_rate, significant(4))
#: A number that one decimal is enough for.
one_decimal = NumberFormat("{:,.1f}".format, fixed(2))
#: Differences, shown with their sign, and without where they round to zero: of a measure; of a measure published with
#: four decimals; of effect sizes; in percent.
signed = NumberFormat(_signed(3), fixed(4))
signed_closely = NumberFormat(_signed(4), fixed(5))
signed_coarsely = NumberFormat(_signed(2), fixed(3))
signed_percent = NumberFormat(_signed(1), fixed(2))
#: How many times as long something takes.
ratio = NumberFormat("{:,.2f}".format, significant(4))
#: A difference between two logits, or that there is one where all decimals would be zeros.
logit_difference = NumberFormat(
    lambda value: f"{value:.3f}" if value >= 0.0005 or not value else "<0.001", significant(3)
)
#: Energy.
joules = NumberFormat("{:.3g}".format, significant(4))
#: A p-value with three decimals, or that it is smaller where all of them would be zeros.
p_value = NumberFormat(lambda value: f"{value:.3f}" if value >= 0.001 else "<0.001", significant(3))
#: A number that no format is declared for.
plain = NumberFormat("{:.6g}".format, lambda value: repr(float(f"{value:.6g}")))


def file_stem(text: str) -> str:
    """Return ``text`` in lower case letters, digits and hyphens, fit for a file name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
