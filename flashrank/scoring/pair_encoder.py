"""Query and passages to token ids: the query is tokenized once, and each pair cut as the tokenizer itself would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from flashrank.errors import InvalidModel
from flashrank.scoring.known_words import KnownWords
from flashrank.scoring.pair import Pair
from flashrank.scoring.token_ids import begin_reading, read_until_one_is_longer


@dataclass(frozen=True, slots=True)
class SpecialTokens:
    """Special tokens that stand together, and their segments."""

    ids: list[int]
    type_ids: list[int]


def probe(tokenizer: Tokenizer, text: str, second: str | None = None) -> list[tuple[int | None, int, int]]:
    """Return what a tokenizer makes of one text, or two, of one word each: a text number, id and segment per token.

    The text number of a special token is None. Only the post-processor of ``tokenizer`` is used, so truncation and
    padding change nothing.
    """
    plain = Tokenizer(WordLevel({"a": 0}, unk_token="a"))
    if tokenizer.post_processor is not None:
        plain.post_processor = tokenizer.post_processor
    encoding = plain.encode(text, second)
    return list(zip(encoding.sequence_ids, encoding.ids, encoding.type_ids, strict=True))


def special_tokens(part: list[tuple[int | None, int, int]]) -> SpecialTokens:
    """Return the ids and segments of some tokens that ``probe`` returned."""
    return SpecialTokens([token for _, token, _ in part], [type_id for _, _, type_id in part])


@dataclass(frozen=True, slots=True)
class PairTemplate:
    """Where a tokenizer puts special tokens around query and passage, read off a pair that it made itself."""

    before: SpecialTokens
    between: SpecialTokens
    after: SpecialTokens
    query_type: int
    passage_type: int

    @property
    def added(self) -> int:
        """Number of special tokens in a pair."""
        return len(self.before.ids) + len(self.between.ids) + len(self.after.ids)

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> PairTemplate:
        """Read the template of ``tokenizer``.

        Raises:
            InvalidModel: It does not put the query before the passage, each in one piece.
        """
        tokens = probe(tokenizer, "a", "a")
        order = [sequence for sequence, _, _ in tokens]
        query, passage = ([i for i, sequence in enumerate(order) if sequence == part] for part in (0, 1))
        if not query or not passage or query[-1] > passage[0] or None in order[query[0] : query[-1] + 1]:
            raise InvalidModel("tokenizer.json: its pair template does not put the query before the passage")
        return cls(
            before=special_tokens(tokens[: query[0]]),
            between=special_tokens(tokens[query[-1] + 1 : passage[0]]),
            after=special_tokens(tokens[passage[-1] + 1 :]),
            query_type=tokens[query[0]][2],
            passage_type=tokens[passage[0]][2],
        )


class PairEncoder:
    """Makes the pairs of a request with one tokenizer; safe to call from many threads.

    Args:
        tokenizer: Any tokenizer of the tokenizers library with a pair template.
        max_length: Most tokens per pair when ``tokenizer`` itself does not truncate.

    Raises:
        InvalidModel: The tokenizer has no usable pair template.
    """

    def __init__(self, tokenizer: Tokenizer, max_length: int) -> None:
        self.tokenizer = tokenizer
        self._max_length = max_length
        self._template = PairTemplate.of(tokenizer)
        self._known = KnownWords(tokenizer)

    @property
    def max_length(self) -> int:
        """Most tokens per pair, special tokens included."""
        return token_limit(self.tokenizer, self._max_length)

    @property
    def shortest(self) -> int:
        """The fewest tokens that hold a token of the query and one of the passage."""
        return self._template.added + 2

    def encode(self, query: str, passages: Sequence[str]) -> list[Pair]:
        """Return one pair per passage, in the order given."""
        template = self._template
        room = max(0, self.max_length - template.added)
        query_read, *passages_read = begin_reading(self.tokenizer, [query, *passages], room, self._known)
        pairs = []
        for passage_read in passages_read:
            # When both must give, an odd room has one token that goes to the longer text, so that must be known.
            if room % 2 and min(query_read.length, passage_read.length) > room // 2:
                read_until_one_is_longer(query_read, passage_read)
            kept_query, kept_passage = longest_first(query_read.length, passage_read.length, room)
            pairs.append(
                Pair(
                    ids=template.before.ids
                    + query_read.ids[:kept_query]
                    + template.between.ids
                    + passage_read.ids[:kept_passage]
                    + template.after.ids,
                    type_ids=template.before.type_ids
                    + [template.query_type] * kept_query
                    + template.between.type_ids
                    + [template.passage_type] * kept_passage
                    + template.after.type_ids,
                    cut=query_read.length - kept_query + passage_read.length - kept_passage,
                )
            )
        return pairs


def token_limit(tokenizer: Tokenizer, otherwise: int) -> int:
    """Return the length that ``tokenizer`` truncates at, or ``otherwise`` if it does not truncate."""
    truncation = tokenizer.truncation
    return int(truncation["max_length"]) if truncation else otherwise


def longest_first(query: int, passage: int, room: int) -> tuple[int, int]:
    """Return how many tokens of query and passage stay when ``room`` tokens fit: the longer one gives first.

    The arithmetic is that of the tokenizers library's "longest_first", its rounding included: when both must
    give, the longer one keeps the odd token.
    """
    if query + passage <= room:
        return query, passage
    shorter, longer = sorted((query, passage))
    longer = shorter if shorter > room else max(shorter, room - shorter)
    if shorter + longer > room:
        shorter, longer = room // 2, room - room // 2
    return (longer, shorter) if query > passage else (shorter, longer)
