"""The token ids of words seen before: BERT's tokenizer reads a text word by word, and most words of a text are common.

Looking a word up costs a fraction of normalising and splitting it again, which for a small model is a good part of the
time of a pair. Nothing is assumed of what a word becomes: the tokenizer itself says so, once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

# BERT's pre-tokenizer always splits at these: each mark of ASCII is a word, and so is what lies between two of them.
# It splits in more places, but of each such part the tokenizer itself says what it is made of.
_MARKS = r"!-/:-@\[-`{-~"
_split = re.compile(rf"[{_MARKS}]|[^ \t\n\r{_MARKS}]+").findall

#: Words kept at most, about 6 MB. Nine thousand passages of MS MARCO have 27,000.
MOST_WORDS = 32_768
#: Characters of a word that is kept: a script without spaces has sentences instead, which are not seen again.
LONGEST_WORD = 24
# A text's words take several times the memory of its ids, and a request may have thousands of texts.
_TEXTS_AT_ONCE = 128


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """Words that a tokenizer has read.

    Attributes:
        settings: Of the tokenizer, when it read them.
        added: What it looks for in a text before it splits it; None if it does not read word by word.
        words: Word -> its ids.
    """

    settings: tuple[object, ...] = ()
    added: tuple[str, ...] | None = None
    words: dict[str, tuple[int, ...]] = field(default_factory=dict)


class KnownWords:
    """Reads texts by the words that one tokenizer has read before; safe to call from many threads.

    Args:
        tokenizer: Any. Texts are read here only if it is one of BERT's; its settings may change at any time.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._vocabulary = _Vocabulary()

    def read(self, texts: Sequence[str]) -> list[list[int] | None]:
        """Return all token ids of each text, without special tokens; None for a text that is not read here.

        Args:
            texts: Without lone surrogates.
        """
        known = self._current()
        if known.added is None:
            return [None] * len(texts)
        starts = range(0, len(texts), _TEXTS_AT_ONCE)
        return [ids for start in starts for ids in self._read(texts[start : start + _TEXTS_AT_ONCE], known)]

    def _read(self, texts: Sequence[str], known: _Vocabulary) -> list[list[int] | None]:
        split = [[] if any(map(text.__contains__, known.added or ())) else _split(text) for text in texts]
        if new := set(chain.from_iterable(split)).difference(known.words):
            self._learn(new, known)
        # Of a text without words, the tokenizer says whether anything is left.
        return [_ids(words, known.words) if words else None for words in split]

    def _learn(self, new: Iterable[str], known: _Vocabulary) -> None:
        short = [word for word in new if len(word) <= LONGEST_WORD]
        if len(known.words) + len(short) > MOST_WORDS:
            known.words.clear()  # the tokenizer reads these texts, and words are learned anew from the next ones
            return
        encodings = self._tokenizer.encode_batch_fast(short, add_special_tokens=False)
        known.words.update(
            (word, tuple(encoding.ids))
            for word, encoding in zip(short, encodings, strict=True)
            if not encoding.overflowing
        )

    def _current(self) -> _Vocabulary:
        """Return the words of the tokenizer as it is set now."""
        tokenizer = self._tokenizer
        normalizer, model, added = tokenizer.normalizer, tokenizer.model, tokenizer.get_added_tokens_decoder().values()
        if (
            not isinstance(normalizer, BertNormalizer)
            or not isinstance(tokenizer.pre_tokenizer, BertPreTokenizer)
            or not isinstance(model, WordPiece)
            or tokenizer.padding is not None
            # A token that is looked for in the normalised text may be spelt otherwise in the text itself.
            or any(token.normalized for token in added)
        ):
            self._vocabulary = _Vocabulary()
            return self._vocabulary
        contents = tuple(token.content for token in added)
        settings = (
            contents,
            normalizer.__getstate__(),
            tokenizer.get_vocab_size(),
            (model.unk_token, model.continuing_subword_prefix, model.max_input_chars_per_word),
            str(tokenizer.truncation),
        )
        if settings != self._vocabulary.settings:
            self._vocabulary = _Vocabulary(settings, contents)
        return self._vocabulary


def _ids(words: Iterable[str], known: dict[str, tuple[int, ...]]) -> list[int] | None:
    with suppress(KeyError):
        return list(chain.from_iterable(map(known.__getitem__, words)))
    return None
