"""Exchanged words: the same one everywhere, and nothing else touched."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.distill.texts.substitution import Substitution

WORDS = ["apple", "zebra", "stone"]
TEXT = st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=80)


def test_a_word_becomes_the_same_other_wherever_it_stands():
    query = "who built houses in porto"
    exchange = Substitution(query, WORDS)
    asked, passage = exchange(query).split(), exchange("A house. Houses of Porto, porto!").split()
    assert asked[0] == "who"
    assert asked[3] == "in"
    for before, first, other in (("houses", asked[2], passage[2]), ("porto", asked[4], passage[4])):
        assert first == other.strip(".,!").lower() != before
    assert passage[4].strip(",").lower() == passage[5].strip("!")
    assert passage[2][0].isupper()
    assert passage[4][0].isupper()
    singular, plural = passage[1].strip("."), passage[2].lower()
    assert plural == singular + "s"


def test_most_words_of_a_query_and_few_others_are_exchanged():
    queries = [f"word{chr(97 + i)}{chr(97 + j)}" for i in range(20) for j in range(20)]
    asked = [Substitution(query, ["zzzz"])(query).startswith("zzzz") for query in queries]
    others = [Substitution(query, ["zzzz"])("mountain") == "zzzz" for query in queries]
    assert 0.5 < sum(asked) / 400 < 0.7
    assert 0.08 < sum(others) / 400 < 0.22


def test_words_of_questions_stay():
    for query in (f"what does the {name} mean between these" for name in ("apple", "pear", "plum", "cherry")):
        changed = Substitution(query, ["zzzz"])(query)
        assert changed.startswith("what does the ")
        assert " mean between these" in changed


@given(TEXT, TEXT)
def test_what_is_between_words_stays(query, text):
    changed = Substitution(query, WORDS)(text)
    assert "".join(c for c in changed if not c.isascii() or not c.isalpha()) == "".join(
        c for c in text if not c.isascii() or not c.isalpha()
    )
