"""Which names are ids of the hub, and where their models go."""

from __future__ import annotations

import json

import pytest

from flashrank.errors import InvalidRequest
from flashrank.models.hub import repository as hub
from flashrank.models.hub.repository import HubModel, is_hub_id
from flashrank.models.store import locate_model, resolve_model
from tests.flashrank.conftest import write

from .repository import CONTENT, FOLDER, NAME, NEEDED, record


@pytest.mark.parametrize("name", ["org/name", "a/b", "BAAI/bge-reranker-v2-m3", "o.r_g/n-a.m_e1"])
def test_ids(name):
    assert is_hub_id(name)


@pytest.mark.parametrize(
    "name",
    [
        *("name", "a/b/c", "/a/b", "./a", "../a", "~/a", "a/.b", "a/b.", "-a/b", "a--b/c", "a/b..c", "a/b.git"),
        *("a\\b/c", "a/", "/", "", "a/b\n", "a b/c", "é/b", f"{'a' * 97}/b", "C:/a", "https://a/b"),
    ],
)
def test_what_is_no_id(name):
    assert not is_hub_id(name)


def test_the_client_agrees():
    from huggingface_hub.utils import HFValidationError, validate_repo_id

    for name in ("a/.b", "a/b.", "-a/b", "a--b/c", "a/b..c", "a/b.git", "a b/c", "a/b/c"):
        with pytest.raises(HFValidationError):
            validate_repo_id(name)
    for name in ("a/b", "o.r_g/n-a.m_e1"):
        validate_repo_id(name)


def test_no_two_models_share_a_directory():
    models = [
        HubModel("a/b", revision, file)
        for revision in (None, "x", "x+y", "x%2By", "x/y", "X@y")
        for file in (None, "x", "y", "onnx/x", "onnx%2Fx")
    ]
    folders = {model.folder for model in models}
    assert len(folders) == len(models)
    assert not any(set(folder) & set('<>:"/\\|?*') for folder in folders)


def test_a_directory_wins(tmp_path, monkeypatch, published):
    directory = write(tmp_path / NAME, {file: CONTENT[file] for file in NEEDED})
    monkeypatch.chdir(tmp_path)
    assert resolve_model(NAME).weights == directory / "onnx/model.onnx"
    assert not published.requests
    with pytest.raises(InvalidRequest, match=r"revision is for a hub id .* is a directory: leave it out"):
        resolve_model(NAME, revision="main")


def test_what_a_directory_says_it_is_must_be_in_it(cache):
    content = {file: CONTENT[file] for file in NEEDED}
    for file in (None, "onnx/other.onnx"):
        write(cache / FOLDER, {**content, "flashrank.json": json.dumps(record(file)).encode()})
        assert locate_model(NAME, cache) is None
        assert hub.installed_defect(cache / FOLDER)
