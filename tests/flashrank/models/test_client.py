from __future__ import annotations

import errno
import socket

import pytest

from flashrank.errors import ModelUnavailable
from flashrank.models.hub import archive
from flashrank.models.hub import client as download
from flashrank.models.store import resolve_model
from tests.flashrank.conftest import read, write
from tests.flashrank.models.tiny_archive import (
    ARCHIVE,
    COMMIT,
    CONTENT,
    NAME,
    RESOLVE,
    SPEC,
    arguments,
    assert_installed,
)

pytestmark = pytest.mark.usefixtures("online", "tiny_is_known")


class TestUnavailable:
    """What cannot be fetched is one line: which model, where it was looked for, why, and what to do."""

    def check(self, answer, cache, *parts):
        assert answer["error"] == "ModelUnavailable"
        message = answer["message"]
        assert "\n" not in message
        assert message.startswith(f"model 'tiny' is not in {cache} (no such directory) and ")
        assert message.endswith("/tiny.zip there; `nano` is built in")
        for part in parts:
            assert part in message
        assert not (cache / NAME).exists()

    def test_no_server(self, hub, cache, resolve):
        hub.__exit__(None, None, None)
        answer = resolve()
        url = f"{hub.url}/someone/rerankers/resolve/{COMMIT}/tiny.zip"
        self.check(answer, cache, "downloading it failed", "refused", f"unzip {url} there")
        assert answer["cause"].startswith("Connect")
        assert answer["stderr"].splitlines() == [f"flashrank: downloading {NAME} (0.2 MB) to {cache}"]

    def test_a_server_that_does_not_answer(self, cache, resolve):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            self.check(resolve(HF_ENDPOINT=url, HF_HUB_ETAG_TIMEOUT="1"), cache, f"{url}/someone", "timed out")

    def test_wrong_token(self, published, cache, resolve):
        published.token = "hf_secret"
        self.check(resolve(HF_TOKEN="hf_wrong"), cache, "HTTP 401", "HF_TOKEN")

    def test_not_in_the_repository(self, published, cache, resolve):
        published.files = {(SPEC.repository, SPEC.revision, "other.zip"): ARCHIVE}
        self.check(resolve(), cache, "does not have its archive (HTTP 404)", "HF_ENDPOINT")

    def test_not_a_hub(self, published, cache, resolve):
        self.check(resolve(HF_ENDPOINT=published.storage_url + "/elsewhere"), cache, "HTTP 404", "HF_ENDPOINT")

    @pytest.mark.parametrize("variable", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
    def test_offline_by_environment(self, published, cache, resolve, variable):
        self.check(resolve(**{variable: "1"}), cache, "HF_HUB_OFFLINE")
        assert not published.requests
        assert not cache.exists()

    def test_offline_by_argument(self, cache):
        with pytest.raises(ModelUnavailable, match=r"offline=True") as caught:
            resolve_model(NAME, cache, offline=True)
        self.check({"error": "ModelUnavailable", "message": str(caught.value)}, cache)
        assert not cache.exists()

    def test_what_is_missing_is_named(self, cache):
        write(cache / NAME, {**CONTENT, "config.json": b"{"})
        with pytest.raises(ModelUnavailable, match=r"\(config\.json is not valid JSON\)"):
            resolve_model(NAME, cache, offline=True)

    @pytest.mark.parametrize(
        ("error", "reason"),
        [
            (OSError(errno.ENOSPC, "No space left on device"), "the disk is full: its archive alone takes 0.2 MB"),
            (
                OSError(errno.EROFS, "Read-only file system", "/ro"),
                "/ro cannot be written (Read-only file system): set",
            ),
            (
                OSError(errno.EPERM, "Operation not permitted"),
                "downloading it failed ([Errno 1] Operation not permitted)",
            ),
            (TimeoutError(), "downloading it failed (TimeoutError)"),
            (RuntimeError("one\ntwo"), "downloading it failed (one)"),
        ],
    )
    def test_the_cause_is_explained(self, cache, monkeypatch, error, reason):
        def fetch(*_):
            raise ValueError("wrapped") from error

        monkeypatch.setattr(archive, "fetch_archive", fetch)
        monkeypatch.setattr("flashrank.models.hub.client.hub_is_off", lambda: False)
        with pytest.raises(ModelUnavailable) as caught:
            resolve_model(NAME, cache)
        self.check({"error": "ModelUnavailable", "message": str(caught.value)}, cache, reason)
        assert caught.value.__context__.__cause__ is error

    def test_a_disk_that_fills_while_unpacking(self, cache, monkeypatch):
        def fill(source, target):
            target.write(source.read(1000))
            raise OSError(errno.ENOSPC, "No space left on device")

        write(cache / f".{NAME}.partial", {SPEC.archive: ARCHIVE})
        with monkeypatch.context() as patch:
            patch.setattr(archive.shutil, "copyfileobj", fill)
            with pytest.raises(ModelUnavailable, match="the disk is full"):
                resolve_model(NAME, cache)
        assert not (cache / NAME).exists()
        assert read(cache / f".{NAME}.partial") == {SPEC.archive: ARCHIVE}
        assert resolve_model(NAME, cache).directory == cache / NAME
        assert_installed(cache)

    @pytest.mark.parametrize("kilobytes", [128, 320])
    @pytest.mark.usefixtures("published")
    def test_a_really_full_disk(self, cache, on_a_disk_of, kilobytes):
        """A file system too small for the archive, or for the archive and what is in it."""
        answer, left = on_a_disk_of(kilobytes, RESOLVE, arguments(cache))
        self.check(answer, cache, "the disk is full")
        assert set(left) == {f".{NAME}.lock", f".{NAME}.partial"}

    def test_a_cache_that_cannot_be_made(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(ModelUnavailable, match=r"Not a directory|cannot find the path"):
            resolve_model(NAME, tmp_path / "file" / "cache")


def test_where_an_archive_comes_from():
    assert download.archive_url(SPEC).endswith(f"/someone/rerankers/resolve/{COMMIT}/tiny.zip")
