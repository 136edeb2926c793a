"""A directory appears whole or not at all, and says how it is to be used."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from flashrank.errors import InvalidRequest
from flashrank.export.companions import recipe, whole_or_not_at_all, write_json
from flashrank.models.recipe import Recipe, read_recipe


def test_it_appears_when_all_is_done(tmp_path):
    out = tmp_path / "some" / "where"
    with whole_or_not_at_all(out, force=False) as directory:
        (directory / "model.onnx").write_bytes(b"1")
        assert not out.exists()
    assert [path.name for path in out.iterdir()] == ["model.onnx"]
    assert [path.name for path in out.parent.iterdir()] == ["where"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_after_a_failure(tmp_path, error):
    def fail():
        with whole_or_not_at_all(tmp_path / "out", force=False) as directory:
            (directory / "model.onnx").write_bytes(b"1")
            raise error

    with pytest.raises(error):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_stays(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    for force, message in ((False, "exists; --force replaces it"), (True, "no export made it: it is not replaced")):
        with (
            pytest.raises(InvalidRequest, match=message),
            whole_or_not_at_all(tmp_path / "out", force=force),
        ):
            pass
    assert (tmp_path / "out" / "thesis.txt").read_text() == "years of work"


def test_force_replaces_an_export_only_when_the_new_one_is_whole(tmp_path):
    out = tmp_path / "out"
    with whole_or_not_at_all(out, force=False) as directory:
        write_json(directory / "flashrank.json", {"format": 1, "source": "old"})
    with pytest.raises(ValueError, match="no"), whole_or_not_at_all(out, force=True):
        raise ValueError("no")
    assert read_recipe(out).source == "old"
    with whole_or_not_at_all(out, force=True) as directory:
        write_json(directory / "flashrank.json", {"format": 1, "source": "new"})
    assert read_recipe(out).source == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_recipe_is_what_flashrank_reads(tmp_path):
    source = SimpleNamespace(name="org/name", revision="c0ffee", languages=("en", "de"), license="Apache-2.0")
    written = recipe(source, SimpleNamespace(template="{query} {passage}", max_length=512))
    write_json(tmp_path / "flashrank.json", written)
    assert read_recipe(tmp_path) == Recipe("{query} {passage}", 512, ("en", "de"), "org/name", "c0ffee", "Apache-2.0")


def test_what_is_not_known_is_null(tmp_path):
    source = SimpleNamespace(name="mine", revision=None, languages=(), license="")
    write_json(tmp_path / "flashrank.json", recipe(source, SimpleNamespace(template="", max_length=None)))
    written = json.loads((tmp_path / "flashrank.json").read_text(encoding="utf-8"))
    assert written == {
        **dict.fromkeys(("template", "max_length", "languages", "revision", "license")),
        "format": 1,
        "source": "mine",
    }
    assert read_recipe(tmp_path) == Recipe("", None, (), "mine", "", "")
