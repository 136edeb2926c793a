"""What cannot be fetched is one line: which model, where it was looked for, why, and what to do."""

from __future__ import annotations

import errno
import json

import pytest

from flashrank.errors import ModelUnavailable
from flashrank.models.hub import repository as hub
from flashrank.models.store import resolve_model

from .conftest import RESOLVE
from .repository import CONTENT, FOLDER, NAME, assert_installed


def check(answer, cache, *parts, error="ModelUnavailable"):
    assert answer["error"] == error
    message = answer["message"]
    assert "\n" not in message
    if error == "ModelUnavailable":
        place = cache / FOLDER
        assert message.startswith(f"model '{NAME}' is neither a directory nor in {place}")
    for part in parts:
        assert part in message
    assert not [path for path in cache.glob("*") if not path.name.startswith(".")]


def test_no_server(hub, cache, resolve):
    hub.__exit__(None, None, None)
    check(resolve(), cache, "(no such directory) and downloading it failed", "refused")


def test_wrong_token(published, cache, resolve):
    published.token = "hf_secret"
    check(resolve(HF_TOKEN="hf_wrong"), cache, f"no repository {NAME} (HTTP 401)", "HF_TOKEN")


def test_gated(published, cache, resolve):
    published.gated.add(NAME)
    check(resolve(), cache, "accepted its terms (HTTP 403)", f"page of {NAME}", "HF_TOKEN")


@pytest.mark.usefixtures("hub")
def test_no_such_repository(cache, resolve):
    check(resolve(), cache, f"no repository {NAME} (HTTP 404): check its name")


@pytest.mark.usefixtures("published")
def test_no_such_revision(resolve):
    answer = resolve(options={"revision": "v9"})
    assert answer["error"] == "ModelUnavailable"
    assert f"{FOLDER}@v9 (no such directory)" in answer["message"]
    assert f"{NAME} has no such branch, tag or commit (HTTP 404)" in answer["message"]


@pytest.mark.usefixtures("published")
def test_no_such_file(cache, resolve):
    answer = resolve(options={"file": "model_O9.onnx"})
    parts = ("file is 'model_O9.onnx', which is not in", "allowed: onnx/model.onnx, onnx/model_O3.onnx")
    check(answer, cache, *parts, error="InvalidRequest")


def test_not_a_hub(published, cache, resolve):
    check(resolve(HF_ENDPOINT=published.storage_url + "/elsewhere"), cache, "HTTP 404", "HF_ENDPOINT")


@pytest.mark.parametrize("how", [{"options": {"offline": True}}, {"HF_HUB_OFFLINE": "1"}])
def test_offline(published, cache, resolve, how):
    check(resolve(**how), cache, "downloads are off (offline=True or HF_HUB_OFFLINE)")
    assert not published.requests
    assert not cache.exists()


@pytest.mark.parametrize("kilobytes", [64, 320])
@pytest.mark.usefixtures("published")
def test_a_really_full_disk(cache, on_a_disk_of, kilobytes):
    answer, left = on_a_disk_of(kilobytes, RESOLVE, json.dumps([NAME, str(cache), {}]))
    if kilobytes == 64:
        check(answer, cache, "the disk is full: it alone takes 0.2 MB")
        assert set(left) == {f".{FOLDER}.lock", f".{FOLDER}.partial"}
    else:  # nothing is ever there twice
        assert set(left) == {f".{FOLDER}.lock", FOLDER}


def test_a_cache_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ModelUnavailable, match=r"Not a directory|cannot find the path"):
        resolve_model(NAME, tmp_path / "file" / "cache")


def test_a_disk_that_fills_at_the_end_loses_nothing(serve, cache, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    serve(CONTENT)
    with monkeypatch.context() as patch:
        patch.setattr(hub, "sync_file", fail)
        with pytest.raises(ModelUnavailable, match="the disk is full: it alone takes"):
            resolve_model(NAME, cache)
    assert not (cache / FOLDER).exists()
    resolve_model(NAME, cache)
    assert_installed(cache / FOLDER)
