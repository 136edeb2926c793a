"""The model in the box: offline, at once, and never instead of another."""

from __future__ import annotations

import json
import platform
import shutil
import socket
from pathlib import Path

import pytest

from flashrank import InvalidModel, ModelUnavailable, Ranker, RerankRequest
from flashrank.models import store
from flashrank.models.store import locate_model, resolve_model

PASSAGES = [
    {"id": 1, "text": "The llama is a domesticated South American camelid, used as a pack animal by Andean cultures."},
    {"id": 2, "text": "Paris is the capital and the largest city of France."},
    {"id": 3, "text": "Bread is baked from a dough of flour and water."},
]


NANO_SCORES = (1.6398287698393688e-05, 0.9976415634155273, 1.5095395610842388e-05)


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def nano() -> Ranker:
    return Ranker("nano", threads=1)


@pytest.mark.usefixtures("no_network")
def test_reranks_at_once_and_leaves_the_cache_alone(tmp_path):
    ranker = Ranker("nano", cache_dir=tmp_path / "cache")
    results = ranker.rerank(RerankRequest("what is the capital of france", PASSAGES))
    assert results[0]["id"] == 2
    assert results[0]["score"] > 0.5 > results[1]["score"]
    json.dumps(results)
    assert not (tmp_path / "cache").exists()


def test_scores_are_the_same_on_every_processor(nano):
    """Its sums of 8-bit products fit 16 bits whatever the activations, so that no processor's kernels saturate.

    Computed with AVX512-VNNI; an emulated Haswell (AVX2) gives the same to the bit, and an emulated Nehalem (SSE4.2),
    whose float kernels round otherwise, 6e-8 less. On an emulated Cortex-A72 (ARM) they round an activation to another
    of its 256 steps, which moves a score by 7e-5; other releases of onnxruntime may, too.
    """
    x86 = platform.machine().lower() in {"x86_64", "amd64"}
    passages = [passage["text"] for passage in PASSAGES]
    scores = nano.score("what is the capital of france", passages).scores
    assert scores == pytest.approx(NANO_SCORES, abs=1e-6 if x86 else 1e-3)


def test_passages_beyond_the_trained_length_are_read_up_to_the_limit(nano):
    scored = nano.score("what is the capital of france", [PASSAGES[1]["text"] + " and so on" * 300])
    assert scored.tokens == (512,)


def test_a_directory_of_its_name_in_the_cache_changes_nothing(tmp_path):
    (tmp_path / "nano").mkdir()
    assert resolve_model("nano", tmp_path, offline=True) == locate_model("nano")
    assert locate_model("nano").directory == Path(store.__file__).parents[1] / "bundled" / "nano"


def test_a_damaged_installation_is_named(tmp_path, monkeypatch):
    shutil.copytree(locate_model("nano").directory, tmp_path / "nano")
    (tmp_path / "nano" / "tokenizer.json").write_text("{")
    monkeypatch.setattr(store, "_BUNDLED", tmp_path)
    with pytest.raises(InvalidModel, match=r"nano: tokenizer\.json is not valid JSON; .* install it again"):
        resolve_model("nano")


@pytest.mark.usefixtures("no_network")
def test_nothing_falls_back_to_it(tmp_path):
    with pytest.raises(ModelUnavailable, match=r"`nano` is built in$"):
        Ranker("ms-marco-TinyBERT-L-2-v2", cache_dir=tmp_path, offline=True)
    with pytest.raises(ModelUnavailable, match="neither a known model"):
        Ranker("nano2", cache_dir=tmp_path)


def test_a_query_in_another_script_is_answered_with_one_warning(caplog):
    ranker = Ranker("nano", threads=1)
    ranker.score("which model is fast?", ["this one"])
    assert not caplog.records
    for _ in range(2):
        scored = ranker.score("какая модель быстрая?", ["эта модель", "quelque chose", ""])
        assert all(0 <= score <= 1 for score in scored.scores)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "English only" in caplog.text


def test_a_model_given_by_path_says_nothing_of_languages(fixtures, caplog):
    Ranker(fixtures / "one-logit-int8", threads=1).score("какая модель?", ["эта"])
    assert not caplog.records
