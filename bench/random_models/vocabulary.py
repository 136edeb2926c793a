"""Tokenizers for models of random weights: of the kinds that real models have, with the words of latency requests.

A real tokenizer finds a common English word in one step, whatever else is in its vocabulary, and so do these.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

BERT_TOKENS = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
T5_TOKENS = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}

#: Numbers that are words: the latency grid numbers its passages.
_NUMBERS = 2000
_CHARACTERS = string.ascii_lowercase + string.digits + string.punctuation


def wordpiece(words: Iterable[str]) -> Tokenizer:
    """Return BERT's tokenizer with ``words``, numbers and all ASCII characters."""
    special = list(BERT_TOKENS.values())
    pieces = [*special, *_pieces(words, lambda word: word, lambda character: f"##{character}")]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=BERT_TOKENS["unk_token"]))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def unigram(words: Iterable[str]) -> Tokenizer:
    """Return T5's kind of tokenizer with ``words``, numbers and all ASCII characters."""
    special = list(T5_TOKENS.values())
    pieces = _pieces(words, lambda word: f"▁{word}", lambda character: character)
    # A longer piece must cost less than the characters it is made of.
    scored = [(piece, -20.0 if len(piece) == 1 else -10.0) for piece in ("▁", *pieces)]
    unknown = special.index(T5_TOKENS["unk_token"])
    tokenizer = Tokenizer(models.Unigram([*((token, 0.0) for token in special), *scored], unk_id=unknown))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]  # as T5's own tokenizer.json has them
    )
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", special.index("</s>"))]
    )
    return tokenizer


def _pieces(words: Iterable[str], first: Callable[[str], str], inside: Callable[[str], str]) -> list[str]:
    whole = [*_CHARACTERS, *sorted(words), *map(str, range(_NUMBERS))]
    return list(dict.fromkeys([*map(first, whole), *map(inside, _CHARACTERS)]))
