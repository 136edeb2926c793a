"""One text a pair, against the tokenizers library's own encoding of that text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from flashrank.models.template import TextTemplate
from flashrank.scoring.prompt_encoder import PromptEncoder

MONOT5 = "Query: {query} Document: {passage} Relevant:"
TEMPLATES = (MONOT5, "{query}{passage}", "{query} {passage}", "[{query}]\n\n{passage}.", "Q:{query}</s>{passage}")
CORPUS = [
    "Query: rank the passages Document: the passages rank naïve queries Relevant: true",
    "中文 Document 文 नमस्ते עברית the quick query, ranked; passages. 12345 </s>",
]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.lists(
    st.sampled_from(
        [
            "rank",
            "passages",
            " ",
            "the",
            "</s>",
            "[SEP]",
            "中文",
            "naïve",
            "🙂",
            "\n",
            "e\u0301",
            "\u0301",
            "{query}",
            "x" * 9,
        ]
    ),
    max_size=40,
).map("".join)


def wordpiece(fixtures) -> Tokenizer:
    return Tokenizer.from_file(str(fixtures / "one-logit-int8" / "tokenizer.json"))


def unigram(fixtures) -> Tokenizer:
    return Tokenizer.from_file(str(fixtures / "no-token-types" / "tokenizer.json"))


def byte_level_bpe(_) -> Tokenizer:
    """RoBERTa's kind: no normalizer, spaces in the words, bytes for what has no piece."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = ["<s>", "<pad>", "</s>"]
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return tokenizer


def joining(_) -> Tokenizer:
    """One that joins across words: composed characters, one word for a whole text, a token that eats the blanks."""
    tokenizer = byte_level_bpe(_)
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=False)
    tokenizer.add_special_tokens([AddedToken("document", lstrip=True, rstrip=True, normalized=True)])
    return tokenizer


@pytest.fixture(scope="module", params=[wordpiece, unigram, byte_level_bpe, joining])
def tokenizer(request, fixtures) -> Tokenizer:
    tokenizer = request.param(fixtures)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _copy(tokenizer):
    return Tokenizer.from_str(tokenizer.to_str())


@settings(max_examples=150, deadline=None)
@given(query=texts, passages=st.lists(texts, max_size=3), template=st.sampled_from(TEMPLATES))
def test_a_text_that_fits_has_the_tokenizers_own_ids(tokenizer, query, passages, template):
    template = TextTemplate.parse(template)
    pairs = PromptEncoder(tokenizer, 4096, template).encode(query, passages)
    expected = [tokenizer.encode(template.text(query, passage)) for passage in passages]
    assert [pair.ids for pair in pairs] == [encoding.ids for encoding in expected]
    assert [pair.type_ids for pair in pairs] == [encoding.type_ids for encoding in expected]
    assert [pair.cut for pair in pairs] == [0] * len(passages)


@settings(max_examples=150, deadline=None)
@given(query=texts, passage=texts, length=st.integers(1, 80), template=st.sampled_from(TEMPLATES))
def test_the_passage_gives_first_then_the_query_and_the_templates_words_stay(
    tokenizer, query, passage, length, template
):
    template = TextTemplate.parse(template)
    (whole,) = PromptEncoder(tokenizer, 4096, template).encode(query, [passage])
    limited = _copy(tokenizer)
    limited.enable_truncation(max_length=length)
    encoder = PromptEncoder(limited, 4096, template)
    (pair,) = encoder.encode(query, [passage])
    assert encoder.max_length == length
    added = len(tokenizer.encode("").ids)
    if length >= added:
        assert len(pair.ids) == min(length, len(whole.ids))
        assert pair.cut == len(whole.ids) - len(pair.ids)
    kept = iter(whole.ids)
    assert all(token in kept for token in pair.ids)  # in order: nothing is moved and nothing made up


@pytest.mark.parametrize("kind", [wordpiece, unigram, byte_level_bpe])
@pytest.mark.parametrize("length", [60, 71, 90])
def test_what_stays_of_a_long_text(fixtures, kind, length):
    tokenizer = kind(fixtures)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    before, passage, after = (
        tokenizer.encode(text, add_special_tokens=False).ids
        for text in ("Query: rank Document:", " the passages" * 50, " Relevant:")
    )
    special = len(tokenizer.encode("").ids)
    first = tokenizer.encode("x").ids.index(tokenizer.encode("x", add_special_tokens=False).ids[0])
    tokenizer.enable_truncation(max_length=length)
    encoder = PromptEncoder(tokenizer, 512, TextTemplate.parse(MONOT5))
    (pair,) = encoder.encode("rank", [("the passages " * 50).strip()])
    room = length - special - len(before) - len(after)
    assert pair.ids[first : length - special + first] == before + passage[:room] + after
    assert pair.cut == len(passage) - room


def test_a_query_that_is_too_long_alone_leaves_nothing_of_the_passage(fixtures):
    tokenizer = wordpiece(fixtures)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    template = TextTemplate.parse(MONOT5)
    query = "rank " * 100
    whole, empty = PromptEncoder(tokenizer, 4096, template).encode(query, ["passages", ""])
    tokenizer.enable_truncation(max_length=50)
    long, short = PromptEncoder(tokenizer, 512, template).encode(query, ["passages", ""])
    assert long.ids == short.ids
    assert (long.cut, short.cut) == (len(whole.ids) - 50, len(empty.ids) - 50)
    assert long.ids[:20] == whole.ids[:20]
    assert long.ids[-8:] == empty.ids[-8:]


def test_a_padded_tokenizer_is_read_without_its_padding(tokenizer):
    template = TextTemplate.parse(MONOT5)
    texts = ["the", "the query " * 20]
    plain = PromptEncoder(tokenizer, 64, template).encode("rank", texts)
    padded = _copy(tokenizer)
    padded.enable_padding(length=200)
    assert PromptEncoder(padded, 64, template).encode("rank", texts) == plain


@pytest.mark.parametrize("where", ["passage", "query"])
@pytest.mark.parametrize("filler", ["rank the passages, ", "中", ".", "supercalifragilistic"])
def test_an_enormous_text_costs_little_and_keeps_its_beginning(fixtures, filler, where):
    tokenizer = unigram(fixtures)
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=128)
    encoder = PromptEncoder(tokenizer, 128, TextTemplate.parse(MONOT5))
    beginning = "the query ranks passages " * 40
    texts = {"query": "rank", "passage": "rank", where: beginning}
    (expected,) = encoder.encode(texts["query"], [texts["passage"]])
    texts[where] += filler * (10_000_000 // len(filler))
    started = time.process_time()
    (pair,) = encoder.encode(texts["query"], [texts["passage"]])
    assert time.process_time() - started < 3  # in full, the tokenizer takes many seconds for these
    assert pair.ids == expected.ids


def test_what_no_encoding_can_carry_reads_as_the_replacement_character(tokenizer):
    encoder = PromptEncoder(tokenizer, 512, TextTemplate.parse(MONOT5))
    broken, replaced = (
        encoder.encode("a \ud800", ["the \ud800 query"]),
        encoder.encode("a \ufffd", ["the \ufffd query"]),
    )
    assert broken == replaced


def test_the_shortest_pair_holds_the_template_and_a_word_of_each(tokenizer):
    template = TextTemplate.parse(MONOT5)
    encoder = PromptEncoder(tokenizer, 512, template)
    assert encoder.shortest == len(tokenizer.encode(template.text("a", "a")).ids)
    assert PromptEncoder(_limited(tokenizer, 4), 512, template).shortest == encoder.shortest


def _limited(tokenizer, length):
    limited = _copy(tokenizer)
    limited.enable_truncation(max_length=length)
    return limited
