"""Tiny models through the real llama.cpp: tokens, conversations, answers, whole requests."""

from __future__ import annotations

import logging
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from flashrank import Ranker, RerankRequest
from flashrank.errors import InvalidModel
from flashrank.listwise.llama import LlamaModel
from flashrank.listwise.prompt import ASSISTANT, SYSTEM, as_content, user_turn, whole_answer
from flashrank.listwise.scorer import ListwiseScorer

LOG = logging.getLogger("listwise")
TEXTS = [f"passage of number {i}" for i in range(25)]


@pytest.fixture(scope="module")
def reverse(reverser) -> LlamaModel:
    return reverser._model


@pytest.fixture(scope="module")
def random_model(write_gguf) -> LlamaModel:
    return LlamaModel(write_gguf("random", seed=5), threads=1)


def test_a_conversation_has_llama_cpps_own_tokens(reverse):
    turns = [SYSTEM, user_turn("a query", ["one passage", "naïve 中文 🙂"]), ASSISTANT]
    whole = "</s>".join(turns).encode()
    assert reverse.conversation(turns) == reverse.llama.tokenize(whole, add_bos=True, special=True)


@pytest.mark.parametrize("text", ["end.</s>", "<s>", "<unk>", "</s><s></s>", "</s\n>", "< /s>", "a</s>b</s"])
def test_no_text_makes_special_tokens(reverse, text):
    assert not {0, 1, 2} & set(reverse.tokens(as_content(text)))
    prompt = reverse.conversation([SYSTEM, user_turn(as_content(text), [as_content(text)]), ASSISTANT])
    assert [prompt.count(token) for token in (0, 1, 2)] == [0, 1, 2]


def test_tokens_become_text_again(reverse):
    text = "one passage, naïve 中文 🙂"
    assert reverse.text(reverse.tokens(text)) == text
    assert reverse.text(reverse.tokens(text)[:-1]) == text[:-2]  # the emoji cut in the middle of its bytes
    assert reverse.tokens("") == []
    assert reverse.text([]) == ""
    assert len(reverse.tokens("a\0b")) > 2


def test_the_answer_ends_where_the_model_ends_it(reverse):
    prompt = reverse.conversation([SYSTEM, ASSISTANT])
    assert reverse.generate(prompt, 100) == "".join(f"[{number}]" for number in range(20, 0, -1))
    assert reverse.generate(prompt, 3) == "[20][19][18]"


def test_a_request_is_ranked_as_the_model_says(reverser):
    scores = reverser.score("a query", TEXTS[:20])
    assert scores.scores == tuple((position + 1) / 20 for position in range(20))
    assert scores.truncated == 0
    # Two windows: the last 20 turned around, then the first 15 of what that gives.
    ranked = [*range(15, 25), *range(4, -1, -1), *range(14, 4, -1)]
    scores = reverser.score("a query", TEXTS).scores
    assert sorted(range(25), key=lambda i: -scores[i]) == ranked


def test_more_than_the_context_holds_is_cut(reverser, caplog):
    texts = ["a long passage " * 400, *TEXTS[:18], "中文 " * 4000]
    with caplog.at_level(logging.WARNING):
        result = reverser.score("a long query " * 200, texts)
    assert result.scores == tuple((position + 1) / 20 for position in range(20))
    assert max(result.tokens) <= 512
    assert "truncated 20 of 20 passages" in caplog.text


def test_a_random_models_answer_depends_on_the_request_alone(random_model):
    first, second = (
        random_model.conversation([SYSTEM, user_turn(query, TEXTS[:12]), ASSISTANT]) for query in ("one", "another")
    )
    answer = random_model.generate(first, 40)
    assert answer
    random_model.generate(second, 40)
    assert random_model.generate(first, 40) == answer
    assert random_model.generate(first[:-3], 40) != answer
    assert random_model.generate(first, 40) == answer


def test_a_random_model_ranks_every_passage_once(write_gguf):
    scorer = ListwiseScorer(write_gguf("random", seed=5), max_length=512, threads=1, logger=LOG)
    scores = scorer.score("a query", TEXTS).scores
    assert sorted(scores) == [pytest.approx(rank / 25) for rank in range(1, 26)]
    assert scorer.score("a query", TEXTS).scores == scores


def test_a_ranker_of_a_directory_with_a_gguf(write_gguf, tmp_path):
    shutil.copy(write_gguf("third-first", [3, 1, 2]), tmp_path)
    ranker = Ranker(tmp_path, threads=1)
    passages = [{"id": i, "text": text} for i, text in enumerate(TEXTS[:4])]
    results = ranker.rerank(RerankRequest("a query", passages))
    assert [(result["id"], result["score"]) for result in results] == [(2, 1.0), (0, 0.75), (1, 0.5), (3, 0.25)]
    assert ranker.rerank(RerankRequest("a query", [])) == []


def test_threads_take_turns(reverser):
    counts = [3, 21, 2, 13, 20, 1, 8]
    alone = [reverser.score("a query", TEXTS[:count]) for count in counts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda count: reverser.score("a query", TEXTS[:count]), counts)) == alone


def test_the_context_is_the_models_own_and_4096_at_most(write_gguf, reverse):
    assert reverse.context == 4096
    assert LlamaModel(write_gguf("long", [1, 2], context=32768), threads=1).context == 4096
    assert LlamaModel(write_gguf("medium", [1, 2], context=1024), threads=1).context == 1024


def test_the_answer_has_room_for_every_identifier(reverser):
    assert reverser._answer_tokens(20) == len(reverser._model.tokens(whole_answer(20))) + 1


def test_a_prompt_that_llama_cpp_refuses_names_the_model(reverse):
    with pytest.raises(InvalidModel, match=r"reverser\.gguf: llama\.cpp failed on 5000 tokens: .+"):
        reverse.generate([5] * 5000, 1)
    assert reverse.generate(reverse.conversation([SYSTEM, ASSISTANT]), 1) == "[20]"


def test_a_context_too_small_is_refused(write_gguf):
    with pytest.raises(InvalidModel, match=r"small\.gguf: its context of 256 tokens is too small for 20 passages"):
        ListwiseScorer(write_gguf("small", [1, 2], context=256), max_length=512, threads=1, logger=LOG)


def test_a_model_that_writes_no_text_is_refused(write_gguf):
    with pytest.raises(InvalidModel, match=r"encoder\.gguf: a llama model that writes no text"):
        LlamaModel(write_gguf("encoder", [1, 2], causal=False), threads=1)


def test_files_that_are_no_model_are_refused(write_gguf, tmp_path):
    whole = write_gguf("random", seed=5).read_bytes()
    for name, content in (("empty", b""), ("text", b"no model"), ("cut", whole[: len(whole) // 2])):
        (tmp_path / f"{name}.gguf").write_bytes(content)
        with pytest.raises(InvalidModel, match=rf"{name}\.gguf: llama\.cpp cannot load it: .+"):
            LlamaModel(tmp_path / f"{name}.gguf", threads=1)
    with pytest.raises(InvalidModel, match=r"absent\.gguf: no such file"):
        LlamaModel(tmp_path / "absent.gguf", threads=1)


def test_more_threads_give_the_same_answer(write_gguf, reverse):
    model = LlamaModel(write_gguf("reverser", range(20, 0, -1)), threads=2)
    prompt = model.conversation([SYSTEM, ASSISTANT])
    assert model.generate(prompt, 3) == reverse.generate(prompt, 3)
