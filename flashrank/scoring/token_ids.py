"""Texts to token ids: of a long text, only the beginning that can reach the model is tokenized."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

from tokenizers import Encoding, Tokenizer

from flashrank.scoring.known_words import KnownWords

# A text is tokenized up to this many characters per token that fits, and up to the second number where that gave too
# few tokens. English has about 4.5 characters a token, so what is left out could not reach the model anyway, and a
# passage of 10 MB costs milliseconds.
CHARS_PER_TOKEN = (64, 2048)
# Cutting a text inside a word changes that word's tokens, at most this many: BERT's tokenizer makes one [UNK] of
# any word above 100 characters.
TOKENS_PER_WORD = 100


@dataclass(slots=True)
class Reading:
    """A text, how much of it was tokenized, and what that gave.

    Attributes:
        tokenizer: Its truncation does not matter, nor does its padding.
        text: All of it.
        head: Its beginning that was tokenized.
        ids: The first tokens of the head: at least as many as the tokenizer truncates at, or all.
        length: How many tokens the head has, those after ``ids`` included.
    """

    tokenizer: Tokenizer
    text: str
    head: str
    ids: list[int] = field(default_factory=list)
    length: int = 0

    @property
    def ended(self) -> bool:
        """Whether the text was tokenized whole."""
        return len(self.head) == len(self.text)

    def read_to(self, chars: int) -> None:
        """Tokenize the first ``chars`` characters, or what is there."""
        self.head = head_of(self.text, chars)
        self.keep(self.tokenizer.encode(self.head, add_special_tokens=False))

    def keep(self, encoding: Encoding) -> None:
        """Keep the tokens of the head."""
        self.ids = encoding.ids
        if self.tokenizer.padding is not None:
            self.ids = [token for token, real in zip(self.ids, encoding.attention_mask, strict=True) if real]
        self.length = len(self.ids) + sum(sum(rest.attention_mask) for rest in encoding.overflowing)


def begin_reading(tokenizer: Tokenizer, texts: Iterable[str], room: int, known: KnownWords) -> list[Reading]:
    """Read every text until it has more than ``room`` tokens, or ends: no text is too sparse.

    Args:
        tokenizer: Its truncation does not matter, nor does its padding.
        texts: To be read.
        room: Tokens that fit.
        known: The words that ``tokenizer`` has read before.
    """
    needed = room + TOKENS_PER_WORD
    usual, *more = (chars * needed for chars in (*CHARS_PER_TOKEN, sys.maxsize))
    readings = [Reading(tokenizer, text, head_of(text, usual)) for text in map(encodable, texts)]
    unread = []
    for reading, ids in zip(readings, known.read([reading.head for reading in readings]), strict=True):
        if ids is None:
            unread.append(reading)
        else:
            reading.ids, reading.length = ids, len(ids)
    encodings = tokenizer.encode_batch_fast([reading.head for reading in unread], add_special_tokens=False)
    for reading, encoding in zip(unread, encodings, strict=True):
        reading.keep(encoding)
    for reading in readings:
        for chars in more:
            if not reading.ended and reading.length < needed:
                reading.read_to(chars)
    return readings


def read_until_one_is_longer(one: Reading, other: Reading) -> None:
    """Read on in both texts until their lengths tell which has more tokens, if either has."""
    while True:
        shorter, longer = sorted((one, other), key=lambda reading: reading.length)
        if shorter.ended and (longer.ended or longer.length > shorter.length + TOKENS_PER_WORD):
            return
        behind = longer if shorter.ended else shorter
        behind.read_to(8 * len(behind.head))


def head_of(text: str, length: int) -> str:
    """Return ``text``, or its beginning of at most ``length`` characters, cut between words where there are words."""
    if len(text) <= length:
        return text
    head = text[:length]
    cut = max(head.rfind(space, length // 2) for space in " \n\t")
    return head[:cut] if cut > 0 else head


def encodable(text: str) -> str:
    """Return ``text`` with lone surrogates, which no encoding of Unicode can carry, as U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
