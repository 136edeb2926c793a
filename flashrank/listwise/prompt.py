"""The conversation that RankZephyr was trained on: the prompt that it reads and the answer that it is to write.

The wording is part of the model. It is that of its training data, which the RankLLM repository
(https://github.com/castorini/rank_llm) makes of RankGPT's orderings with a varying number of passages, and of the
figure in the paper (https://arxiv.org/abs/2312.02724). Later versions of RankLLM ask a little differently; FlashRank
0.2.10 holds RankGPT's conversation of two turns a passage, which this model was not trained on.
The turns are Zephyr's: each begins with its role's name and a new line, and ends with the end-of-sequence token.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

SYSTEM = (
    "<|system|>\n"
    "You are RankLLM, an intelligent assistant that can rank passages based on their relevancy to the query."
)
ASSISTANT = "\n<|assistant|>\n"

_IDENTIFIER = re.compile(r"\[(\d+)\]")
_CONTROL = re.compile(r"<(/?s|unk)>")


def as_content(text: str) -> str:
    """Return a query or a passage as it may stand in the prompt: on one line, and without meaning for the prompt.

    ``[3]``, say a reference in an encyclopedia, becomes ``(3)``, as RankLLM does: in the prompt it would name the
    third passage. ``</s>`` becomes ``< /s>``: SentencePiece joins the former's characters to the token that ends the
    turn, even where llama.cpp is told to read no special tokens.
    """
    return _CONTROL.sub(r"< \1>", _IDENTIFIER.sub(r"(\1)", " ".join(text.split())))


def user_turn(query: str, passages: Sequence[str]) -> str:
    """Return the user's turn for one window; query and passages are as ``as_content`` returns them."""
    count = len(passages)
    listed = "".join(f"[{number}] {passage}\n" for number, passage in enumerate(passages, start=1))
    return (
        f"\n<|user|>\nI will provide you with {count} passages, each indicated by a numerical identifier []. Rank the"
        f" passages based on their relevance to the search query: {query}.\n\n{listed}Search Query: {query}.\nRank the"
        f" {count} passages above based on their relevance to the search query. All the passages should be included and"
        " listed using identifiers, in descending order of relevance. The output format should be [] > [], e.g.,"
        " [2] > [1], Only respond with the ranking results, do not say any word or explain."
    )


def whole_answer(count: int) -> str:
    """Return an answer that names ``count`` passages; one in another order has about as many tokens."""
    return " > ".join(f"[{number}]" for number in range(1, count + 1))
