"""Rewritten graphs that are kept beside a model: when one is taken, and when it is made again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

import flashrank
from flashrank import Ranker
from flashrank.graphs import rewrite as rewriter
from flashrank.models import kept_graph
from flashrank.scoring import fast
from tests.flashrank.conftest import is_fast, kept
from tests.flashrank.scoring.test_fast import QUERY, TEXTS


def test_a_kept_graph_is_not_made_again(model, no_rewriting):
    first = Ranker(model).score(QUERY, TEXTS)
    no_rewriting()
    again = Ranker(model)
    assert is_fast(again)
    assert again.score(QUERY, TEXTS) == first
    assert len(kept(model)) == 2


def test_a_copy_of_a_model_takes_its_kept_graph_along(model, tmp_path, no_rewriting):
    Ranker(model)
    copy = shutil.copytree(model, tmp_path / "copy")
    no_rewriting()
    assert is_fast(Ranker(copy))


def test_a_changed_model_is_rewritten_again(model):
    before = Ranker(model).score(QUERY, TEXTS)
    (old,) = (model / ".fast").glob("*.onnx")
    changed = onnx.load(str(model / "model.onnx"))
    bias = next(tensor for tensor in changed.graph.initializer if tensor.name.endswith("classifier.bias"))
    bias.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(bias) + 1, bias.name))
    onnx.save(changed, str(model / "model.onnx"))
    after = Ranker(model).score(QUERY, TEXTS)
    np.testing.assert_allclose(after.logits, np.add(before.logits, 1), atol=1e-5)
    assert not old.exists()
    assert len(kept(model)) == 2


@pytest.mark.parametrize("damage", ["cut", "garbage", "gone", "record", "rewriter", "onnxruntime"])
def test_a_kept_graph_that_cannot_be_used_is_made_again(model, damage):
    expected = Ranker(model).score(QUERY, TEXTS)
    (graph,), record = (model / ".fast").glob("*.onnx"), model / ".fast" / "model.onnx.json"
    whole = graph.read_bytes()
    if damage == "cut":
        graph.write_bytes(whole[:-1])
    elif damage == "garbage":
        graph.write_bytes(bytes(len(whole)))
    elif damage == "gone":
        graph.unlink()
    elif damage == "record":
        record.write_text("{", encoding="utf-8")
    else:
        said = json.loads(record.read_text(encoding="utf-8"))
        record.write_text(json.dumps(said | {damage: 0}), encoding="utf-8")
    again = Ranker(model)
    assert is_fast(again)
    assert again.score(QUERY, TEXTS) == expected
    assert graph.read_bytes() == whole
    said = json.loads(record.read_text(encoding="utf-8"))
    assert (said["rewriter"], said["onnxruntime"]) == (rewriter.REWRITER, onnxruntime.__version__)


@pytest.mark.skipif(os.name != "posix", reason="who may write a folder is asked on POSIX only")
def test_nothing_is_taken_from_a_folder_that_others_may_write(model, monkeypatch):
    Ranker(model)
    (model / ".fast").chmod(0o777)
    made = []
    monkeypatch.setattr(fast, "rewrite", lambda path: made.append(path) or rewriter.rewrite(path))
    assert is_fast(Ranker(model))
    assert made == [model / "model.onnx"]
    assert is_fast(Ranker(model))
    assert made == [model / "model.onnx"]  # it was kept elsewhere


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has a umask")
def test_a_graph_is_kept_whatever_the_umask(model, no_rewriting):
    before = os.umask(0o002)
    try:
        Ranker(model)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in (model / ".fast").iterdir()} == {0o644}
    no_rewriting()
    assert is_fast(Ranker(model))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root keeps graphs for others")
def test_a_graph_that_root_kept_is_taken(model, monkeypatch, no_rewriting):
    """An image of a container is built by root and run by another user."""
    Ranker(model)
    monkeypatch.setattr(os, "geteuid", lambda: 4321)
    no_rewriting()
    assert is_fast(Ranker(model))


def test_graphs_of_several_files_of_a_model_are_kept_beside_each_other(fixtures, model, no_rewriting):
    shutil.copy(fixtures / "one-logit-fp32" / "model.onnx", model / "model-fp32.onnx")
    for file in ("model-fp32.onnx", "model.onnx"):
        Ranker(model, file=file)
    no_rewriting()
    for file in ("model-fp32.onnx", "model.onnx"):
        assert is_fast(Ranker(model, file=file))


def test_nothing_is_kept_of_a_model_that_is_replaced_meanwhile(fixtures, model, monkeypatch):
    """What was made from the old file must not stand for the new one."""

    def replaced(path):
        graph = rewriter.rewrite(path)
        shutil.copy(fixtures / "two-logits-int8" / "model.onnx", path)
        return graph

    monkeypatch.setattr(fast, "rewrite", replaced)
    Ranker(model)
    assert kept(model) == []


def test_a_kept_graph_with_external_data_is_not_taken(model):
    """A directory from elsewhere may have one that names any file of the machine."""
    Ranker(model)
    (path,), record = (model / ".fast").glob("*.onnx"), model / ".fast" / "model.onnx.json"
    whole, graph = path.read_bytes(), onnx.load(str(path))
    onnx.save(graph, str(path), save_as_external_data=True, location="data", size_threshold=0)
    content = json.loads(record.read_text(encoding="utf-8")) | {"bytes": path.stat().st_size}
    record.write_text(json.dumps(content), encoding="utf-8")
    assert kept_graph.find_kept(model / "model.onnx") is None
    Ranker(model)
    assert path.read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_no_error(model, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(kept_graph, "write_whole", refuse)
    for _ in range(2):
        assert is_fast(Ranker(model))
    assert kept(model) == []


@pytest.fixture
def users_cache(monkeypatch, tmp_path):
    """The user's own cache, where there is none yet."""
    monkeypatch.setenv("FLASHRANK_CACHE_DIR", str(tmp_path / "home" / "cache"))
    return tmp_path / "home" / "cache"


def test_the_graph_of_a_directory_that_its_owner_made_read_only_is_kept_in_the_users_cache(
    model, users_cache, no_rewriting
):
    """Root could write there all the same."""
    model.chmod(0o555)
    try:
        first = Ranker(model).score(QUERY, TEXTS)
        assert not (model / ".fast").exists()
        assert len([path for path in users_cache.rglob("*") if path.is_file()]) == 2
        no_rewriting()
        again = Ranker(model)
        assert is_fast(again)
        assert again.score(QUERY, TEXTS) == first
    finally:
        model.chmod(0o755)


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has a umask")
def test_the_users_cache_is_made_for_this_user_alone(model, users_cache, no_rewriting):
    model.chmod(0o555)
    before = os.umask(0)
    try:
        Ranker(model)
        assert {path.stat().st_mode & 0o777 for path in (users_cache, *users_cache.rglob("*")) if path.is_dir()} == {
            0o755
        }
        no_rewriting()
        assert is_fast(Ranker(model))
    finally:
        os.umask(before)
        model.chmod(0o755)


@pytest.mark.skipif(os.name != "posix", reason="who may write a folder is asked on POSIX only")
def test_where_nothing_can_be_kept_the_graph_is_made_each_time(model, users_cache, monkeypatch):
    users_cache.mkdir(parents=True)
    for directory in (model, users_cache):
        directory.chmod(0o555)
    made = []
    monkeypatch.setattr(fast, "rewrite", lambda path: made.append(path) or rewriter.rewrite(path))
    try:
        for _ in range(2):
            assert is_fast(Ranker(model))
        assert len(made) == 2
        assert not (model / ".fast").exists()
        assert list(users_cache.iterdir()) == []
    finally:
        for directory in (model, users_cache):
            directory.chmod(0o755)


def test_the_graph_of_the_package_is_run_as_it_is(no_rewriting, users_cache):
    bundled = Path(flashrank.__file__).parent / "bundled" / "nano"
    no_rewriting()
    for name in ("nano", bundled):
        assert not is_fast(Ranker(name))
    assert not (bundled / ".fast").exists()
    assert not users_cache.exists()


def test_two_processes_at_once_both_score(model):
    code = (
        "import sys, json; from flashrank import Ranker; ranker = Ranker(sys.argv[1]);"
        "print(json.dumps([ranker._encoder.is_rewritten, *ranker.score('tides', ['The moon.', 'Bread.']).logits]))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(model)], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    first, second = (json.loads(process.communicate(timeout=60)[0]) for process in started)
    assert first == second
    assert first[0]
    assert len(kept(model)) == 2
