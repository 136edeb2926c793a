"""The forms of training queries: what each is made of, and that the same query always takes the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.distill.texts.hashing import normalised
from bench.distill.texts.question_forms import TrainingQuestion, vary

ANSWER = (
    "Cats sleep for most of the day, as other hunters do. They hunt at dawn and at dusk in nearly every climate. "
    "A cat hears higher sounds than a dog or a person can."
)
WORDS = st.text("abcdefg", min_size=1, max_size=6)


def forms(count=60):
    rows = [
        TrainingQuestion(f"what does animal {i} eat in winter?", (ANSWER, "another"), ("no",)) for i in range(count)
    ]
    return [(row, vary(row)) for row in rows]


def test_there_are_questions_keywords_and_claims():
    kinds = {"question": 0, "keywords": 0, "claim": 0}
    for row, varied in forms():
        kinds["claim" if varied.pos != row.pos else "question" if varied == row else "keywords"] += 1
    assert min(kinds.values()) > 10


def test_keywords_are_the_question_without_its_dull_words():
    varied = next(varied for row, varied in forms() if varied.query != row.query and varied.pos == row.pos)
    assert varied.query.split()[0] == "animal"
    assert varied.query.split()[2:] == ["eat", "winter"]


def test_a_claim_is_a_sentence_of_the_answer_that_the_answer_then_lacks():
    claims = [varied for row, varied in forms() if varied.pos != row.pos]
    assert len({varied.query for varied in claims}) == 3
    for varied in claims:
        assert varied.query in ANSWER
        assert varied.query not in varied.pos[0]
        assert sorted(f"{varied.query}. {varied.pos[0]}".split()) == sorted(ANSWER.split())
        assert varied.pos[1:] == ("another",)
        assert varied.neg == ("no",)


@given(st.lists(WORDS, min_size=1, max_size=12).map(" ".join), st.lists(WORDS, min_size=1).map(" ".join))
def test_any_question_keeps_something_to_ask_and_its_answers(query, answer):
    varied = vary(TrainingQuestion(query, (answer,), ()))
    assert varied.query.strip()
    assert varied == vary(TrainingQuestion(query, (answer,), ()))
    assert set(normalised(varied.query).split()) <= set(normalised(query).split())
    assert varied.pos == (answer,)
