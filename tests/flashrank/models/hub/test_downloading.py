"""What a model of the hub needs is fetched once, whole, and never a byte of it again."""

from __future__ import annotations

import json
import os
import signal

import pytest

from flashrank import Ranker
from flashrank.models.store import ModelFiles, locate_model, resolve_model
from tests.flashrank.conftest import finish, kill_half_way, read, resolve_at_once
from tests.flashrank.models.tiny_archive import external, graph

from .repository import CONTENT, FIRST, FOLDER, NAME, NEEDED, SECOND, assert_installed, record


def test_what_the_model_needs_is_fetched_at_one_commit(published, cache, resolve):
    published.token = "hf_secret"
    answer = resolve(HF_TOKEN="hf_secret")
    assert answer["directory"] == str(cache / FOLDER)
    assert answer["weights"] == str(cache / FOLDER / "onnx/model.onnx")
    assert_installed(cache / FOLDER)
    assert {request.target for request in published.lookups()} == {f"/{NAME}/resolve/{FIRST}/{file}" for file in NEEDED}
    assert {request.headers["authorization"] for request in published.lookups()} == {"Bearer hf_secret"}
    assert len(published.listings()) == 1
    line = f"flashrank: downloading {NAME} at {FIRST[:12]} (onnx/model.onnx, 0.2 MB) to {cache}"
    assert [said for said in answer["stderr"].splitlines() if said.startswith("flashrank: ")] == [line]


def test_a_pickle_is_never_fetched(publish, resolve):
    hub = publish({**CONTENT, "onnx/model.onnx": external("../pytorch_model.bin")})
    assert resolve()["error"] == "InvalidModel"
    hub = publish({**CONTENT, "onnx/model.onnx": external("data.bin"), "onnx/data.bin": b"a pickle"}, SECOND)
    assert "'data.bin' as external data, and pickles are not fetched" in resolve()["message"]
    assert not [r.target for r in hub.requests if r.target.endswith((".bin", ".pt", ".ckpt", ".pkl"))]


def test_later_loads_use_what_is_recorded_without_the_network(published, publish, cache, resolve):
    resolve()
    publish({**CONTENT, "onnx/model.onnx": graph(300)}, SECOND)
    published.requests.clear()
    assert resolve()["directory"] == str(cache / FOLDER)
    assert resolve(options={"offline": True})["directory"] == str(cache / FOLDER)
    assert resolve(HF_HUB_OFFLINE="1")["directory"] == str(cache / FOLDER)
    expected = ModelFiles(cache / FOLDER, cache / FOLDER / "onnx/model.onnx", None)
    assert locate_model(NAME, cache) == resolve_model(NAME, cache, offline=True) == expected
    assert not published.requests
    assert_installed(cache / FOLDER)


@pytest.mark.parametrize("revision", [SECOND, "v2", "refs/pr/3"])
def test_a_pinned_revision(published, publish, cache, resolve, revision):
    second = {**CONTENT, "onnx/model.onnx": graph(300)}
    publish(second, SECOND)
    published.branches.update({(NAME, "main"): FIRST, (NAME, "v2"): SECOND, (NAME, "refs/pr/3"): SECOND})
    directory = cache / f"{FOLDER}@{revision.replace('/', '%2F')}"
    assert resolve(options={"revision": revision})["directory"] == str(directory)
    assert_installed(directory, second, commit=SECOND)
    assert locate_model(NAME, cache) is None
    assert locate_model(NAME, cache, revision=revision).directory == directory


@pytest.mark.parametrize("file", ["onnx/model_O3.onnx", "model_O3.onnx"])
@pytest.mark.usefixtures("published")
def test_a_named_file(cache, resolve, file):
    directory = cache / f"{FOLDER}+{file.replace('/', '%2F')}"
    assert resolve(options={"file": file})["weights"] == str(directory / "onnx/model_O3.onnx")
    assert_installed(directory, needed=(*NEEDED[:3], "onnx/model_O3.onnx"), file="onnx/model_O3.onnx")
    assert locate_model(NAME, cache, file=file).directory == directory


@pytest.mark.parametrize("folder", ["", "onnx/"])
def test_external_data_comes_along(publish, cache, resolve, folder):
    data = {f"{folder}model.onnx_data": os.urandom(1000), f"{folder}sub/more": os.urandom(10)}
    both = external("model.onnx_data") + external("sub/more") + external("./model.onnx_data")
    content = {**{file: CONTENT[file] for file in NEEDED[:3]}, f"{folder}model.onnx": both, **data}
    publish({**content, "onnx/other.onnx_data": b"of another"})
    resolve()
    assert_installed(cache / FOLDER, content, content, file=f"{folder}model.onnx")
    (cache / FOLDER / f"{folder}sub/more").unlink()
    assert locate_model(NAME, cache) is None
    resolve()
    assert locate_model(NAME, cache) is not None


def test_the_repositorys_own_flashrank_json_is_kept(publish, cache, resolve):
    said = {"template": "{query} {passage}", "languages": ["en"], "source": "an/original", "license": "MIT"}
    said |= {"file": "onnx/model_O3.onnx", "of others": 1}
    publish({**CONTENT, "flashrank.json": json.dumps(said).encode()})
    resolve()
    assert json.loads((cache / FOLDER / "flashrank.json").read_bytes()) == {
        **said,
        **record("onnx/model_O3.onnx"),
    }
    resolve(options={"file": "model.onnx"})
    written = json.loads((cache / f"{FOLDER}+model.onnx" / "flashrank.json").read_bytes())
    assert written == {**said, **record()}


def test_two_processes_download_once(published, cache, start):
    resolve_at_once(published, start, cache / FOLDER)
    assert_installed(cache / FOLDER)
    assert len(published.downloads()) == len(published.listings()) == 1


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this platform")
def test_after_a_kill_half_way_the_next_run_completes(published, cache, start, resolve):
    kill_half_way(published, start, cache / FOLDER)
    assert locate_model(NAME, cache) is None
    published.requests.clear()
    resolve()
    assert_installed(cache / FOLDER)
    # What the first run had completed is not fetched again.
    assert {r.target.rpartition("/")[2] for r in published.lookups()} == {"model.onnx"}


def test_a_file_that_hashes_differently_is_refused(published, cache, resolve):
    published.instead = graph(200_000)
    answer = resolve()
    assert answer["error"] == "ModelUnavailable"
    assert "onnx/model.onnx has the sha256 " in answer["message"]
    assert "it was discarded" in answer["message"]
    assert not (cache / FOLDER).exists()
    assert not list(cache.rglob("model.onnx"))


@pytest.mark.parametrize("damage", ["config.json", "flashrank.json", "onnx/model.onnx"])
@pytest.mark.usefixtures("published")
def test_an_incomplete_directory_is_replaced(cache, resolve, damage):
    resolve()
    (cache / FOLDER / damage).write_bytes(b"{")
    assert locate_model(NAME, cache) is None
    resolve()
    assert_installed(cache / FOLDER)


def test_it_ranks(publish, fixtures, cache, start_process):
    publish(read(fixtures / "one-logit-fp32"))
    code = """
import json, sys
from flashrank import Ranker
name, cache_dir, query, texts = json.load(sys.stdin)
print(json.dumps({"scores": Ranker(name, cache_dir).score(query, texts).scores}))
"""
    question = ("the query", ["one passage", "another"])
    answer = finish(start_process(code, json.dumps([NAME, str(cache), *question])))
    expected = Ranker(fixtures / "one-logit-fp32").score(*question).scores
    assert tuple(answer["scores"]) == expected
    assert Ranker(NAME, cache, offline=True).score(*question).scores == expected
    assert Ranker(cache / FOLDER).score(*question).scores == expected
