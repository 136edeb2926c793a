"""Texts read by known words, against the tokenizers library's own reading."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer
from tokenizers.normalizers import BertNormalizer, Lowercase
from tokenizers.pre_tokenizers import Whitespace

from flashrank.scoring import known_words
from flashrank.scoring.known_words import KnownWords

PLAIN = "Rank the passages: a query's, naïve 中文 - and (rank) 7.5"
PARTS = ["rank", "Passages", "naïve", "中文", "e\u0301", "\u0301", "=", "\u0338", "\x00", "\x1c", "\u200b", "\u2028"]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=80) | st.lists(
    st.sampled_from([*PARTS, *" \t\n\r\f.-_[]", "[SEP]", "Å", "İ", "ς", "가", "\ufb01", "x" * 101]), max_size=40
).map("".join)


@pytest.fixture
def tokenizer(fixtures) -> Tokenizer:
    return bert(fixtures)


def bert(fixtures) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(fixtures / "one-logit-int8" / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def own_ids(tokenizer: Tokenizer, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False).ids)


@settings(max_examples=400, deadline=None)
@given(text=texts, lowercase=st.booleans(), strip=st.sampled_from([None, True, False]), clean=st.booleans())
def test_ids_are_the_tokenizers_own(fixtures, text, lowercase, strip, clean):
    tokenizer = bert(fixtures)
    tokenizer.normalizer = BertNormalizer(clean_text=clean, strip_accents=strip, lowercase=lowercase)
    known = KnownWords(tokenizer)
    for _ in range(2):  # words that are new, and then known
        (ids,) = known.read([text])
        assert ids is None or ids == own_ids(tokenizer, text)


def test_a_known_word_is_not_read_again(tokenizer, monkeypatch):
    known = KnownWords(tokenizer)
    assert known.read([PLAIN]) == [own_ids(tokenizer, PLAIN)]
    monkeypatch.setattr(known, "_learn", lambda new, _: pytest.fail(f"{new} were known"))
    assert known.read([PLAIN, "the query"]) == [own_ids(tokenizer, PLAIN), own_ids(tokenizer, "the query")]


@pytest.mark.parametrize("text", ["a [SEP] b", "[CLS]", "", " \n", "a " + "b" * 25], ids=repr)
def test_other_texts_are_left_to_the_tokenizer(tokenizer, text):
    assert KnownWords(tokenizer).read([text, "rank"]) == [None, own_ids(tokenizer, "rank")]


def change_case(tokenizer: Tokenizer) -> None:
    tokenizer.normalizer = BertNormalizer(lowercase=False)


def add_a_token(tokenizer: Tokenizer) -> None:
    tokenizer.add_special_tokens([AddedToken("Rank the", normalized=False)])


def cut(tokenizer: Tokenizer) -> None:
    tokenizer.enable_truncation(max_length=1)


@pytest.mark.parametrize("change", [change_case, add_a_token, cut])
def test_a_tokenizer_that_is_set_otherwise_is_asked_anew(tokenizer, change):
    known = KnownWords(tokenizer)
    (before,) = known.read([PLAIN])
    change(tokenizer)
    (after,) = known.read([PLAIN])
    assert before is not None
    assert after is None or after == own_ids(tokenizer, PLAIN)
    assert after != before


def pad(tokenizer: Tokenizer) -> None:
    tokenizer.enable_padding()


def look_in_normalised_text(tokenizer: Tokenizer) -> None:
    tokenizer.add_tokens([AddedToken("passages", normalized=True)])


def normalise_otherwise(tokenizer: Tokenizer) -> None:
    tokenizer.normalizer = Lowercase()


def split_otherwise(tokenizer: Tokenizer) -> None:
    tokenizer.pre_tokenizer = Whitespace()


@pytest.mark.parametrize("change", [pad, look_in_normalised_text, normalise_otherwise, split_otherwise])
def test_a_tokenizer_of_another_kind_reads_alone(tokenizer, change):
    change(tokenizer)
    assert KnownWords(tokenizer).read([PLAIN]) == [None]


def test_words_are_forgotten_when_there_are_too_many(tokenizer, monkeypatch):
    monkeypatch.setattr(known_words, "MOST_WORDS", 3)
    known = KnownWords(tokenizer)
    assert known.read(["the rank query"]) == [own_ids(tokenizer, "the rank query")]
    assert known.read(["passages"]) == [None]
    assert known.read(["passages"]) == [own_ids(tokenizer, "passages")]


def test_thousands_of_texts_are_read_in_their_order(tokenizer):
    texts = [f"rank {number} [SEP]" if number % 100 == 7 else f"rank passages {number}" for number in range(1000)]
    expected = [None if "[SEP]" in text else own_ids(tokenizer, text) for text in texts]
    assert KnownWords(tokenizer).read(texts) == expected
