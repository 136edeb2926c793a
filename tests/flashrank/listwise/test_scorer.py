"""The scorer with a stand-in for the language model: windows, scores, truncation, errors."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flashrank.errors import InvalidModel, InvalidRequest, ModelUnavailable
from flashrank.listwise import scorer
from flashrank.listwise.scorer import ListwiseScorer
from flashrank.scoring.scores import Scores

LOG = logging.getLogger("listwise")


class Sorter:
    """A model that sorts perfectly: a passage's last word is its relevance. Every word or sign is a token."""

    context = 4096
    chat_template = ""

    def __init__(self, _gguf, _threads):
        self.prompts: list[str] = []

    def tokens(self, text):
        return re.findall(r"\s+|\w+|[^\w\s]", text)

    def text(self, tokens):
        return "".join(tokens).strip()

    def conversation(self, turns):
        return self.tokens("</s>".join(turns))

    def generate(self, prompt, most):
        assert len(prompt) + most <= self.context
        self.prompts.append("".join(prompt))
        listed = re.findall(r"^\[(\d+)\] .*?(\d+)$", self.prompts[-1], re.MULTILINE)
        answer = " > ".join(f"[{number}]" for number, _ in sorted(listed, key=lambda found: -int(found[1])))
        assert len(self.tokens(answer)) < most
        return answer


@pytest.fixture
def make(monkeypatch):
    def made(model=Sorter, max_length=512) -> ListwiseScorer:
        monkeypatch.setattr(scorer, "LlamaModel", model)
        return ListwiseScorer(Path("tiny.gguf"), max_length=max_length, threads=1, logger=LOG)

    return made


def test_the_best_passage_has_one_and_the_last_one_nth(make):
    texts = ["of relevance 20", "of relevance 40", "of relevance 10", "of relevance 30"]
    assert make().score("which?", texts) == Scores((0.5, 1.0, 0.25, 0.75), (0.5, 1.0, 0.25, 0.75), (7, 7, 7, 7), 0, 0)


def test_no_passage_and_one_passage_need_no_model(make):
    model = make()
    assert model.score("which?", []) == Scores((), (), (), 0, 0)
    assert model.score("which?", ["this one"]) == Scores((1.0,), (1.0,), (5,), 0, 0)
    assert model._model.prompts == []


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 75).flatmap(lambda count: st.permutations(range(count))))
def test_scores_fall_with_the_rank_and_the_best_ten_are_right(relevance):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scorer, "LlamaModel", Sorter)
        model = ListwiseScorer(Path("tiny.gguf"), max_length=512, threads=1, logger=LOG)
    scores = model.score("which?", [f"passage {value}" for value in relevance]).scores
    ranked = sorted(range(len(scores)), key=lambda i: -scores[i])
    assert [relevance[i] for i in ranked[:10]] == sorted(relevance, reverse=True)[:10]
    assert len(set(scores)) == len(scores)
    assert min(scores) > 0
    assert max(scores) == 1


def test_long_passages_are_cut_evenly_and_it_is_said(make, caplog):
    texts = [*["few words"] * 10, *["many words " * 1000] * 30]
    with caplog.at_level(logging.WARNING):
        model = make(max_length=2048)
        result = model.score("a query", texts)
    assert result.tokens[:10] == (6,) * 10
    (cut,) = set(result.tokens[10:])
    assert 100 < cut < 4096 // 20
    assert (result.truncated, result.tokens_cut) == (30, 30 * (3999 + 3 - cut))
    assert "truncated 30 of 40 passages" in caplog.text
    # The window of the longest passages is as full as it can be.
    answer = model._answer_tokens(20)
    assert max(len(model._model.tokens(prompt)) for prompt in model._model.prompts) > 4096 - answer - 20


def test_max_length_cuts_a_passage_that_the_context_could_hold(make):
    result = make(max_length=10).score("a query", ["one two three four five six", "one"])
    assert result == Scores(result.scores, result.scores, (10, 4), 1, 4)


def test_a_query_longer_than_the_context_is_cut(make):
    result = make(max_length=100_000).score("why " * 30_000, ["one 1", "two 2"])
    assert result.scores == (0.5, 1.0)
    assert result.truncated == 2


def test_text_that_grows_when_put_together_still_fits(make):
    class Growing(Sorter):
        def conversation(self, turns):
            return [piece for token in super().conversation(turns) for piece in [token, *("+" * (token == "grow"))]]

    result = make(Growing, max_length=4096).score("a query", ["grow " * 3000 + "1", "grow " * 3000 + "2"])
    assert result.truncated == 2
    assert sum(result.tokens) < 3000


def test_a_surrogate_is_no_obstacle(make):
    assert make().score("\ud800", ["\udc00 1", "two 2"]).scores == (0.5, 1.0)


def test_a_context_too_small_is_refused(make):
    class Small(Sorter):
        context = 600

    with pytest.raises(InvalidModel, match=r"tiny\.gguf: its context of 600 tokens is too small for 20 passages"):
        make(Small)


def test_a_max_length_without_room_is_refused(make):
    with pytest.raises(InvalidRequest, match="max_length is 1; a pair of query and passage takes at least 2 tokens"):
        make(max_length=1)


def test_an_answer_that_names_nothing_is_told(make, caplog):
    class Mute(Sorter):
        def generate(self, _prompt, _most):
            return "I cannot say."

    assert make(Mute).score("which?", ["one", "two", "three", "four"]).scores == (1.0, 0.75, 0.5, 0.25)
    assert "the answer names none of 4 passages, which keep their order: 'I cannot say.'" in caplog.text


def test_another_chat_template_is_doubted(make, caplog):
    class Other(Sorter):
        chat_template = "[INST] {{ messages }} [/INST]"

    make(Other)
    assert "its chat template is not Zephyr's" in caplog.text


def test_without_llama_cpp_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    with pytest.raises(ModelUnavailable, match=re.escape("pip install 'flashrank[listwise]'")):
        ListwiseScorer(Path("tiny.gguf"), max_length=512, threads=1, logger=LOG)


def test_importing_the_package_does_not_import_llama_cpp():
    check = "import sys, flashrank.listwise.scorer; sys.exit('llama_cpp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], cwd=Path(__file__).parents[3], check=False).returncode == 0
