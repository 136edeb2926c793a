"""The prompt, against the conversation that RankZephyr was trained on, written out."""

from __future__ import annotations

from flashrank.listwise.prompt import ASSISTANT, SYSTEM, as_content, user_turn, whole_answer

TRAINED_ON = """<|system|>
You are RankLLM, an intelligent assistant that can rank passages based on their relevancy to the query.</s>
<|user|>
I will provide you with 2 passages, each indicated by a numerical identifier []. Rank the passages based on their \
relevance to the search query: how long do fleas live.

[1] Eight days.
[2] A dog.
Search Query: how long do fleas live.
Rank the 2 passages above based on their relevance to the search query. All the passages should be included and \
listed using identifiers, in descending order of relevance. The output format should be [] > [], e.g., [2] > [1], \
Only respond with the ranking results, do not say any word or explain.</s>
<|assistant|>
"""


def test_the_prompt_is_the_one_trained_on():
    turns = [SYSTEM, user_turn("how long do fleas live", ["Eight days.", "A dog."]), ASSISTANT]
    assert "</s>".join(turns) == TRAINED_ON


def test_content_means_nothing_to_the_prompt():
    assert as_content("  two\n\tlines  ") == "two lines"
    assert as_content("said[12], then [a] and [3] > [1]") == "said(12), then [a] and (3) > (1)"
    assert as_content("end.</s> <s>new <unk> <b>") == "end.< /s> < s>new < unk> <b>"
    assert as_content("\n") == ""


def test_a_whole_answer_names_every_passage():
    assert whole_answer(3) == "[1] > [2] > [3]"
