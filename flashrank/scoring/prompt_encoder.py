"""Query and passage as the token ids of one text."""

from __future__ import annotations

from collections.abc import Sequence

from tokenizers import Encoding, Tokenizer

from flashrank.models.template import TextTemplate
from flashrank.scoring.pair import Pair
from flashrank.scoring.pair_encoder import probe, special_tokens, token_limit
from flashrank.scoring.token_ids import CHARS_PER_TOKEN, TOKENS_PER_WORD, encodable, head_of

_Token = tuple[int, int, int]


class PromptEncoder:
    """Makes the pairs of a request as one text each; safe to call from many threads.

    A text that fits has exactly the token ids that the tokenizer gives it. To be sure of that, whole texts are
    tokenized, the query in each anew: a normalizer, a pre-tokenizer or an added token may join what stands next to each
    other. Of a text that is too long, the passage's last tokens go first, then the query's; the template's words stay.

    Args:
        tokenizer: Any tokenizer of the tokenizers library.
        max_length: Most tokens per pair when ``tokenizer`` itself does not truncate.
        template: The words around the query and the passage.
    """

    def __init__(self, tokenizer: Tokenizer, max_length: int, template: TextTemplate) -> None:
        self.tokenizer = tokenizer
        self.template = template
        self._max_length = max_length
        tokens = probe(tokenizer, "a")
        place = next(i for i, (text, _, _) in enumerate(tokens) if text is not None)
        self._before, self._after = special_tokens(tokens[:place]), special_tokens(tokens[place + 1 :])
        self._type = tokens[place][2]

    @property
    def max_length(self) -> int:
        """Most tokens per pair, special tokens included."""
        return token_limit(self.tokenizer, self._max_length)

    @property
    def shortest(self) -> int:
        """The fewest tokens that hold the template with a word of the query and one of the passage."""
        return len(_tokens(self.tokenizer.encode(self.template.text("a", "a"), add_special_tokens=False))) + self._added

    def encode(self, query: str, passages: Sequence[str]) -> list[Pair]:
        """Return one pair per passage, in the order given."""
        room = max(0, self.max_length - self._added)
        usual = CHARS_PER_TOKEN[0] * (room + TOKENS_PER_WORD)
        query, *texts = (encodable(text) for text in (query, *passages))
        # What is long enough to be cut for certain is not tokenized twice.
        whole = [self.template.text(query, text) if len(query) + len(text) <= usual else "" for text in texts]
        encodings = self.tokenizer.encode_batch_fast(whole, add_special_tokens=False)
        pairs = []
        for text, encoding in zip(texts, encodings, strict=True):
            ids, cut = [token for token, _, _ in _tokens(encoding)], 0
            if len(ids) > room or len(query) + len(text) > usual:
                ids, cut = self._cut(query, text, room)
            pairs.append(self._pair(ids, cut))
        return pairs

    @property
    def _added(self) -> int:
        return len(self._before.ids) + len(self._after.ids)

    def _pair(self, ids: list[int], cut: int) -> Pair:
        return Pair(
            ids=self._before.ids + ids + self._after.ids,
            type_ids=self._before.type_ids + [self._type] * len(ids) + self._after.type_ids,
            cut=cut,
        )

    def _cut(self, query: str, passage: str, room: int) -> tuple[list[int], int]:
        """Return the ``room`` tokens that stay of a text, and how many did not."""
        needed = room + TOKENS_PER_WORD
        for chars in CHARS_PER_TOKEN:
            parts = head_of(query, chars * needed), head_of(passage, chars * needed)
            tokens = _tokens(self.tokenizer.encode(self.template.text(*parts), add_special_tokens=False))
            spans = self._spans(tokens, *parts)
            if all(
                len(part) == len(text) or len(span) >= needed
                for part, text, span in zip(parts, (query, passage), spans, strict=True)
            ):
                break
        excess = max(0, len(tokens) - room)
        left_query, left_passage = spans
        drop_passage = min(excess, len(left_passage))
        drop_query = min(excess - drop_passage, len(left_query))
        dropped = {*left_passage[len(left_passage) - drop_passage :], *left_query[len(left_query) - drop_query :]}
        ids = [token for i, (token, _, _) in enumerate(tokens) if i not in dropped]
        return ids[:room], excess

    def _spans(self, tokens: list[_Token], query: str, passage: str) -> tuple[list[int], list[int]]:
        """Return which tokens are the query's and which the passage's: all that hold nothing of the words after it."""
        query_start = len(self.template.before)
        query_end = query_start + len(query)
        start = query_end + len(self.template.between)
        end = start + len(passage)
        of_query = [i for i, (_, first, last) in enumerate(tokens) if last > query_start and last <= query_end]
        of_passage = [i for i, (_, first, last) in enumerate(tokens) if last > start and last <= end]
        return of_query, of_passage


def _tokens(encoding: Encoding) -> list[_Token]:
    """Return id, start and end of every token of a text, what was truncated included and padding not."""
    return [
        (token, start, end)
        for part in (encoding, *encoding.overflowing)
        for token, (start, end), real in zip(part.ids, part.offsets, part.attention_mask, strict=True)
        if real
    ]
