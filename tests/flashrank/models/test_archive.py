from __future__ import annotations

import dataclasses
import hashlib
import signal
import stat
import threading
import zipfile

import pytest

from flashrank.errors import InvalidModel
from flashrank.models import model_list as models
from flashrank.models.hub import archive
from flashrank.models.store import ModelFiles, locate_model, resolve_model
from tests.flashrank.conftest import kill_half_way, read, resolve_at_once, write
from tests.flashrank.models.tiny_archive import (
    ARCHIVE,
    COMMIT,
    CONTENT,
    NAME,
    SPEC,
    assert_installed,
    graph,
    make_zip,
    members_of,
    spec_of,
)

pytestmark = pytest.mark.usefixtures("online", "tiny_is_known")


class TestDownload:
    def test_the_pinned_archive_is_fetched_checked_and_unpacked(self, published, cache, resolve):
        published.token = "hf_secret"
        answer = resolve(HF_TOKEN="hf_secret")
        assert answer["directory"] == str(cache / NAME)
        assert_installed(cache)
        assert stat.S_IMODE((cache / NAME).stat().st_mode) == stat.S_IMODE(cache.stat().st_mode)
        lookups = published.lookups()
        assert {request.target for request in lookups} == {f"/someone/rerankers/resolve/{COMMIT}/tiny.zip"}
        assert {request.headers["authorization"] for request in lookups} == {"Bearer hf_secret"}
        (fetched,) = published.downloads()
        assert "authorization" not in fetched.headers
        assert f"flashrank: downloading {NAME} (0.2 MB) to {cache}" in answer["stderr"]

    def test_a_proxy_is_used(self, published, cache, resolve):
        resolve(HF_ENDPOINT="http://hub.invalid", HTTP_PROXY=published.url, http_proxy=published.url)
        assert_installed(cache)
        assert all(request.target.startswith("http://hub.invalid/") for request in published.lookups())

    def test_a_dropped_connection_is_resumed(self, hub, cache, resolve):
        # The client keeps what it has in steps of 10 MiB. Its recent releases resume at once, others in the next run.
        content = {**CONTENT, "tiny.onnx": graph(12_000_000)}
        data = make_zip(members_of(content), zipfile.ZIP_STORED)
        hub.files[SPEC.repository, SPEC.revision, SPEC.archive] = data
        hub.cut_after = 11_000_000
        if "error" in resolve(spec_of(data)):
            resolve(spec_of(data))
        assert read(cache / NAME) == content
        first, second = hub.downloads()
        assert "range" not in first.headers
        assert int(second.headers["range"].removeprefix("bytes=").removesuffix("-")) >= 10 * 2**20

    def test_a_stalled_download_is_given_up_after_the_clients_timeout(self, published, cache, resolve):
        published.stall_after = 50_000
        resolve(HF_HUB_DOWNLOAD_TIMEOUT="1")
        assert_installed(cache)
        assert len(published.downloads()) == 2

    def test_two_processes_download_once(self, published, cache, start):
        resolve_at_once(published, start, cache / NAME)
        assert_installed(cache)
        assert len(published.downloads()) == 1

    def test_threads_download_once(self, cache, monkeypatch):
        fetched = []

        def fetch(spec, folder):
            fetched.append(spec)
            (folder / spec.archive).write_bytes(ARCHIVE)

        monkeypatch.setattr(archive, "fetch_archive", fetch)
        monkeypatch.setattr("flashrank.models.hub.client.hub_is_off", lambda: False)
        results = []
        threads = [threading.Thread(target=lambda: results.append(resolve_model(NAME, cache))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == [ModelFiles(cache / NAME, cache / NAME / "tiny.onnx", SPEC)] * 8
        assert len(fetched) == 1
        assert_installed(cache)

    @pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this platform")
    def test_after_a_kill_half_way_the_next_run_completes(self, published, cache, start, resolve):
        kill_half_way(published, start, cache / NAME)
        assert locate_model(NAME, cache) is None
        resolve()
        assert_installed(cache)

    def test_an_archive_that_a_killed_run_completed_is_used(self, published, cache, resolve):
        write(cache / f".{NAME}.partial", {SPEC.archive: ARCHIVE})
        resolve()
        assert_installed(cache)
        assert not published.requests

    def test_a_damaged_leftover_is_not_used(self, published, cache, resolve):
        write(cache / f".{NAME}.partial", {SPEC.archive: ARCHIVE[:-1]})
        resolve()
        assert_installed(cache)
        assert len(published.downloads()) == 1

    @pytest.mark.usefixtures("published")
    def test_an_incomplete_directory_is_replaced(self, cache, resolve):
        write(cache / NAME, {**CONTENT, "tiny.onnx": b"", "stale.txt": b"old"})
        resolve()
        assert_installed(cache)

    def test_a_file_that_hashes_differently_is_refused(self, published, cache, resolve):
        corrupt = bytes([*ARCHIVE[:-1], ARCHIVE[-1] ^ 1])
        published.files[SPEC.repository, SPEC.revision, SPEC.archive] = corrupt
        write(cache / NAME, {"tiny.onnx": b"old"})
        answer = resolve()
        assert answer["error"] == "ModelUnavailable"
        for part in (SPEC.sha256, hashlib.sha256(corrupt).hexdigest(), "someone/rerankers", SPEC.archive):
            assert part in answer["message"]
        assert read(cache / NAME) == {"tiny.onnx": b"old"}
        assert not list(cache.rglob("*.zip"))


class TestDigest:
    """An archive whose row has no digest is held to the one that the hub states."""

    UNKNOWN = dataclasses.replace(SPEC, sha256="", archive_bytes=0)

    def test_the_hubs_digest_counts(self, published, cache, resolve):
        answer = resolve(self.UNKNOWN)
        assert f"flashrank: downloading {NAME} to {cache}\n" in answer["stderr"]
        assert_installed(cache)
        assert {request.target for request in published.lookups()} == {f"/someone/rerankers/resolve/{COMMIT}/tiny.zip"}

    def test_other_content_is_refused(self, published, cache, resolve):
        published.instead = bytes([*ARCHIVE[:-1], ARCHIVE[-1] ^ 1])
        answer = resolve(self.UNKNOWN)
        assert answer["error"] == "ModelUnavailable"
        assert f"not {hashlib.sha256(ARCHIVE).hexdigest()}: it was discarded" in answer["message"]
        assert not list(cache.rglob("*.zip"))

    def test_without_a_digest_nothing_is_downloaded(self, published, cache, resolve):
        published.small = (".zip",)  # the hub's tag is git's then, which is a SHA-1
        answer = resolve(self.UNKNOWN)
        assert answer["error"] == "ModelUnavailable"
        assert "tiny.zip has no sha256, neither here nor on the hub: it was not downloaded" in answer["message"]
        assert {request.method for request in published.lookups()} == {"HEAD"}
        assert not (cache / NAME).exists()

    @pytest.mark.parametrize(("leftover", "downloads"), [(ARCHIVE, 0), (ARCHIVE[:-1], 1)])
    def test_what_a_killed_run_left_is_checked_too(self, published, cache, resolve, leftover, downloads):
        write(cache / f".{NAME}.partial", {SPEC.archive: leftover})
        resolve(self.UNKNOWN)
        assert_installed(cache)
        assert len(published.downloads()) == downloads

    def test_no_server(self, hub, cache, resolve):
        hub.__exit__(None, None, None)
        answer = resolve(self.UNKNOWN)
        assert answer["error"] == "ModelUnavailable"
        assert "downloading it failed" in answer["message"]
        assert not (cache / NAME).exists()


class TestListwise:
    def test_the_archive_of_a_listwise_model_holds_its_file_alone(self, hub, cache, resolve):
        data = make_zip([(f"{NAME}/tiny.gguf", b"GGUF"), (f"{NAME}/tokenizer.json", b"not needed")])
        spec = dataclasses.replace(spec_of(data), kind="listwise", file="tiny.gguf")
        hub.files[spec.repository, spec.revision, spec.archive] = data
        assert "error" not in resolve(spec)
        assert read(cache / NAME) == {"tiny.gguf": b"GGUF"}

    def test_it_may_be_larger_than_any_onnx_file(self):
        assert archive.MAX_UNPACKED_BYTES["listwise"] > 5e9


class TestArchive:
    """What is in an archive is not trusted even if the digest is right."""

    def unpack(self, tmp_path, members, spec=SPEC):
        data = members if isinstance(members, bytes) else make_zip(members)
        (tmp_path / "tiny.zip").write_bytes(data)
        archive.unpack(tmp_path / "tiny.zip", spec, tmp_path / "new")
        return read(tmp_path / "new")

    def test_nothing_is_taken_but_the_files_of_the_model(self, tmp_path):
        strange = [
            "../evil",
            f"{NAME}/../../evil",
            "/evil",
            f"{NAME}/sub/config.json",
            f"{NAME}\\..\\evil",
            "config.json",
        ]
        assert self.unpack(tmp_path, [*members_of(), *((name, b"evil") for name in strange)]) == CONTENT
        assert {path.name for path in tmp_path.rglob("*")} == {"tiny.zip", "new", *CONTENT}

    @pytest.mark.parametrize("file", sorted(CONTENT))
    def test_every_file_is_required(self, tmp_path, file):
        with pytest.raises(InvalidModel, match=rf"tiny\.zip has no member tiny/{file}"):
            self.unpack(tmp_path, [member for member in members_of() if member[0] != f"{NAME}/{file}"])
        assert not (tmp_path / "new").exists()

    def test_twice_the_same_name_is_refused(self, tmp_path):
        with pytest.warns(UserWarning, match="Duplicate name"):
            data = make_zip([*members_of(), (f"{NAME}/config.json", b"{}")])
        with pytest.raises(InvalidModel, match="more than once"):
            self.unpack(tmp_path, data)

    def test_a_link_is_refused(self, tmp_path):
        link = zipfile.ZipInfo(f"{NAME}/tokenizer.json")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        with pytest.raises(InvalidModel, match="symbolic link"):
            self.unpack(tmp_path, [(link, b"/etc/passwd"), *(m for m in members_of() if m[0] != link.filename)])

    def test_a_bomb_is_refused(self, tmp_path):
        with pytest.raises(InvalidModel, match="would unpack to 50,0"):
            self.unpack(tmp_path, members_of({**CONTENT, "tiny.onnx": bytes(50_000_000)}))

    @pytest.mark.parametrize("cut", [1, 1000, len(ARCHIVE) - 10])
    def test_a_truncated_zip_is_refused(self, tmp_path, cut):
        with pytest.raises(InvalidModel, match=r"tiny\.zip cannot be unpacked"):
            self.unpack(tmp_path, ARCHIVE[:-cut])

    @pytest.mark.parametrize("position", range(100, len(ARCHIVE) - 1000, 40_000))
    def test_flipped_bits_are_refused(self, tmp_path, position):
        data = bytearray(ARCHIVE)
        data[position] ^= 0xFF
        with pytest.raises(InvalidModel, match=r"tiny\.zip cannot be unpacked"):
            self.unpack(tmp_path, bytes(data))

    @pytest.mark.parametrize(
        ("content", "defect"),
        [
            ({"tokenizer.json": b"{"}, "tokenizer.json is not valid JSON"),
            ({"tokenizer.json": b"<html></html>"}, "tokenizer.json is not valid JSON"),
            ({"tiny.onnx": b""}, "tiny.onnx is empty"),
        ],
    )
    def test_a_useless_file_never_reaches_the_cache(self, cache, monkeypatch, content, defect):
        data = make_zip(members_of({**CONTENT, **content}))
        monkeypatch.setattr(models, "ROWS", (spec_of(data),))
        write(cache / f".{NAME}.partial", {SPEC.archive: data})
        with pytest.raises(InvalidModel, match=f"tiny.zip from someone/rerankers: {defect}"):
            resolve_model(NAME, cache)
        assert not (cache / NAME).exists()
