"""Reading answers: what models wrote instead of an order, and anything at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flashrank.listwise.answer import read_named, whole_order


def read_order(answer: str, count: int) -> list[int]:
    return whole_order(read_named(answer, count), count)


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ("[2] > [4] > [1] > [3] > [5]", [2, 4, 1, 3, 5]),
        ("[4] > [2]", [4, 2]),  # the rest left out
        ("[5] > [5] > [5] > [1] > [5]", [5, 1]),  # stuck
        ("[3] > [9] > [0] > [21] > [1]", [3, 1]),  # no such passages
        ("1. [3] > [1] > [2]", [3, 1, 2]),  # Vicuna begins so
        ("Here are the 5 passages, most relevant first: [3] > [1]. I hope 2 helps!", [3, 1]),
        ("3 > 1 > 2", [3, 1, 2]),
        ("[3, 1, 2]", [3, 1, 2]),
        ("[3 > 1 > 2]", [3, 1, 2]),
        ("3\n1\n2", [3, 1, 2]),
        ("1) [3]\n2) [2]\n3) [1]", [3, 2, 1]),
        ("[2] > [3] > [1", [2, 3]),  # cut off, perhaps from [14]
        ("[2]>[3]>[ 1 ]", [2, 3, 1]),
        ("[2] = [3] >= [1]", [2, 3, 1]),
        ("passage_2, passage_1", [2, 1]),
        ("[\uff12] > [\u2462] > [\u00b9]", [2, 3, 1]),  # full-width 2, circled 3, superscript 1
        ("[\u0662] > [\u0663]", [2, 3]),  # Arabic digits
        ("-1 > 3", [1, 3]),
        ("[1] > [2] > [3] > [4] > [5] > [6] > [7] > [8]", [1, 2, 3, 4, 5]),
        ("[] > [] > []", []),
        ("I cannot rank these passages.", []),
        ("None of the passages is relevant to the query.", []),
        ("</s>", []),
        ("", []),
        ("[" + "7" * 5000 + "] > [2]", [2]),
        ("7" * 5000, []),
    ],
)
def test_malformed_answers(answer, named):
    rest = [number for number in range(1, 6) if number not in named]
    assert read_order(answer, 5) == [number - 1 for number in named + rest]


@settings(max_examples=60, deadline=None)
@given(st.text() | st.text("[]123456789>, \n"), st.integers(0, 30))
def test_any_answer_gives_every_passage_once(answer, count):
    assert sorted(read_order(answer, count)) == list(range(count))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 30).flatmap(lambda count: st.permutations(range(count))), st.sampled_from([" > ", ">", ", ", "\n"])
)
def test_a_whole_answer_is_that_order(order, separator):
    assert read_order(separator.join(f"[{position + 1}]" for position in order), len(order)) == order


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(20)), st.integers(0, 20))
def test_what_is_left_out_keeps_its_order_behind_what_is_named(order, named):
    answer = " > ".join(f"[{position + 1}]" for position in order[:named])
    assert read_order(answer, 20) == order[:named] + sorted(order[named:])
