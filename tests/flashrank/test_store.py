from __future__ import annotations

import dataclasses
import errno
import hashlib
import io
import json
import logging
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

import flashrank
from flashrank import archive, download, models, store
from flashrank.errors import InvalidModel, ModelUnavailable
from flashrank.models import ModelSpec
from flashrank.store import ModelFiles, default_cache_dir, locate_model, resolve_model

ROOT = Path(flashrank.__file__).parents[1]
NAME = "tiny"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
CONTENT = {
    "tiny.onnx": os.urandom(200_000),
    "config.json": b'{"hidden_size": 8}',
    "tokenizer.json": b'{"model": {}}',
    "tokenizer_config.json": b"{}",
    "special_tokens_map.json": b"{}",
}

# Resolves a model in a process of its own, as the client reads its environment when it is imported.
RESOLVE = """
import json, logging, sys
logging.basicConfig(level="INFO", format="%(name)s: %(message)s")
from flashrank import models
from flashrank.errors import FlashRankError
from flashrank.store import resolve_model
row, name, cache_dir = json.load(sys.stdin)
models._MODELS = (models.ModelSpec(**row),)
try:
    print(json.dumps({"directory": str(resolve_model(name, cache_dir).directory)}))
except FlashRankError as error:
    print(json.dumps({"error": type(error).__name__, "message": str(error), "cause": type(error.__cause__).__name__}))
"""


def make_zip(members, compression=zipfile.ZIP_DEFLATED):
    """Return a zip of (name or ZipInfo, content) pairs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as zipped:
        for name, content in members:
            zipped.writestr(name, content)
    return buffer.getvalue()


def members_of(content=CONTENT):
    return [(f"{NAME}/{file}", data) for file, data in content.items()]


def spec_of(data):
    """Return the row of a model whose archive is ``data``."""
    return ModelSpec(
        name=NAME,
        archive=f"{NAME}.zip",
        sha256=hashlib.sha256(data).hexdigest(),
        archive_bytes=len(data),
        file="tiny.onnx",
        layers=1,
        hidden_size=8,
        languages=("en",),
        card="https://example.org/tiny",
        repository="someone/rerankers",
        revision=COMMIT,
    )


ARCHIVE = make_zip([*members_of(), (f"{NAME}/vocab.txt", b"[PAD]\n"), (f"{NAME}/README.md", b"not ours")])
SPEC = spec_of(ARCHIVE)


def arguments(cache, spec=SPEC):
    """Return what the scripts in this file read from their standard input."""
    return json.dumps([dataclasses.asdict(spec), NAME, str(cache)])


def write(directory, content=CONTENT):
    directory.mkdir(parents=True)
    for file, data in content.items():
        (directory / file).write_bytes(data)
    return directory


def read(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


@pytest.fixture(autouse=True)
def one_known_model(monkeypatch):
    monkeypatch.setattr(models, "_MODELS", (SPEC,))
    # The client reads its environment once, when it is imported: whatever that was, these tests are online.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def published(hub):
    """The hub, with the archive in it."""
    hub.files[SPEC.repository, SPEC.revision, SPEC.archive] = ARCHIVE
    return hub


@pytest.fixture
def environment(hub, tmp_path):
    """The environment of a process whose hub is ours, whatever the tests' own says."""
    own = ("HF_", "HUGGING", "TRANSFORMERS_")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(own) and "proxy" not in k.lower()}
    return {**inherited, "HF_HOME": str(tmp_path / "hf"), "HF_ENDPOINT": hub.url}


@pytest.fixture
def start(environment, cache):
    """Start a process that resolves the model."""
    processes = []

    def start(spec=SPEC, **changes):
        process = subprocess.Popen(
            [sys.executable, "-c", RESOLVE],
            cwd=ROOT,
            env={**environment, **changes},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        process.stdin.write(arguments(cache, spec))
        process.stdin.close()
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


@pytest.fixture
def resolve(start):
    """Resolve the model in another process and return what it said."""
    return lambda *args, **changes: finish(start(*args, **changes))


def finish(process):
    output = process.stdout.read()
    errors = process.stderr.read()
    assert process.wait(timeout=30) == 0, errors
    return {**json.loads(output), "stderr": errors}


def assert_installed(cache):
    assert read(cache / NAME) == {**CONTENT, "vocab.txt": b"[PAD]\n"}
    assert {path.name for path in cache.iterdir()} == {NAME, f".{NAME}.lock"}


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
        content = {**CONTENT, "tiny.onnx": os.urandom(12_000_000)}
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
        published.stall_after = 50_000
        first = start()
        assert published.stalled.wait(timeout=20)
        second = start()
        line = second.stderr.readline()
        assert line == f"flashrank: waiting for another process to put {NAME} into {cache}\n"
        published.release.set()
        assert finish(first)["directory"] == finish(second)["directory"] == str(cache / NAME)
        assert_installed(cache)
        assert len(published.downloads()) == 1

    def test_threads_download_once(self, cache, monkeypatch):
        fetched = []

        def fetch(spec, folder):
            fetched.append(spec)
            (folder / spec.archive).write_bytes(ARCHIVE)

        monkeypatch.setattr(store, "fetch_archive", fetch)
        monkeypatch.setattr(store, "hub_is_off", lambda: False)
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
        published.stall_after = 50_000
        victim = start()
        assert published.stalled.wait(timeout=20)
        victim.kill()
        assert victim.wait() == -signal.SIGKILL
        published.release.set()
        assert not (cache / NAME).exists()
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
            (OSError(errno.ENOSPC, "No space left on device"), "the disk is full: the archive alone takes 0.2 MB"),
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

        monkeypatch.setattr(store, "fetch_archive", fetch)
        monkeypatch.setattr(store, "hub_is_off", lambda: False)
        with pytest.raises(ModelUnavailable) as caught:
            resolve_model(NAME, cache)
        self.check({"error": "ModelUnavailable", "message": str(caught.value)}, cache, reason)
        assert caught.value.__cause__.__cause__ is error

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
    def test_a_really_full_disk(self, cache, environment, kilobytes):
        """A file system too small for the archive, or for the archive and what is in it."""
        cache.mkdir()
        script = f'mount -t tmpfs -o size={kilobytes}k tmpfs "$2" && "$0" -c "$1"; ls -A "$2"'
        namespace = ["unshare", "--user", "--map-root-user", "--mount"]
        if not shutil.which("unshare") or subprocess.run([*namespace, "mount", "-t", "tmpfs", "t", cache]).returncode:
            pytest.skip("no file system can be mounted here: this check did NOT run")
        process = subprocess.run(
            [*namespace, "sh", "-c", script, sys.executable, RESOLVE, cache],
            cwd=ROOT,
            env=environment,
            input=arguments(cache),
            capture_output=True,
            text=True,
        )
        answer, *left = process.stdout.splitlines()
        self.check(json.loads(answer), cache, "the disk is full")
        assert set(left) == {f".{NAME}.lock", f".{NAME}.partial"}

    def test_a_cache_that_cannot_be_made(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(ModelUnavailable, match=r"Not a directory|cannot find the path"):
            resolve_model(NAME, tmp_path / "file" / "cache")


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
        [({"tokenizer.json": b"{"}, "tokenizer.json is not valid JSON"), ({"tiny.onnx": b""}, "tiny.onnx is empty")],
    )
    def test_a_useless_file_never_reaches_the_cache(self, cache, monkeypatch, content, defect):
        data = make_zip(members_of({**CONTENT, **content}))
        monkeypatch.setattr(models, "_MODELS", (spec_of(data),))
        write(cache / f".{NAME}.partial", {SPEC.archive: data})
        with pytest.raises(InvalidModel, match=f"tiny.zip from someone/rerankers: {defect}"):
            resolve_model(NAME, cache)
        assert not (cache / NAME).exists()


# Reads a model from the cache in a process that may not change anything.
READ_ONLY = """
import json, os, sys
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.utime")
def forbid(event, args):
    writing = event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if writing or event in CHANGES or event.startswith("socket."):
        raise AssertionError(f"{event} {args}")
sys.dont_write_bytecode = True
from flashrank import models
from flashrank.store import resolve_model
row, name, cache_dir = json.load(sys.stdin)
models._MODELS = (models.ModelSpec(**row),)
sys.addaudithook(forbid)
print(resolve_model(name, cache_dir).weights)
"""


class TestCache:
    def test_a_complete_model_is_used_without_a_lock_a_write_or_the_network(self, cache):
        write(cache / NAME)
        process = subprocess.run(
            [sys.executable, "-c", READ_ONLY],
            cwd=ROOT,
            input=arguments(cache),
            capture_output=True,
            text=True,
        )
        assert process.stdout.strip() == str(cache / NAME / "tiny.onnx"), process.stderr
        assert [path.name for path in cache.iterdir()] == [NAME]

    def test_a_read_only_cache_works(self, cache):
        write(cache / NAME)
        for path in (*(cache / NAME).iterdir(), cache / NAME, cache):
            path.chmod(path.stat().st_mode & ~0o222)
        try:
            assert resolve_model(NAME, cache).directory == cache / NAME
        finally:
            cache.chmod(0o755)
            (cache / NAME).chmod(0o755)

    def test_resolving_a_complete_model_does_not_import_the_client(self, cache):
        write(cache / NAME)
        code = READ_ONLY + "print([name for name in ('huggingface_hub', 'filelock') if name in sys.modules])"
        process = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            input=arguments(cache),
            capture_output=True,
            text=True,
        )
        assert process.stdout.splitlines()[-1] == "[]", process.stderr

    @pytest.mark.parametrize("file", sorted(CONTENT))
    def test_a_model_with_a_file_missing_or_empty_is_not_found(self, cache, file):
        write(cache / NAME)
        assert locate_model(NAME, cache) == ModelFiles(cache / NAME, cache / NAME / "tiny.onnx", SPEC)
        (cache / NAME / file).write_bytes(b"")
        assert locate_model(NAME, cache) is None
        (cache / NAME / file).unlink()
        assert locate_model(NAME, cache) is None

    def test_links_are_followed(self, cache, tmp_path):
        elsewhere = write(tmp_path / "elsewhere")
        cache.mkdir()
        (cache / NAME).symlink_to(elsewhere)
        assert locate_model(NAME, str(cache)).weights.read_bytes() == CONTENT["tiny.onnx"]

    def test_default_is_the_platforms(self, monkeypatch, tmp_path):
        monkeypatch.delenv("FLASHRANK_CACHE_DIR", raising=False)
        assert default_cache_dir().name.lower() in ("flashrank", "cache")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        if sys.platform == "linux":
            assert default_cache_dir() == tmp_path / "flashrank"

    def test_default_can_be_set(self, monkeypatch, tmp_path):
        monkeypatch.setenv("FLASHRANK_CACHE_DIR", str(tmp_path / "mine"))
        write(tmp_path / "mine" / NAME)
        assert default_cache_dir() == tmp_path / "mine"
        assert resolve_model(NAME).directory == tmp_path / "mine" / NAME

    def test_home_is_expanded(self, monkeypatch, tmp_path):
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))
        monkeypatch.setenv("FLASHRANK_CACHE_DIR", "~/mine")
        assert default_cache_dir() == tmp_path / "mine"
        write(tmp_path / "other" / NAME)
        assert locate_model(NAME, "~/other") is not None


MINIMUM = {file: CONTENT[file] for file in ("tiny.onnx", "config.json", "tokenizer.json")}


class TestDirectory:
    @pytest.mark.parametrize("kind", [str, Path])
    def test_a_directory_is_a_model(self, tmp_path, kind):
        directory = write(tmp_path / "mine", MINIMUM)
        expected = ModelFiles(directory, directory / "tiny.onnx", None)
        assert resolve_model(kind(directory)) == locate_model(kind(directory)) == expected

    def test_a_relative_path_is_made_absolute(self, tmp_path, monkeypatch):
        write(tmp_path / "mine", MINIMUM)
        monkeypatch.chdir(tmp_path)
        assert resolve_model("mine").directory == tmp_path / "mine"

    def test_a_known_name_is_not_looked_for_in_the_working_directory(self, tmp_path, cache, monkeypatch):
        write(tmp_path / NAME)
        monkeypatch.chdir(tmp_path)
        assert locate_model(NAME, cache) is None

    def test_of_several_graphs_a_published_one_is_taken(self, tmp_path):
        directory = write(tmp_path / "mine", {**MINIMUM, "a.onnx": b"a", "z.onnx": b"z"})
        assert resolve_model(directory).weights.name == "tiny.onnx"

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"tokenizer.json": None}, "tokenizer.json is missing"),
            ({"config.json": None}, "config.json is missing"),
            ({"config.json": b"\xff"}, "config.json is not valid JSON"),
            ({"tiny.onnx": b""}, "tiny.onnx is empty"),
            ({"tiny.onnx": None}, "has no .onnx file"),
            ({"tiny.onnx": None, "b.onnx": b"b", "a.onnx": b"a"}, r"has a.onnx, b.onnx; .* one .onnx file"),
        ],
    )
    def test_a_directory_that_is_no_model_is_refused(self, tmp_path, change, message):
        content = {file: data for file, data in {**MINIMUM, **change}.items() if data is not None}
        directory = write(tmp_path / "mine", content)
        for function in (resolve_model, locate_model):
            with pytest.raises(InvalidModel, match=message) as caught:
                function(directory)
            assert str(directory) in str(caught.value)

    @pytest.mark.parametrize("name", ["nothing", "", "./nothing", "someone/rerankers", Path("nothing"), "file"])
    def test_what_is_neither_a_name_nor_a_directory_is_refused(self, tmp_path, monkeypatch, name):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "file").touch()
        for function in (resolve_model, locate_model):
            with pytest.raises(ModelUnavailable, match=r"neither a known model \(tiny\) nor a directory"):
                function(name)


def test_where_an_archive_comes_from():
    assert download.archive_url(SPEC).endswith(f"/someone/rerankers/resolve/{COMMIT}/tiny.zip")


def test_the_lock_is_reported_only_when_waited_for(cache, monkeypatch, caplog):
    write(cache / f".{NAME}.partial", {SPEC.archive: ARCHIVE})
    monkeypatch.setattr(store, "hub_is_off", lambda: False)
    with caplog.at_level(logging.INFO, logger="flashrank"):
        resolve_model(NAME, cache)
    assert not caplog.messages
