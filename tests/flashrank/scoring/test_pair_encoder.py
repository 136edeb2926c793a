"""Pairs, against the tokenizers library's own pair encoding."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.processors import RobertaProcessing, TemplateProcessing

from flashrank.errors import InvalidModel
from flashrank.scoring import token_ids
from flashrank.scoring.pair_encoder import PairEncoder, longest_first

FOLDERS = ("one-logit-int8", "no-token-types")
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.lists(
    st.sampled_from(
        ["rank", "passages", "query", "the", "[SEP]", "</s>", "中文", "naïve", "🙂", "\n", "a-b", "x" * 120]
    ),
    max_size=80,
).map(" ".join)


@pytest.fixture(scope="module", params=FOLDERS)
def tokenizer(request, fixtures) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(fixtures / request.param / "tokenizer.json"))
    tokenizer.no_padding()
    return tokenizer


@settings(max_examples=150, deadline=None)
@given(query=texts, passages=st.lists(texts, max_size=4), length=st.integers(4, 96))
def test_pairs_equal_the_tokenizers_own(tokenizer, query, passages, length):
    tokenizer.enable_truncation(max_length=length)
    pairs = PairEncoder(tokenizer, 512).encode(query, passages)
    expected = [tokenizer.encode(query, passage) for passage in passages]
    assert [pair.ids for pair in pairs] == [encoding.ids for encoding in expected]
    assert [pair.type_ids for pair in pairs] == [encoding.type_ids for encoding in expected]
    tokenizer.no_truncation()
    whole = [len(tokenizer.encode(query, passage).ids) for passage in passages]
    assert [pair.cut for pair in pairs] == [total - len(pair.ids) for total, pair in zip(whole, pairs, strict=True)]


WORDS = ["7", "rank", "passages", "ranking", "x" * 120, "naïve", "中文中文", "🙂", " ", "\n\n", "[SEP]", "a-b-c-d"]
long_texts = st.lists(st.tuples(st.sampled_from(WORDS), st.integers(1, 40)), max_size=3).map(
    lambda runs: "".join(f"{word} " * count for word, count in runs)
)


@settings(max_examples=50, deadline=None)
@given(query=long_texts, passages=st.lists(long_texts, min_size=1, max_size=2), length=st.integers(48, 65))
def test_long_pairs_equal_the_tokenizers_own(tokenizer, query, passages, length):
    tokenizer.enable_truncation(max_length=length)
    with pytest.MonkeyPatch.context() as patch:  # so that these texts are long
        patch.setattr(token_ids, "CHARS_PER_TOKEN", (1, 3))
        pairs = PairEncoder(tokenizer, 512).encode(query, passages)
    assert [pair.ids for pair in pairs] == [tokenizer.encode(query, passage).ids for passage in passages]


@pytest.mark.parametrize("length", [64, 65])
@pytest.mark.parametrize("swapped", [False, True])
def test_the_odd_token_goes_to_the_text_that_is_longer_as_a_whole(tokenizer, monkeypatch, swapped, length):
    """What is looked at first has more tokens in the one text, and the whole has more in the other."""
    monkeypatch.setattr(token_ids, "CHARS_PER_TOKEN", (4, 32))
    tokenizer.enable_truncation(max_length=length)
    texts = ["7 4 1 9 " * 200, "the passages " * 600]
    query, passage = texts[::-1] if swapped else texts
    (pair,) = PairEncoder(tokenizer, length).encode(query, [passage])
    assert pair.ids == tokenizer.encode(query, passage).ids


def test_words_after_megabytes_of_blanks_are_found(tokenizer):
    tokenizer.enable_truncation(max_length=64)
    (pair,) = PairEncoder(tokenizer, 64).encode("rank", [" " * 1_000_000 + "the passages"])
    assert pair.ids == tokenizer.encode("rank", "the passages").ids


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_longest_first_keeps_all_that_fits(query, passage, room):
    kept = longest_first(query, passage, room)
    assert sum(kept) == min(room, query + passage)
    assert kept[0] <= query
    assert kept[1] <= passage


def test_a_padded_tokenizer_is_read_without_its_padding(tokenizer):
    tokenizer.enable_truncation(max_length=64)
    plain = [pair.ids for pair in PairEncoder(tokenizer, 512).encode("rank passages", ["the", "the query " * 20])]
    padded = Tokenizer.from_str(tokenizer.to_str())
    padded.enable_padding(length=48)
    assert [pair.ids for pair in PairEncoder(padded, 512).encode("rank passages", ["the", "the query " * 20])] == plain


def test_without_truncation_the_encoders_own_limit_holds(tokenizer):
    tokenizer.no_truncation()
    (pair,) = PairEncoder(tokenizer, 20).encode("rank", ["the passages " * 50])
    assert len(pair.ids) == 20
    assert pair.cut > 0


@pytest.mark.parametrize("filler", ["rank the passages, ", "中", ".", "x", " ", "\u0301", "supercalifragilistic"])
def test_an_enormous_passage_costs_little_and_keeps_its_beginning(tokenizer, filler):
    tokenizer.enable_truncation(max_length=128)
    encoder = PairEncoder(tokenizer, 128)
    beginning = "the query ranks passages " * 40
    (expected,) = encoder.encode("rank", [beginning])
    started = time.process_time()
    (pair,) = encoder.encode("rank", [beginning + filler * (10_000_000 // len(filler))])
    assert time.process_time() - started < 3  # in full, the tokenizer takes many seconds for these
    assert pair.ids == expected.ids


def test_what_no_encoding_can_carry_reads_as_the_replacement_character(tokenizer):
    tokenizer.enable_truncation(max_length=64)
    broken, replaced = PairEncoder(tokenizer, 64).encode("rank", ["the \ud800 query", "the \ufffd query"])
    assert broken == replaced


def test_other_pair_templates(fixtures):
    tokenizer = Tokenizer.from_file(str(fixtures / "one-logit-int8" / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=24)
    sep, cls = tokenizer.token_to_id("[SEP]"), tokenizer.token_to_id("[CLS]")
    tokenizer.post_processor = RobertaProcessing(("[SEP]", sep), ("[CLS]", cls))
    (pair,) = PairEncoder(tokenizer, 24).encode("rank passages", ["the query " * 30])
    assert pair.ids == tokenizer.encode("rank passages", "the query " * 30).ids
    tokenizer.post_processor = TemplateProcessing(single="$A", pair="$B [SEP] $A", special_tokens=[("[SEP]", sep)])
    with pytest.raises(InvalidModel, match="query before the passage"):
        PairEncoder(tokenizer, 24)
