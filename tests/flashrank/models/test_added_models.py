"""Entries that a program adds to ``flashrank.Config.model_file_map``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from unittest import mock

import pytest

from flashrank import Config, InvalidModel, InvalidRequest, ModelUnavailable, Ranker, RerankRequest
from flashrank.models.added_models import added_model
from flashrank.models.store import locate_model, resolve_model
from tests.flashrank.conftest import finish, read
from tests.flashrank.models.tiny_archive import ARCHIVE, CONTENT, NAME

REQUEST = RerankRequest("rank", [{"text": "rank the passages"}, {"text": "query"}])

# Adds the tiny model, and resolves it, in a process of its own.
RESOLVE = """
import json, sys
from flashrank.Config import model_file_map
from flashrank.models.store import resolve_model
model_file_map["tiny"] = "tiny.onnx"
print(json.dumps({"directory": str(resolve_model("tiny", sys.stdin.read()).directory)}))
"""


@pytest.fixture(autouse=True)
def entries():
    """What a test adds is gone with it; the dict is the same one."""
    with mock.patch.dict(Config.model_file_map):
        yield Config.model_file_map


def test_the_entries_are_the_same_in_both_modules(entries):
    from flashrank.Ranker import default_model, listwise_rankers, model_file_map, model_url

    assert model_file_map is entries
    assert (default_model, listwise_rankers, model_url) == (
        Config.default_model,
        Config.listwise_rankers,
        Config.model_url,
    )


def test_another_dict_may_be_put_in_its_place(fixtures, tmp_path, monkeypatch):
    """As in FlashRank, in the module that reads it: the one of ``flashrank.Config`` is then not looked at."""
    directory = shutil.copytree(fixtures / "one-logit-int8", tmp_path / "mine")
    with pytest.raises(ModelUnavailable, match="'mine' is neither a known model"):
        Ranker("mine", tmp_path)
    monkeypatch.setattr(sys.modules["flashrank.Ranker"], "model_file_map", {"mine": "model.onnx"})
    monkeypatch.setattr(Config, "model_file_map", {"mine": "other.onnx"})
    assert Ranker("mine", tmp_path).model_dir == directory
    assert Ranker("mine", tmp_path).rerank(REQUEST) == Ranker(fixtures / "one-logit-int8").rerank(REQUEST)


@pytest.mark.parametrize("file", ["model.onnx", Path("model.onnx")])
def test_an_added_entry_is_a_directory_of_the_cache(entries, fixtures, tmp_path, file):
    entries["mine"] = file
    directory = shutil.copytree(fixtures / "one-logit-int8", tmp_path / "mine")
    (directory / "other.onnx").write_bytes(b"not asked for")
    ranker = Ranker("mine", cache_dir=str(tmp_path))
    assert ranker.model_dir == directory
    assert ranker.rerank(REQUEST) == Ranker(fixtures / "one-logit-int8").rerank(REQUEST)
    assert locate_model("mine", tmp_path).spec is None


def test_a_known_model_may_be_given_another_file(entries, fixtures, tmp_path):
    name = "ms-marco-MiniLM-L-12-v2"
    shutil.copytree(fixtures / "two-logits-int8", tmp_path / name)
    assert locate_model(name, tmp_path) is None
    entries[name] = "model.onnx"
    assert Ranker(name, tmp_path).rerank(REQUEST) == Ranker(fixtures / "two-logits-int8").rerank(REQUEST)


def test_entries_as_they_were_add_nothing():
    assert [added_model(name) for name in Config.model_file_map] == [None] * len(Config.model_file_map)
    assert added_model("nothing") is None


def test_a_listwise_model_may_be_added(entries, tmp_path):
    entries["zephyr"] = "zephyr.gguf"
    (tmp_path / "zephyr").mkdir()
    (tmp_path / "zephyr/zephyr.gguf").write_bytes(b"GGUF")
    assert resolve_model("zephyr", tmp_path).weights == tmp_path / "zephyr/zephyr.gguf"


@pytest.mark.parametrize("entry", ["", 3, ["model.onnx"]])
def test_an_entry_is_a_files_name(entries, entry):
    entries["mine"] = entry
    with pytest.raises(InvalidRequest, match=r"model_file_map\['mine'\] is .*; expected the model's file name"):
        Ranker("mine")


@pytest.mark.parametrize("offline", [True, False])
def test_a_directory_without_the_file_is_refused_and_kept(entries, fixtures, tmp_path, offline):
    entries["mine"] = "mine.onnx"
    directory = shutil.copytree(fixtures / "one-logit-int8", tmp_path / "mine")
    before = read(directory)
    with pytest.raises(InvalidModel, match=r"mine: mine\.onnx is missing; flashrank\.Config\.model_file_map says"):
        Ranker("mine", tmp_path, offline=offline)
    assert read(directory) == before


def test_where_there_is_no_directory_the_hub_is_asked_at_its_main_branch(hub, cache, start_process):
    hub.branches["prithivida/flashrank", "main"] = "fedcba9876543210fedcba9876543210fedcba98"
    hub.files["prithivida/flashrank", "fedcba9876543210fedcba9876543210fedcba98", "tiny.zip"] = ARCHIVE
    answer = finish(start_process(RESOLVE, str(cache)))
    assert answer["directory"] == str(cache / NAME)
    assert read(cache / NAME) == {**CONTENT, "vocab.txt": b"[PAD]\n"}


def test_what_cannot_be_fetched_is_told_with_where_it_would_go(entries, tmp_path):
    entries["mine"] = "model.onnx"
    with pytest.raises(ModelUnavailable, match=r"'mine' is not in .*/resolve/main/mine\.zip there"):
        Ranker("mine", tmp_path, offline=True)
