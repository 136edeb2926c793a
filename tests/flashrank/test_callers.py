"""The calls that FlashRank's wrappers make: LangChain's 0.4, LlamaIndex's 0.3 and ``rerankers``' 0.10."""

from __future__ import annotations

import shutil

import pytest
from pydantic import BaseModel, ConfigDict

from flashrank import Ranker, RerankRequest

NAME = "ms-marco-TinyBERT-L-2-v2"
TEXTS = ["query", "rank the passages", "the model reads", ""]


@pytest.fixture
def cache(tmp_path, fixtures, monkeypatch):
    """The default cache, with a model in it."""
    directory = shutil.copytree(fixtures / "one-logit-int8", tmp_path / NAME)
    (directory / "model.onnx").rename(directory / "flashrank-TinyBERT-L-2-v2.onnx")
    monkeypatch.setenv("FLASHRANK_CACHE_DIR", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("cache")
def test_langchain_keeps_it_in_a_pydantic_field_and_slices_what_it_gives():
    class Compressor(BaseModel):
        client: Ranker
        model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    client = Compressor(client=Ranker(model_name=NAME)).client
    passages = [{"id": i, "text": text, "meta": {"source": i}} for i, text in enumerate(TEXTS)]
    top = client.rerank(RerankRequest(query="rank", passages=passages))[:3]
    assert len(top) == 3
    assert all(result["score"] >= 0.0 for result in top)
    assert [(result["text"], result["meta"]) for result in top] == [
        (TEXTS[result["id"]], {"source": result["id"]}) for result in top
    ]


@pytest.mark.usefixtures("cache")
def test_llama_index_wants_a_score_for_every_node():
    passages = [{"id": f"node-{i}", "text": text} for i, text in enumerate(TEXTS)]
    scores = Ranker(model_name=NAME, max_length=512).rerank(RerankRequest(query="rank", passages=passages))
    assert {score["id"]: score["score"] for score in scores}.keys() == {passage["id"] for passage in passages}
    assert [score["score"] for score in scores] == sorted((score["score"] for score in scores), reverse=True)


def test_rerankers_names_the_cache_and_looks_up_documents_by_number(cache):
    model = Ranker(model_name=NAME, cache_dir=str(cache))
    results = model.rerank(RerankRequest(query="rank", passages=[{"id": i, "text": t} for i, t in enumerate(TEXTS)]))
    assert sorted(TEXTS[result["id"]] for result in results) == sorted(TEXTS)
    (one,) = model.rerank(RerankRequest(query="rank", passages=[{"id": "temp_id", "text": TEXTS[1]}]))
    assert one["score"] == next(result["score"] for result in results if result["id"] == 1)
