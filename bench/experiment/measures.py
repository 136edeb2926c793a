"""Measures as an experiment names them: ir-measures expressions that can be computed here."""

from __future__ import annotations

import re
from typing import Any

import ir_measures

from bench.data.collections.judgments import GRADES, GRADES_ARE
from bench.data.relevance import measure_name

# Measures are read as Python is, where 1_0 and 0xa are 10, and True is 1.
_ODD_NUMBER = re.compile(r"\d_\d|\b0[bBoOxX]|(@|rel\s*=)\s*(True|False)")


def canonical_measure(expression: str) -> str:
    """Return a measure as ir-measures prints it.

    Raises:
        ValueError: It is none, or cannot be computed here.
    """
    if _ODD_NUMBER.search(expression):
        raise ValueError(f"{expression!r}: write its numbers in decimal digits, as nDCG@10")
    try:
        measure = ir_measures.parse_measure(expression)
    except (NameError, ValueError, SyntaxError) as error:
        raise ValueError(f"{expression!r} is no ir-measures expression (such as nDCG@10, RR@10, R@100)") from error
    if not ir_measures.DefaultPipeline.supports(measure):  # type: ignore[no-untyped-call]
        raise ValueError(f"{expression!r} cannot be computed by the installed ir-measures providers")
    gains = (measure.params.get("gains") or {}).values()
    if measure.params.get("cutoff", 1) < 1 or not all(map(_is_gain, gains)):
        # trec_eval would end the whole process, or give numbers of chance.
        raise ValueError(f"{expression!r}: a cutoff is at least 1, and as for gains, {GRADES_ARE}")
    try:
        # Some providers hand their input to programs that are not everywhere, or take numeric query ids only.
        ir_measures.calc_aggregate([measure], {"q": {"d": 1}}, {"q": {"d": 1.0}})
    except Exception as error:
        raise ValueError(f"{expression!r} cannot be computed here: {type(error).__name__}") from error
    return measure_name(expression)


def _is_gain(value: Any) -> bool:
    return isinstance(value, int | float) and GRADES[0] <= value <= GRADES[-1]
