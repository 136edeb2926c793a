"""Models of the hub, through the real client and a hub on loopback."""

from __future__ import annotations

import errno
import json
import os
import signal

import pytest

from flashrank import Ranker, hub
from flashrank.download import HubFile, Listing
from flashrank.errors import InvalidModel, InvalidRequest, ModelUnavailable
from flashrank.hub import HubModel, is_hub_id
from flashrank.store import ModelFiles, locate_model, resolve_model

from .conftest import finish, read, write
from .tiny_archive import external, graph

NAME = "someone/reranker"
FOLDER = "someone--reranker"
FIRST, SECOND = "1" * 40, "2" * 40
CONTENT = {
    "README.md": b"not needed",
    "config.json": b'{"hidden_size": 8}',
    "tokenizer.json": b'{"model": {}}',
    "tokenizer_config.json": b"{}",
    "onnx/model.onnx": graph(200_000),
    "onnx/model_O3.onnx": graph(100),
    "model.safetensors": b"not needed",
    **{f"{name}": b"a pickle" for name in ("pytorch_model.bin", "model.pt", "model.ckpt", "model.pkl")},
}
NEEDED = ("config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model.onnx")

# Resolves a model in a process of its own, as the client reads its environment when it is imported.
RESOLVE = """
import json, logging, sys
logging.basicConfig(level="INFO", format="%(name)s: %(message)s")
from flashrank.errors import FlashRankError
from flashrank.store import resolve_model
name, cache_dir, options = json.load(sys.stdin)
try:
    files = resolve_model(name, cache_dir, **options)
    print(json.dumps({"directory": str(files.directory), "weights": str(files.weights)}))
except FlashRankError as error:
    print(json.dumps({"error": type(error).__name__, "message": str(error)}))
"""

pytestmark = pytest.mark.usefixtures("online")


@pytest.fixture
def publish(hub):
    """Publish files at a commit, to which ``main`` then points."""

    def publish(content, commit=FIRST, name=NAME):
        hub.files.update({(name, commit, file): data for file, data in content.items()})
        hub.branches[name, "main"] = commit
        return hub

    return publish


@pytest.fixture
def published(publish):
    return publish(CONTENT)


@pytest.fixture
def start(start_process, cache):
    """Start a process that resolves the model."""

    def start(name=NAME, options=None, **changes):
        return start_process(RESOLVE, json.dumps([name, str(cache), options or {}]), **changes)

    return start


@pytest.fixture
def serve(monkeypatch):
    """Answer as the client would for a repository with these files."""

    def serve(content):
        listing = Listing(FIRST, {file: HubFile(len(data), None) for file, data in content.items()})
        monkeypatch.setattr(hub, "list_files", lambda *_: listing)
        monkeypatch.setattr(hub, "fetch_file", lambda _, __, file, folder: write(folder, {file: content[file]}))

    return serve


def record(file="onnx/model.onnx", commit=FIRST, **more):
    return {"format": 1, "source": NAME, "revision": commit, "file": file, **more}


def assert_installed(directory, content=CONTENT, needed=NEEDED, **origin):
    found = read(directory)
    assert json.loads(found.pop("flashrank.json")) == record(**origin)
    assert found == {file: content[file] for file in needed}
    assert {path.name for path in directory.parent.iterdir()} == {directory.name, f".{directory.name}.lock"}


class TestDownload:
    def test_what_the_model_needs_is_fetched_at_one_commit(self, published, cache, resolve):
        published.token = "hf_secret"
        answer = resolve(HF_TOKEN="hf_secret")
        assert answer["directory"] == str(cache / FOLDER)
        assert answer["weights"] == str(cache / FOLDER / "onnx/model.onnx")
        assert_installed(cache / FOLDER)
        assert {request.target for request in published.lookups()} == {
            f"/{NAME}/resolve/{FIRST}/{file}" for file in NEEDED
        }
        assert {request.headers["authorization"] for request in published.lookups()} == {"Bearer hf_secret"}
        assert len(published.listings()) == 1
        line = f"flashrank: downloading {NAME} at {FIRST[:12]} (onnx/model.onnx, 0.2 MB) to {cache}"
        assert [said for said in answer["stderr"].splitlines() if said.startswith("flashrank: ")] == [line]

    def test_a_pickle_is_never_fetched(self, publish, resolve):
        hub = publish({**CONTENT, "onnx/model.onnx": external("../pytorch_model.bin")})
        assert resolve()["error"] == "InvalidModel"
        hub = publish({**CONTENT, "onnx/model.onnx": external("data.bin"), "onnx/data.bin": b"a pickle"}, SECOND)
        assert "'data.bin' as external data, and pickles are not fetched" in resolve()["message"]
        assert not [r.target for r in hub.requests if r.target.endswith((".bin", ".pt", ".ckpt", ".pkl"))]

    def test_later_loads_use_what_is_recorded_without_the_network(self, published, publish, cache, resolve):
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
    def test_a_pinned_revision(self, published, publish, cache, resolve, revision):
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
    def test_a_named_file(self, cache, resolve, file):
        directory = cache / f"{FOLDER}+{file.replace('/', '%2F')}"
        assert resolve(options={"file": file})["weights"] == str(directory / "onnx/model_O3.onnx")
        assert_installed(directory, needed=(*NEEDED[:3], "onnx/model_O3.onnx"), file="onnx/model_O3.onnx")
        assert locate_model(NAME, cache, file=file).directory == directory

    @pytest.mark.parametrize("folder", ["", "onnx/"])
    def test_external_data_comes_along(self, publish, cache, resolve, folder):
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

    def test_the_repositorys_own_flashrank_json_is_kept(self, publish, cache, resolve):
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

    def test_two_processes_download_once(self, published, cache, start):
        published.stall_after = 50_000
        first = start()
        assert published.stalled.wait(timeout=20)
        second = start()
        line = second.stderr.readline()
        assert line == f"flashrank: waiting for another process to put {FOLDER} into {cache}\n"
        published.release.set()
        assert finish(first)["directory"] == finish(second)["directory"] == str(cache / FOLDER)
        assert_installed(cache / FOLDER)
        assert len(published.downloads()) == len(published.listings()) == 1

    @pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this platform")
    def test_after_a_kill_half_way_the_next_run_completes(self, published, cache, start, resolve):
        published.stall_after = 50_000
        victim = start()
        assert published.stalled.wait(timeout=20)
        victim.kill()
        assert victim.wait() == -signal.SIGKILL
        published.release.set()
        assert not (cache / FOLDER).exists()
        assert locate_model(NAME, cache) is None
        published.requests.clear()
        resolve()
        assert_installed(cache / FOLDER)
        # What the first run had completed is not fetched again.
        assert {r.target.rpartition("/")[2] for r in published.lookups()} == {"model.onnx"}

    def test_a_file_that_hashes_differently_is_refused(self, published, cache, resolve):
        published.instead = graph(200_000)
        answer = resolve()
        assert answer["error"] == "ModelUnavailable"
        assert "onnx/model.onnx has the sha256 " in answer["message"]
        assert "it was discarded" in answer["message"]
        assert not (cache / FOLDER).exists()
        assert not list(cache.rglob("model.onnx"))

    @pytest.mark.parametrize("damage", ["config.json", "flashrank.json", "onnx/model.onnx"])
    @pytest.mark.usefixtures("published")
    def test_an_incomplete_directory_is_replaced(self, cache, resolve, damage):
        resolve()
        (cache / FOLDER / damage).write_bytes(b"{")
        assert locate_model(NAME, cache) is None
        resolve()
        assert_installed(cache / FOLDER)

    def test_it_ranks(self, publish, fixtures, cache, start_process):
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


class TestUnavailable:
    """What cannot be fetched is one line: which model, where it was looked for, why, and what to do."""

    def check(self, answer, cache, *parts, error="ModelUnavailable"):
        assert answer["error"] == error
        message = answer["message"]
        assert "\n" not in message
        if error == "ModelUnavailable":
            place = cache / FOLDER
            assert message.startswith(f"model '{NAME}' is neither a directory nor in {place}")
        for part in parts:
            assert part in message
        assert not [path for path in cache.glob("*") if not path.name.startswith(".")]

    def test_no_server(self, hub, cache, resolve):
        hub.__exit__(None, None, None)
        self.check(resolve(), cache, "(no such directory) and downloading it failed", "refused")

    def test_wrong_token(self, published, cache, resolve):
        published.token = "hf_secret"
        self.check(resolve(HF_TOKEN="hf_wrong"), cache, f"no repository {NAME} (HTTP 401)", "HF_TOKEN")

    def test_gated(self, published, cache, resolve):
        published.gated.add(NAME)
        self.check(resolve(), cache, "accepted its terms (HTTP 403)", f"page of {NAME}", "HF_TOKEN")

    @pytest.mark.usefixtures("hub")
    def test_no_such_repository(self, cache, resolve):
        self.check(resolve(), cache, f"no repository {NAME} (HTTP 404): check its name")

    @pytest.mark.usefixtures("published")
    def test_no_such_revision(self, resolve):
        answer = resolve(options={"revision": "v9"})
        assert answer["error"] == "ModelUnavailable"
        assert f"{FOLDER}@v9 (no such directory)" in answer["message"]
        assert f"{NAME} has no such branch, tag or commit (HTTP 404)" in answer["message"]

    @pytest.mark.usefixtures("published")
    def test_no_such_file(self, cache, resolve):
        answer = resolve(options={"file": "model_O9.onnx"})
        parts = ("file is 'model_O9.onnx', which is not in", "allowed: onnx/model.onnx, onnx/model_O3.onnx")
        self.check(answer, cache, *parts, error="InvalidRequest")

    def test_not_a_hub(self, published, cache, resolve):
        self.check(resolve(HF_ENDPOINT=published.storage_url + "/elsewhere"), cache, "HTTP 404", "HF_ENDPOINT")

    @pytest.mark.parametrize("how", [{"options": {"offline": True}}, {"HF_HUB_OFFLINE": "1"}])
    def test_offline(self, published, cache, resolve, how):
        self.check(resolve(**how), cache, "downloads are off (offline=True or HF_HUB_OFFLINE)")
        assert not published.requests
        assert not cache.exists()

    @pytest.mark.parametrize("kilobytes", [64, 320])
    @pytest.mark.usefixtures("published")
    def test_a_really_full_disk(self, cache, on_a_disk_of, kilobytes):
        answer, left = on_a_disk_of(kilobytes, RESOLVE, json.dumps([NAME, str(cache), {}]))
        if kilobytes == 64:
            self.check(answer, cache, "the disk is full: it alone takes 0.2 MB")
            assert set(left) == {f".{FOLDER}.lock", f".{FOLDER}.partial"}
        else:  # nothing is ever there twice
            assert set(left) == {f".{FOLDER}.lock", FOLDER}

    def test_a_cache_that_cannot_be_made(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(ModelUnavailable, match=r"Not a directory|cannot find the path"):
            resolve_model(NAME, tmp_path / "file" / "cache")


class TestRepositories:
    """A repository that holds no model is refused before anything large is fetched."""

    EXPORT = f"flashrank export {NAME} reranker"

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"onnx/model.onnx": None, "onnx/model_O3.onnx": None}, f"has no .onnx file; to make .*: {EXPORT}$"),
            ({"tokenizer.json": None}, f"has no tokenizer.json; to make .*: {EXPORT}$"),
            ({"config.json": None}, f"has no config.json; to make .*: {EXPORT}$"),
            (
                {"onnx/model.onnx": None, "onnx/model_O3.onnx": None, "onnx/a.onnx": b"a", "onnx/b.onnx": b"b"},
                "not clear",
            ),
            ({"config.json": b"{"}, "config.json is not valid JSON"),
            ({"config.json": b"[" * 200_000 + b"]" * 200_000}, "config.json is not valid JSON"),
            ({"flashrank.json": b"[" * 200_000 + b"]" * 200_000}, "flashrank.json: cannot be read as JSON"),
            ({"onnx/model.onnx": b"\x32"}, "onnx/model.onnx is not an ONNX model"),
            ({"onnx/model.onnx": external("data")}, "onnx/data, external data of onnx/model.onnx, is missing"),
            ({"onnx/model.onnx": external("../config.json")}, r"names '\.\./config.json' as .* outside its directory"),
            ({"onnx/model.onnx": external("/etc/passwd")}, "names '/etc/passwd' as external data, outside"),
            ({"flashrank.json": b"[]"}, "flashrank.json: expected a JSON object"),
            ({"flashrank.json": b'{"template": 1}'}, "flashrank.json: template is 1"),
            ({"flashrank.json": b'{"file": 1}'}, "flashrank.json: file is 1"),
            ({"flashrank.json": b'{"file": "../x.onnx"}'}, r"flashrank.json: file is '\.\./x.onnx'"),
            (
                {"flashrank.json": b'{"file": "x.onnx"}'},
                "flashrank.json names 'x.onnx', which is none of onnx/model.onnx",
            ),
        ],
    )
    def test_a_repository_that_is_no_model_is_refused(self, serve, cache, change, message):
        serve({file: data for file, data in {**CONTENT, **change}.items() if data is not None})
        with pytest.raises(InvalidModel, match=message) as caught:
            resolve_model(NAME, cache)
        assert str(caught.value).startswith(f"{NAME} at {FIRST[:12]}")
        assert "\n" not in str(caught.value)
        assert not (cache / FOLDER).exists()


class TestNames:
    @pytest.mark.parametrize("name", ["org/name", "a/b", "BAAI/bge-reranker-v2-m3", "o.r_g/n-a.m_e1"])
    def test_ids(self, name):
        assert is_hub_id(name)

    @pytest.mark.parametrize(
        "name",
        [
            *("name", "a/b/c", "/a/b", "./a", "../a", "~/a", "a/.b", "a/b.", "-a/b", "a--b/c", "a/b..c", "a/b.git"),
            *("a\\b/c", "a/", "/", "", "a/b\n", "a b/c", "é/b", f"{'a' * 97}/b", "C:/a", "https://a/b"),
        ],
    )
    def test_what_is_no_id(self, name):
        assert not is_hub_id(name)

    def test_the_client_agrees(self):
        from huggingface_hub.utils import HFValidationError, validate_repo_id

        for name in ("a/.b", "a/b.", "-a/b", "a--b/c", "a/b..c", "a/b.git", "a b/c", "a/b/c"):
            with pytest.raises(HFValidationError):
                validate_repo_id(name)
        for name in ("a/b", "o.r_g/n-a.m_e1"):
            validate_repo_id(name)

    def test_no_two_models_share_a_directory(self):
        models = [
            HubModel("a/b", revision, file)
            for revision in (None, "x", "x+y", "x%2By", "x/y", "X@y")
            for file in (None, "x", "y", "onnx/x", "onnx%2Fx")
        ]
        folders = {model.folder for model in models}
        assert len(folders) == len(models)
        assert not any(set(folder) & set('<>:"/\\|?*') for folder in folders)

    def test_a_directory_wins(self, tmp_path, monkeypatch, published):
        directory = write(tmp_path / NAME, {file: CONTENT[file] for file in NEEDED})
        monkeypatch.chdir(tmp_path)
        assert resolve_model(NAME).weights == directory / "onnx/model.onnx"
        assert not published.requests
        with pytest.raises(InvalidRequest, match=r"revision is for a hub id .* is a directory: leave it out"):
            resolve_model(NAME, revision="main")

    def test_what_a_directory_says_it_is_must_be_in_it(self, cache):
        content = {file: CONTENT[file] for file in NEEDED}
        for file in (None, "onnx/other.onnx"):
            write(cache / FOLDER, {**content, "flashrank.json": json.dumps(record(file)).encode()})
            assert locate_model(NAME, cache) is None
            assert hub.installed_defect(cache / FOLDER)

    def test_a_disk_that_fills_at_the_end_loses_nothing(self, serve, cache, monkeypatch):
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
