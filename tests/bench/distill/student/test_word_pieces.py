"""A pruned vocabulary: what is dropped, and that nothing becomes unknown."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import BertProcessing

from bench.common.errors import BenchError
from bench.distill.student.word_pieces import count_pieces, prune, pruned_tokenizer

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = "abcdeé中я"
words = st.text(alphabet=LETTERS, min_size=2, max_size=5)


def make_tokenizer(pieces: list[str]) -> Tokenizer:
    alphabet = sorted({c for piece in pieces for c in piece.removeprefix("##")})
    tokens = [*SPECIAL, "[unused0]", *alphabet, *(f"##{c}" for c in alphabet), *pieces]
    vocabulary = {token: i for i, token in enumerate(dict.fromkeys(tokens))}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer(strip_accents=False)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = BertProcessing(("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"]))
    tokenizer.add_special_tokens(SPECIAL)
    return tokenizer


def cut(tokenizer: Tokenizer, counts: dict[str, int], extra: int) -> Tokenizer:
    vocabulary = tokenizer.get_vocab()
    alphabet = {token for token in vocabulary if len(token.removeprefix("##")) == 1}
    kept = prune(vocabulary, SPECIAL, counts, len(alphabet) + len(SPECIAL) + extra)
    return Tokenizer.from_str(templated(tokenizer, kept))


def templated(tokenizer: Tokenizer, kept: list[str]) -> str:
    """``pruned_tokenizer`` of a tokenizer whose template is written as the shipped models write theirs."""
    document = json.loads(tokenizer.to_str())
    ids = tokenizer.get_vocab()
    document["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [
            {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
            {"Sequence": {"id": "A", "type_id": 0}},
            {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
        ],
        "pair": [
            {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
            {"Sequence": {"id": "A", "type_id": 0}},
            {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
            {"Sequence": {"id": "B", "type_id": 1}},
            {"SpecialToken": {"id": "[SEP]", "type_id": 1}},
        ],
        "special_tokens": {
            token: {"id": token, "ids": [ids[token]], "tokens": [token]} for token in ("[CLS]", "[SEP]")
        },
    }
    return pruned_tokenizer(Tokenizer.from_str(json.dumps(document)), kept)


@given(
    pieces=st.lists(st.one_of(words, words.map("##".__add__)), unique=True, max_size=12),
    extra=st.integers(0, 6),
    text=st.text(alphabet=LETTERS + "xz -", max_size=30),
)
def test_a_word_is_unknown_only_where_it_was(pieces: list[str], extra: int, text: str):
    full = make_tokenizer(pieces)
    pruned = cut(full, {}, extra)

    def unknown(tokenizer: Tokenizer) -> list[tuple[int, int]]:
        encoding = tokenizer.encode(text, add_special_tokens=False)
        return [span for token, span in zip(encoding.tokens, encoding.offsets, strict=True) if token == "[UNK]"]

    assert unknown(pruned) == unknown(full)


def test_the_most_frequent_pieces_are_kept_in_their_old_order():
    full = make_tokenizer(["abc", "##de", "ae", "bd"])
    vocabulary = {piece: i + 10_000 for piece, i in full.get_vocab().items()}  # none of them early enough to be common
    kept = prune(vocabulary, SPECIAL, {"bd": 9, "##de": 5, "abc": 1}, 10 + len(SPECIAL) + 2)
    assert kept[-2:] == ["##de", "bd"]
    assert "[unused0]" not in kept
    assert kept == sorted(kept, key=vocabulary.__getitem__)


def test_special_tokens_keep_their_part_in_a_pair():
    full = make_tokenizer(["abc", "##de"])
    pruned = cut(full, {}, 1)
    encoding = pruned.encode("abc", "d")
    assert encoding.tokens == ["[CLS]", "abc", "[SEP]", "d", "[SEP]"]
    assert encoding.type_ids == [0, 0, 0, 1, 1]
    assert [pruned.id_to_token(i) for i in encoding.ids] == encoding.tokens


def test_counts_are_of_pieces():
    tokenizer = make_tokenizer(["ab", "##cd"])
    assert count_pieces(tokenizer, ["abcd", "ab ab", "a"], batch=2) == {"ab": 3, "##cd": 1, "a": 1}


def test_a_size_without_room_for_the_alphabet_is_refused():
    with pytest.raises(BenchError, match="cannot be cut to 4 pieces"):
        prune(make_tokenizer(["ab"]).get_vocab(), SPECIAL, {}, 4)


def test_characters_that_are_no_pieces_are_refused():
    with pytest.raises(BenchError, match="##b"):
        prune({"[UNK]": 0, "a": 1, "ab": 2}, ["[UNK]"], {}, 3)


def test_the_real_vocabulary(shared):
    full = Tokenizer.from_file(str(shared / "models" / "ms-marco-MiniLM-L-12-v2" / "tokenizer.json"))
    full.no_padding()
    kept = prune(full.get_vocab(), SPECIAL, {}, 16_000)
    pruned = Tokenizer.from_str(pruned_tokenizer(full, kept))
    assert pruned.get_vocab_size() == 16_000
    text = "Pneumonoultramicroscopicsilicovolcanoconiosis, čeština, Ελλάδα, пример, 中文, ️ and the rest"
    spans = [
        [span for token, span in zip(e.tokens, e.offsets, strict=True) if token == "[UNK]"]
        for e in (full.encode(text, add_special_tokens=False), pruned.encode(text, add_special_tokens=False))
    ]
    assert spans[0] == spans[1]
