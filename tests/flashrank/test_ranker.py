"""Ranker and RerankRequest, as a caller of FlashRank knows them."""

from __future__ import annotations

import copy
import json
import logging
import random
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from flashrank import InvalidModel, InvalidRequest, ModelUnavailable, Ranker, RerankRequest

QUERY = "How to rank passages for a query?"
PASSAGES = [
    {"id": 1, "text": "The model reads the query and the passage.", "meta": {"source": "a"}},
    {"id": "two", "text": "Rank!", "score": "old"},
    {"id": 1, "text": ""},
    {"text": "A passage without an id, " * 200},
    {"id": None, "text": "rank\0passages \ud800 中文 naïve 🙂"},
]


@pytest.fixture(scope="module", params=["one-logit-int8", "two-logits-int8", "no-token-types"])
def ranker(request, fixtures) -> Ranker:
    return Ranker(str(fixtures / request.param), log_level="ERROR")


@pytest.fixture(scope="module")
def one(fixtures) -> Ranker:
    return Ranker(fixtures / "one-logit-int8", log_level="ERROR")


def test_every_passage_comes_back_with_its_keys_best_first(ranker):
    before = copy.deepcopy(PASSAGES)
    request = RerankRequest(query=QUERY, passages=PASSAGES)
    results = ranker.rerank(request)
    assert before == PASSAGES
    assert request.passages is PASSAGES
    scores = [result["score"] for result in results]
    assert all(type(score) is float and 0 <= score <= 1 for score in scores)
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) > 1
    without_score = [{k: v for k, v in result.items() if k != "score"} for result in results]
    expected = [{k: v for k, v in passage.items() if k != "score"} for passage in PASSAGES]
    assert sorted(map(repr, without_score)) == sorted(map(repr, expected))
    assert json.loads(json.dumps(results)) == results


def test_rerank_and_score_agree(ranker):
    scored = ranker.score(QUERY, [passage["text"] for passage in PASSAGES])
    by_text = dict(zip([passage["text"] for passage in PASSAGES], scored.scores, strict=True))
    for result in ranker.rerank(RerankRequest(QUERY, PASSAGES)):
        assert result["score"] == by_text[result["text"]]
    assert max(scored.tokens) == 512
    assert scored.truncated == 1
    assert scored.tokens_cut > 0


@pytest.mark.parametrize("max_length", [512, 24])
def test_encode_is_what_the_tokenizer_says_and_score_reads(fixtures, max_length):
    directory = fixtures / "two-logits-int8"
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length)
    texts = [text for text in (passage["text"] for passage in PASSAGES) if "\ud800" not in text]
    ranker = Ranker(directory, max_length=max_length, log_level="ERROR", graph="as-shipped")
    pairs = ranker.encode(QUERY, iter(texts))
    expected = tokenizer.encode_batch([(QUERY, text) for text in texts])
    assert [(pair.ids, pair.type_ids) for pair in pairs] == [(one.ids, one.type_ids) for one in expected]
    scored = ranker.score(QUERY, texts)
    assert tuple(len(pair.ids) for pair in pairs) == scored.tokens
    assert sum(pair.cut for pair in pairs) == scored.tokens_cut
    feeds = [{"input_ids": [pair.ids], "token_type_ids": [pair.type_ids]} for pair in pairs]
    rows = [ranker.session.run(None, {**feed, "attention_mask": np.ones_like(feed["input_ids"])})[0] for feed in feeds]
    assert tuple(float(second - first) for ((first, second),) in rows) == scored.logits


def test_encode_needs_no_session(fixtures, one):
    ranker = Ranker(fixtures / "one-logit-int8")
    del ranker.session
    assert ranker.encode(QUERY, ["text"]) == one.encode(QUERY, ["text"])
    ranker.tokenizer = None
    with pytest.raises(InvalidRequest, match=r"ranker\.tokenizer was deleted or set to None"):
        ranker.encode(QUERY, ["text"])


def test_encode_refuses_what_score_refuses(one):
    assert one.encode(QUERY, []) == []
    for query, texts in ((None, ["text"]), (QUERY, ["text", None]), (QUERY, "text")):
        for ask in (one.encode, one.score):
            with pytest.raises(InvalidRequest):
                ask(query, texts)


def test_equal_scores_keep_the_order_given(one):
    passages = [{"id": i, "text": ("rank", "query")[i % 2]} for i in range(20)]
    results = one.rerank(RerankRequest("rank", passages))
    assert [result["id"] % 2 for result in results] == [results[0]["id"] % 2] * 10 + [results[-1]["id"] % 2] * 10
    assert [r["id"] for r in results[:10]] == sorted(r["id"] for r in results[:10])
    assert [r["id"] for r in results[10:]] == sorted(r["id"] for r in results[10:])


def test_no_passages(one):
    assert one.rerank(RerankRequest("rank", [])) == []
    assert one.rerank(RerankRequest("rank")) == []
    assert one.score("rank", []).scores == ()


texts = st.lists(st.text(max_size=40) | st.sampled_from(["rank the query", "passages " * 30]), max_size=6)


@settings(max_examples=60, deadline=None)
@given(texts=texts, others=texts, seed=st.integers(0, 99))
def test_a_score_depends_on_query_and_text_alone(one, texts, others, seed):
    scores = dict(zip(texts, one.score(QUERY, texts).scores, strict=True))
    company = [*texts, *others]
    random.Random(seed).shuffle(company)
    for text, score in zip(company, one.score(QUERY, company).scores, strict=True):
        assert scores.setdefault(text, score) == score


@settings(max_examples=40, deadline=None)
@given(some=texts, others=texts)
def test_a_request_is_the_sum_of_its_parts(one, some, others):
    whole, first, second = (one.score(QUERY, part) for part in ([*some, *others], some, others))
    assert whole.scores == first.scores + second.scores
    assert whole.tokens == first.tokens + second.tokens
    assert whole.truncated == first.truncated + second.truncated
    assert whole.tokens_cut == first.tokens_cut + second.tokens_cut


def test_many_callers_at_once_get_what_each_would_get_alone(fixtures):
    ranker = Ranker(fixtures / "one-logit-int8", threads=3, log_level="ERROR")
    requests = [[f"rank passage {i} {'query ' * (i + j)}" for j in range(12)] for i in range(8)]
    expected = [ranker.score(QUERY, part) for part in requests]
    with ThreadPoolExecutor(len(requests)) as callers:
        assert list(callers.map(lambda part: ranker.score(QUERY, part), requests)) == expected


def test_scores_do_not_depend_on_the_number_of_threads(fixtures, one):
    texts = [passage["text"] for passage in PASSAGES] * 3
    for threads in (1, 2, 5):
        other = Ranker(fixtures / "one-logit-int8", threads=threads, log_level="ERROR")
        assert other.score(QUERY, texts) == one.score(QUERY, texts)


@pytest.mark.parametrize(
    ("query", "passages", "message"),
    [
        (None, [{"text": "a"}], "query is NoneType"),
        (b"rank", [{"text": "a"}], "query is bytes"),
        ("rank", [{"text": "a"}, {"id": 3}], r"passages\[1\] has no 'text'; its keys are: id"),
        ("rank", [{"text": None}], r"passages\[0\]\['text'\] is NoneType"),
        ("rank", [{"text": 5}], r"passages\[0\]\['text'\] is int"),
        ("rank", ["text"], r"passages\[0\] is str, not a dict"),
    ],
)
def test_what_cannot_be_scored_is_refused_with_its_place(one, query, passages, message):
    with pytest.raises(InvalidRequest, match=message):
        one.rerank(RerankRequest(query, passages))


@pytest.mark.parametrize("passages", [None, "text", {"text": "a"}])
def test_passages_that_are_no_list_are_refused(one, passages):
    request = RerankRequest("rank")
    request.passages = passages
    with pytest.raises(InvalidRequest, match="passages is"):
        one.rerank(request)


def test_texts_may_come_one_by_one(one):
    assert one.score("rank", (text for text in ["rank", "query"])) == one.score("rank", ["rank", "query"])


@pytest.mark.parametrize("texts", ["a string", ["a", 3], [None], None])
def test_score_refuses_what_is_not_a_list_of_strings(one, texts):
    with pytest.raises(InvalidRequest, match="text"):
        one.score("rank", texts)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_length": 0}, "max_length is 0"),
        ({"max_length": "512"}, "max_length is '512'"),
        ({"threads": 0}, "threads is 0"),
        ({"threads": True}, "threads is True"),
        ({"log_level": "LOUD"}, "allowed: DEBUG, INFO"),
        ({"cache_dir": 3}, "cache_dir is int"),
        ({"template": 3}, "template is int"),
        ({"template": "Query: {query}"}, "template is 'Query: {query}'; it must hold"),
        ({"revision": 3}, "revision is int"),
    ],
)
def test_arguments_are_checked(fixtures, arguments, message):
    with pytest.raises(InvalidRequest, match=message):
        Ranker(fixtures / "one-logit-int8", **arguments)


def test_max_length_below_the_special_tokens_is_refused(fixtures):
    with pytest.raises(InvalidRequest, match=r"max_length is 3.*at least 5"):
        Ranker(fixtures / "one-logit-int8", max_length=3)


def test_max_length_is_clamped_and_says_so_once(fixtures, caplog):
    ranker = Ranker(fixtures / "one-logit-int8", max_length=4096)
    assert ranker.max_length == 512
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "4096" in caplog.text
    assert "512" in caplog.text


def test_truncation_is_told_once_a_request(fixtures, caplog):
    ranker = Ranker(fixtures / "one-logit-int8", max_length=32)
    ranker.rerank(RerankRequest("rank", [{"text": "rank"}] * 3))
    assert caplog.records == []
    scored = ranker.score("rank", ["rank", "query " * 40, "query " * 50])
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert f"truncated 2 of 3 passages to 32 tokens with the query: {scored.tokens_cut} tokens" in caplog.text


def test_a_query_longer_than_max_length_still_ranks(fixtures):
    ranker = Ranker(fixtures / "one-logit-int8", max_length=16, log_level="ERROR")
    scored = ranker.score("rank the query " * 100, ["passages", "rank " * 100])
    assert set(scored.tokens) == {16}
    assert scored.truncated == 2


def test_nan_logits_are_refused(fixtures):
    with pytest.raises(InvalidModel, match="NaN"):
        Ranker(fixtures / "nan-logits").rerank(RerankRequest("rank", [{"text": "rank"}]))


def test_a_model_name_is_a_string_or_a_path():
    with pytest.raises(InvalidRequest, match="model_name is NoneType"):
        Ranker(None)


def test_numbers_of_numpy_are_numbers(fixtures):
    assert Ranker(fixtures / "one-logit-int8", max_length=np.int64(64), threads=np.int32(1)).max_length == 64


def test_an_unknown_model_is_refused_with_the_known_ones():
    with pytest.raises(ModelUnavailable, match="ms-marco-TinyBERT-L-2-v2"):
        Ranker("ms-marco-TinyBERT")


def test_offline_refuses_what_is_not_there(tmp_path):
    with pytest.raises(ModelUnavailable, match=r"ms-marco-TinyBERT-L-2-v2.*offline"):
        Ranker(cache_dir=tmp_path, offline=True)
    assert list(tmp_path.iterdir()) == []


def test_a_model_of_the_cache_loads_by_name(tmp_path, fixtures):
    directory = shutil.copytree(fixtures / "one-logit-int8", tmp_path / "ms-marco-TinyBERT-L-2-v2")
    next(directory.glob("*.onnx")).rename(directory / "flashrank-TinyBERT-L-2-v2.onnx")
    ranker = Ranker(cache_dir=str(tmp_path), log_level="warning")
    assert ranker.model_dir == directory
    assert ranker.cache_dir == tmp_path
    assert isinstance(ranker.logger, logging.Logger)
    assert ranker.threads >= 1


def test_session_and_tokenizer_can_be_replaced(fixtures, one):
    ranker = Ranker(fixtures / "one-logit-int8", log_level="ERROR")
    texts = ["rank the passages", "query"]
    ranker.session = Ranker(fixtures / "two-logits-int8").session
    assert ranker.score(QUERY, texts) == Ranker(fixtures / "two-logits-int8", graph="as-shipped").score(QUERY, texts)
    ranker.session = one.session
    ranker.tokenizer.enable_truncation(max_length=12)
    assert set(ranker.score(QUERY, texts).tokens) == {12}
    ranker.tokenizer = Tokenizer.from_str(one.tokenizer.to_str())
    assert ranker.score(QUERY, texts) == Ranker(fixtures / "one-logit-int8", graph="as-shipped").score(QUERY, texts)


def test_constructing_leaves_the_root_logger_alone(fixtures):
    handlers, level = list(logging.root.handlers), logging.root.level
    Ranker(fixtures / "one-logit-int8", log_level="DEBUG")
    assert (logging.root.handlers, logging.root.level) == (handlers, level)
