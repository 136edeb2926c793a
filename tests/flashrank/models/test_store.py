from __future__ import annotations

import dataclasses
import logging
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest

from flashrank.errors import InvalidModel, InvalidRequest, ModelUnavailable
from flashrank.models import model_list as models
from flashrank.models import variants
from flashrank.models.store import ModelFiles, default_cache_dir, locate_model, resolve_model
from tests.flashrank.conftest import ROOT, write
from tests.flashrank.models.tiny_archive import ARCHIVE, CONTENT, NAME, SPEC, arguments, external, graph

pytestmark = pytest.mark.usefixtures("online", "tiny_is_known")


# Reads a model from the cache in a process that may not change anything.
READ_ONLY = """
import json, os, sys
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.utime")
def forbid(event, args):
    writing = event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if writing or event in CHANGES or event.startswith("socket."):
        raise AssertionError(f"{event} {args}")
sys.dont_write_bytecode = True
from flashrank.models import model_list as models
from flashrank.models.store import resolve_model
row, name, cache_dir = json.load(sys.stdin)
models.ROWS = (models.ModelSpec(**row),)
sys.addaudithook(forbid)
print(resolve_model(name, cache_dir).weights)
"""


class TestCache:
    def test_a_complete_model_is_used_without_a_lock_a_write_or_the_network(self, cache):
        write(cache / NAME, CONTENT)
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
        write(cache / NAME, CONTENT)
        for path in (*(cache / NAME).iterdir(), cache / NAME, cache):
            path.chmod(path.stat().st_mode & ~0o222)
        try:
            assert resolve_model(NAME, cache).directory == cache / NAME
        finally:
            cache.chmod(0o755)
            (cache / NAME).chmod(0o755)

    def test_resolving_a_complete_model_does_not_import_the_client(self, cache):
        write(cache / NAME, CONTENT)
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
        write(cache / NAME, CONTENT)
        assert locate_model(NAME, cache) == ModelFiles(cache / NAME, cache / NAME / "tiny.onnx", SPEC)
        (cache / NAME / file).write_bytes(b"")
        assert locate_model(NAME, cache) is None
        (cache / NAME / file).unlink()
        assert locate_model(NAME, cache) is None

    def test_links_are_followed(self, cache, tmp_path):
        elsewhere = write(tmp_path / "elsewhere", CONTENT)
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
        write(tmp_path / "mine" / NAME, CONTENT)
        assert default_cache_dir() == tmp_path / "mine"
        assert resolve_model(NAME).directory == tmp_path / "mine" / NAME

    def test_home_is_expanded(self, monkeypatch, tmp_path):
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))
        monkeypatch.setenv("FLASHRANK_CACHE_DIR", "~/mine")
        assert default_cache_dir() == tmp_path / "mine"
        write(tmp_path / "other" / NAME, CONTENT)
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
        write(tmp_path / NAME, CONTENT)
        monkeypatch.chdir(tmp_path)
        assert locate_model(NAME, cache) is None

    def test_of_several_graphs_a_published_one_is_taken(self, tmp_path):
        directory = write(tmp_path / "mine", {**MINIMUM, "a.onnx": graph(1), "model.onnx": graph(2)})
        assert resolve_model(directory).weights.name == "tiny.onnx"

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"tokenizer.json": None}, "tokenizer.json is missing"),
            ({"config.json": None}, "config.json is missing"),
            ({"config.json": b"\xff"}, "config.json is not valid JSON"),
            ({"tiny.onnx": b""}, "tiny.onnx is empty"),
            ({"tiny.onnx": None}, "has no .onnx file"),
            (
                {"tiny.onnx": None, "b.onnx": b"b", "a.onnx": b"a"},
                r"which of its files .* file=\.\.\.; allowed: a.onnx, b.onnx",
            ),
        ],
    )
    def test_a_directory_that_is_no_model_is_refused(self, tmp_path, change, message):
        content = {file: data for file, data in {**MINIMUM, **change}.items() if data is not None}
        directory = write(tmp_path / "mine", content)
        for function in (resolve_model, locate_model):
            with pytest.raises(InvalidModel, match=message) as caught:
                function(directory)
            assert str(directory) in str(caught.value)

    @pytest.mark.parametrize(
        "name", ["nothing", "", "./nothing", "a/b/c", Path("someone/rerankers"), Path("nothing"), "file"]
    )
    def test_what_is_neither_a_name_nor_a_directory_is_refused(self, tmp_path, monkeypatch, name):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "file").touch()
        for function in (resolve_model, locate_model):
            with pytest.raises(ModelUnavailable, match=r"neither a known model \(tiny\) nor a directory nor a hub id"):
                function(name)


class TestOneOfSeveral:
    """A directory with several models."""

    SEVERAL: ClassVar = {
        **{file: CONTENT[file] for file in ("config.json", "tokenizer.json")},
        **{f"{file}.onnx": graph(10) for file in ("a", "onnx/b", "onnx/c")},
    }

    def test_the_caller_may_name_it(self, tmp_path):
        directory = write(tmp_path / "mine", self.SEVERAL)
        for file in ("c.onnx", "onnx/c.onnx"):
            assert resolve_model(directory, file=file).weights == directory / "onnx/c.onnx"
            assert locate_model(directory, file=file) == ModelFiles(directory, directory / "onnx/c.onnx", None)
        with pytest.raises(InvalidRequest, match=r"file is 'd\.onnx', .*; allowed: a.onnx, onnx/b.onnx, onnx/c.onnx"):
            resolve_model(directory, file="d.onnx")

    def test_a_path_may_lead_to_any_of_its_folders(self, tmp_path):
        directory = write(tmp_path / "mine", {**self.SEVERAL, "int8/d.onnx": graph(10), "int8/e.gguf": b"GGUF"})
        write(tmp_path, {"outside.onnx": graph(10)})
        for file in ("int8/d.onnx", "int8/e.gguf"):
            assert resolve_model(directory, file=file).weights == directory / file
        for file in ("d.onnx", "../outside.onnx", str(tmp_path / "outside.onnx"), "config.json"):
            with pytest.raises(InvalidRequest, match=r"allowed: a.onnx, onnx/b.onnx, onnx/c.onnx"):
                resolve_model(directory, file=file)

    def test_flashrank_json_may_name_it(self, tmp_path):
        directory = write(tmp_path / "mine", {**self.SEVERAL, "flashrank.json": b'{"file": "onnx/b.onnx"}'})
        assert resolve_model(directory).weights == directory / "onnx/b.onnx"
        assert resolve_model(directory, file="a.onnx").weights == directory / "a.onnx"

    def test_this_cpus_is_taken(self, tmp_path, monkeypatch):
        content = {**self.SEVERAL, "onnx/model.onnx": graph(9), "onnx/model_qint8_arm64.onnx": graph(9)}
        directory = write(tmp_path / "mine", content)
        for cpu, file in (((), "model.onnx"), (("arm64",), "model_qint8_arm64.onnx")):
            monkeypatch.setattr(variants, "cpu_features", lambda cpu=cpu: frozenset(cpu))
            assert resolve_model(directory).weights == directory / "onnx" / file

    @pytest.mark.parametrize(
        ("said", "message"),
        [
            (b'{"file": "d.onnx"}', "mine: d.onnx is missing"),
            (b'{"file": "../a.onnx"}', r"flashrank.json: file is '\.\./a.onnx'; expected the path in this directory"),
            (b'{"file": 1}', "flashrank.json: file is 1"),
            (b'{"file": "config.json"}', r"flashrank.json: file is 'config.json'; .* of an .onnx or .gguf file"),
            (b"{", "flashrank.json: cannot be read as JSON"),
            (b"{}", "not clear"),
        ],
    )
    def test_what_names_none_is_refused(self, tmp_path, said, message):
        directory = write(tmp_path / "mine", {**self.SEVERAL, "flashrank.json": said})
        with pytest.raises(InvalidModel, match=message):
            resolve_model(directory)

    def test_a_listwise_model_needs_no_tokenizer(self, tmp_path):
        directory = write(tmp_path / "mine", {"model.gguf": b"GGUF"})
        assert resolve_model(directory).weights == directory / "model.gguf"
        assert resolve_model(directory, file="model.gguf").weights == directory / "model.gguf"
        write(directory, {"other.gguf": b"GGUF"})
        with pytest.raises(InvalidModel, match=r"allowed: model\.gguf, other\.gguf"):
            resolve_model(directory)

    def test_what_lies_outside_is_refused(self, tmp_path):
        write(tmp_path, {"secret": b"1234"})
        for location in ("../secret", str(tmp_path / "secret")):
            directory = write(tmp_path / "mine", {**MINIMUM, "tiny.onnx": external(location)})
            with pytest.raises(InvalidModel, match=rf"mine: tiny\.onnx names '{location}' as its external data"):
                resolve_model(directory)
        write(directory, {"tiny.onnx": external("weights")})
        with pytest.raises(InvalidModel, match=r"mine: weights, external data of tiny\.onnx, is missing"):
            resolve_model(directory)


class TestRows:
    EXPORTED = dataclasses.replace(SPEC, archive="", sha256="", source="an/original")

    def test_a_model_that_is_made_by_export_says_how(self, cache, monkeypatch):
        monkeypatch.setattr(models, "ROWS", (self.EXPORTED,))
        for offline in (True, False):
            with pytest.raises(ModelUnavailable, match=r"to make it, .*: flashrank export an/original tiny$") as caught:
                resolve_model(NAME, cache, offline=offline)
            assert str(caught.value).startswith(f"model 'tiny' is not in {cache} (no such directory)")
        assert locate_model(NAME, cache) is None
        assert not cache.exists()

    def test_a_model_that_was_made_by_export_is_used(self, cache, monkeypatch):
        monkeypatch.setattr(models, "ROWS", (self.EXPORTED,))
        directory = write(cache / NAME, {**MINIMUM, "flashrank.json": b"{}"})
        expected = ModelFiles(directory, directory / "tiny.onnx", self.EXPORTED)
        assert resolve_model(NAME, cache) == locate_model(NAME, cache) == expected
        (directory / "config.json").unlink()
        with pytest.raises(ModelUnavailable, match=r"\(config\.json is missing\)"):
            resolve_model(NAME, cache)

    @pytest.mark.parametrize("option", [{"revision": "main"}, {"file": "tiny.onnx"}])
    def test_a_known_model_is_pinned(self, cache, option):
        for function in (resolve_model, locate_model):
            with pytest.raises(
                InvalidRequest, match=rf"{next(iter(option))} is for a hub id .*'tiny' is a known model"
            ):
                function(NAME, cache, **option)


def test_the_lock_is_reported_only_when_waited_for(cache, monkeypatch, caplog):
    write(cache / f".{NAME}.partial", {SPEC.archive: ARCHIVE})
    monkeypatch.setattr("flashrank.models.hub.client.hub_is_off", lambda: False)
    with caplog.at_level(logging.INFO, logger="flashrank"):
        resolve_model(NAME, cache)
    assert not caplog.messages
