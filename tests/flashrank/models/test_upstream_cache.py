"""Models that FlashRank 0.2.10 left in its default cache."""

from __future__ import annotations

import logging
import os
import shutil

import pytest

from flashrank import ModelUnavailable, Ranker
from flashrank.models import upstream_cache
from flashrank.models.store import locate_model, resolve_model
from tests.flashrank.conftest import write
from tests.flashrank.models.tiny_archive import CONTENT, NAME

pytestmark = [
    pytest.mark.usefixtures("online", "tiny_is_known", "own"),
    pytest.mark.skipif(os.name != "posix", reason="who may write a file is asked on POSIX only"),
]


@pytest.fixture
def own(monkeypatch, tmp_path):
    """The own cache, where nothing is."""
    monkeypatch.setenv("FLASHRANK_CACHE_DIR", str(tmp_path / "own"))
    return tmp_path / "own"


@pytest.fixture
def shared_place(monkeypatch, tmp_path):
    """A place like ``/tmp``: everyone may write there, and the sticky bit keeps names with their owners."""
    place = tmp_path / "shared"
    place.mkdir()
    place.chmod(0o1777)
    monkeypatch.setattr(upstream_cache, "UPSTREAM_CACHE", place)
    return place


@pytest.fixture
def left(shared_place):
    """A whole model there, as unzipping it leaves it."""
    directory = write(shared_place / NAME, {**CONTENT, "sub/vocab.txt": b"[PAD]\n"})
    for path in (directory, *directory.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return directory


def refused(reason, caplog):
    """Assert that the model is not used, and that the log says why."""
    caplog.clear()
    assert locate_model(NAME) is None
    with pytest.raises(ModelUnavailable):
        resolve_model(NAME, offline=True)
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    assert f"where FlashRank 0.2.10 would have left {NAME}, is not used: {reason}" in caplog.text


def test_it_is_used_where_it_lies_and_the_log_says_so(left, own, caplog):
    with caplog.at_level(logging.INFO, logger="flashrank"):
        assert resolve_model(NAME, offline=True).directory == left
    assert caplog.messages == [f"{NAME}: used from {left}, where FlashRank 0.2.10 left it"]
    assert locate_model(NAME).weights == left / "tiny.onnx"
    assert not own.exists()


def test_a_ranker_finds_it(left, fixtures, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("FLASHRANK_CACHE_DIR", str(left.parent / "own"))
    monkeypatch.setattr(upstream_cache, "UPSTREAM_CACHE", left.parent)
    directory = shutil.copytree(fixtures / "one-logit-int8", left.parent / "ms-marco-TinyBERT-L-2-v2")
    (directory / "model.onnx").rename(directory / "flashrank-TinyBERT-L-2-v2.onnx")
    for path in (directory, *directory.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    ranker = Ranker(offline=True)
    assert ranker.model_dir == directory
    assert ranker.cache_dir == left.parent / "own"


@pytest.mark.usefixtures("left")
def test_the_own_cache_comes_first(own):
    write(own / NAME, CONTENT)
    assert resolve_model(NAME).directory == own / NAME


@pytest.mark.usefixtures("left")
def test_a_cache_that_the_caller_names_is_the_only_one(cache, caplog):
    assert locate_model(NAME, cache) is None
    assert not caplog.records


def test_half_a_model_is_none(left, caplog):
    (left / "config.json").unlink()
    assert locate_model(NAME) is None
    assert not caplog.records


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777])
@pytest.mark.parametrize("what", [".", "sub"])
def test_a_directory_that_others_may_write_is_refused(left, caplog, what, mode):
    (left / what).chmod(mode)
    refused(f"others may write {left / what}: chmod go-w", caplog)


@pytest.mark.parametrize("mode", [0o664, 0o646])
@pytest.mark.parametrize("file", ["tiny.onnx", "config.json", "sub/vocab.txt"])
def test_a_file_that_others_may_write_is_refused(left, caplog, file, mode):
    (left / file).chmod(mode)
    refused(f"others may write {left / file}", caplog)


@pytest.mark.parametrize("what", ["tiny.onnx", "sub"])
def test_a_symbolic_link_in_it_is_refused(left, tmp_path, caplog, what):
    (left / what).rename(tmp_path / "elsewhere")
    (left / what).symlink_to(tmp_path / "elsewhere")
    refused(f"{left / what} is a symbolic link", caplog)


def test_a_symbolic_link_in_its_place_is_refused(left, tmp_path, caplog):
    left.rename(tmp_path / "elsewhere")
    left.symlink_to(tmp_path / "elsewhere")
    refused(f"{left} is a symbolic link", caplog)
    left.unlink()
    left.symlink_to(tmp_path / "nowhere")
    refused(f"{left} is a symbolic link", caplog)


def test_what_is_no_file_is_refused(left, caplog):
    os.mkfifo(left / "pipe")
    refused(f"{left / 'pipe'} is neither a file nor a directory", caplog)


def test_another_users_model_is_refused(left, caplog, monkeypatch):
    monkeypatch.setattr(upstream_cache, "ROOT", os.geteuid())
    monkeypatch.setattr(os, "geteuid", lambda: left.stat().st_uid + 1)
    refused(f"{left} belongs to another user", caplog)


@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("what", [".", "sub", "config.json"])
def test_what_another_user_owns_is_refused(left, caplog, what):
    os.chown(left / what, 4321, -1)
    refused(f"{left / what} belongs to another user", caplog)


def test_a_place_without_the_sticky_bit_is_refused(left, shared_place, caplog):
    shared_place.chmod(0o777)
    refused(f"others may replace what is in {shared_place}", caplog)
    shared_place.chmod(0o755)
    assert locate_model(NAME).directory == left


def test_a_place_may_be_a_link(left, shared_place, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(shared_place)
    monkeypatch.setattr(upstream_cache, "UPSTREAM_CACHE", tmp_path / "link")
    assert locate_model(NAME).directory == left


@pytest.mark.usefixtures("left")
def test_elsewhere_than_on_posix_nothing_is_looked_for(monkeypatch, caplog):
    monkeypatch.setattr(upstream_cache, "os", type("Os", (), {"name": "nt"}))
    assert upstream_cache.left_behind(NAME, CONTENT) is None
    assert not caplog.records
