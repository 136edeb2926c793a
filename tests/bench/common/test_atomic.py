"""A name appears over whole content, or stays as it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.common.atomic import clear_partial, move_folder, whole_file, whole_folder

ROOT = Path(__file__).parents[3]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_the_block_ends(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with whole_file(path) as partial:
        partial.write_text("whole")
        assert not path.exists()
        assert partial.parent == path.parent
    assert path.read_text() == "whole"
    assert names(path.parent) == ["a.txt"]


def test_after_an_error_a_file_is_what_it_was(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(FileExistsError), whole_file(path) as partial:
        partial.write_text("half") and partial.touch(exist_ok=False)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_numpy_writes_where_it_is_told_to(tmp_path):
    with whole_file(tmp_path / "a.npy") as partial:
        np.save(partial, np.arange(3))
    assert np.load(tmp_path / "a.npy").tolist() == [0, 1, 2]


def test_a_folder_replaces_one_of_its_name(tmp_path):
    path = tmp_path / "model"
    for content in ("old", "new"):
        with whole_folder(path) as partial:
            (partial / "inner").mkdir()
            (partial / "inner" / content).write_text(content)
    assert names(path / "inner") == ["new"]
    assert names(tmp_path) == ["model"]


def test_after_an_error_a_folder_is_what_it_was(tmp_path):
    path = tmp_path / "model"
    path.mkdir()
    (path / "old").touch()
    with pytest.raises(FileExistsError), whole_folder(path) as partial:
        (partial / "new").write_text("half") and partial.mkdir()
    assert names(path) == ["old"]
    assert names(tmp_path) == ["model"]


def test_a_folder_that_cannot_be_moved_leaves_the_one_before(tmp_path):
    path = tmp_path / "model"
    path.mkdir()
    (path / "old").touch()
    with pytest.raises(OSError, match="nowhere"):
        move_folder(tmp_path / "nowhere", path)
    assert names(path) == ["old"]


@pytest.mark.parametrize("kind", ["whole_file", "whole_folder"])
def test_a_killed_process_leaves_no_half_of_it(tmp_path, kind):
    write = "partial" if kind == "whole_file" else "(partial / 'a')"
    code = (
        f"import os, pathlib, sys; sys.path.insert(0, {str(ROOT)!r}); from bench.common.atomic import {kind}\n"
        f"with {kind}(pathlib.Path('result')) as partial: {write}.write_text('half'); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, timeout=60).returncode == 9
    assert not (tmp_path / "result").exists()
    assert len(names(tmp_path)) == 1
    clear_partial(tmp_path)
    assert names(tmp_path) == []
