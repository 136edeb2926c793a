"""Ranker with a GGUF file: what it hands to the listwise scorer, and what it does not have."""

from __future__ import annotations

import gc
import sys
import types
import weakref

import pytest

from flashrank import InvalidRequest, Ranker, RerankRequest, Scores


class FakeListwise:
    """Stands in for the scorer of GGUF models, which has tests of its own."""

    def __init__(self, gguf, *, max_length, threads, logger):
        self.made_with = (gguf, max_length, threads, logger.name)
        self.llama = "llama.cpp's"

    def score(self, query, texts):
        scores = tuple(1 / (len(query) + len(text)) for text in texts)
        return Scores(scores, scores, (1,) * len(texts), 0, 0)


@pytest.fixture
def listwise(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "flashrank.listwise.scorer", types.SimpleNamespace(ListwiseScorer=FakeListwise))
    directory = tmp_path / "rank_zephyr_7b_v1_full"
    directory.mkdir()
    (directory / "rank_zephyr_7b_v1_full.Q4_K_M.gguf").write_bytes(b"GGUF")
    return directory


def test_a_gguf_file_is_ranked_by_the_listwise_scorer(listwise, tmp_path, caplog):
    ranker = Ranker("rank_zephyr_7b_v1_full", tmp_path, threads=3)
    gguf = listwise / "rank_zephyr_7b_v1_full.Q4_K_M.gguf"
    assert ranker._listwise.made_with == (gguf, 512, 3, "flashrank.Ranker")
    results = ranker.rerank(RerankRequest("rank", [{"id": 1, "text": "long text"}, {"id": 2, "text": "text"}]))
    assert [result["id"] for result in results] == [2, 1]
    assert ranker.score("rank", []) == Scores((), (), (), 0, 0)
    with pytest.raises(InvalidRequest, match="texts"):
        ranker.score("rank", [3])
    assert Ranker("rank_zephyr_7b_v1_full", tmp_path, max_length=1024).max_length == 1024
    assert caplog.records == []
    assert Ranker("rank_zephyr_7b_v1_full", tmp_path, max_length=10**6).max_length == 4096
    assert "clamped to 4096" in caplog.text


def test_a_listwise_model_has_neither_session_nor_tokenizer(listwise, fixtures):
    one = Ranker(fixtures / "one-logit-int8")
    ranker = Ranker(listwise)
    for name in ("session", "tokenizer"):
        message = f"no {name} for rank_zephyr_7b_v1_full.Q4_K_M.gguf: it is a listwise model"
        assert not hasattr(ranker, name)
        with pytest.raises(AttributeError, match=message):
            getattr(ranker, name)
        with pytest.raises(AttributeError, match=message):
            setattr(ranker, name, getattr(one, name))
        with pytest.raises(AttributeError, match=message):
            delattr(ranker, name)


def test_a_listwise_model_reads_no_pairs(listwise):
    with pytest.raises(
        InvalidRequest, match=r"rank_zephyr_7b_v1_full\.Q4_K_M\.gguf is a listwise model, which reads no"
    ):
        Ranker(listwise).encode("rank", ["text"])


def test_a_listwise_models_language_model_is_read(listwise):
    ranker = Ranker(listwise)
    assert ranker.llm_model == "llama.cpp's"
    with pytest.raises(AttributeError, match="llm_model can be set to None alone"):
        ranker.llm_model = "another"
    assert ranker.llm_model == "llama.cpp's"


@pytest.mark.parametrize("delete", [True, False])
def test_a_listwise_models_language_model_is_freed(listwise, delete):
    ranker = Ranker(listwise)
    scorer = weakref.ref(ranker._listwise)
    if delete:
        del ranker.llm_model
        assert not hasattr(ranker, "llm_model")
    else:
        ranker.llm_model = None
        assert ranker.llm_model is None
    gc.collect()
    assert scorer() is None
    assert ranker.score("rank", []) == Scores((), (), (), 0, 0)
    with pytest.raises(InvalidRequest, match=r"^ranker\.llm_model was deleted or set to None: make another Ranker"):
        ranker.rerank(RerankRequest("rank", [{"text": "text"}]))
    with pytest.raises(AttributeError, match="it is a listwise model"):
        _ = ranker.session


@pytest.mark.parametrize("unfit", [{"template": "{query} {passage}"}, {"graph": "as-shipped"}])
def test_a_listwise_model_takes_no_template_and_no_graph(listwise, unfit):
    with pytest.raises(InvalidRequest, match="listwise model and takes none"):
        Ranker(listwise, **unfit)
