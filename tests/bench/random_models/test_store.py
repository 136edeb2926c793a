"""Model directories: made once, whole or not at all, the same bytes always, and usable like any other."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from bench.common.digest import digest_files
from bench.common.errors import BenchError
from bench.experiment.random_shape import Shape
from bench.measure.latency import request_of
from bench.random_models import store
from bench.random_models.store import FILES, directory_of, is_written, random_model
from flashrank import Ranker

SMALL = Shape(layers=1, hidden_size=48, vocabulary=4096)
SMALL_T5 = Shape(architecture="T5 encoder", layers=1, hidden_size=48, vocabulary=4096)


@pytest.mark.parametrize("shape", [SMALL, SMALL_T5])
@pytest.mark.parametrize("tokens", [8, 16, 100, 512])
def test_requests_of_exact_lengths_can_be_made(tmp_path_factory, shape, tokens):
    folder = tmp_path_factory.getbasetemp() / "random-models"
    ranker = Ranker(random_model(shape, folder), log_level="ERROR")
    request = request_of(ranker, tokens, passages=12)
    texts = [passage["text"] for passage in request.passages]
    assert ranker.score(request.query, texts).tokens == (tokens,) * 12
    assert len({result["score"] for result in ranker.rerank(request)}) > 6


def test_words_are_one_token_each_and_other_texts_are_read_too(tmp_path):
    for shape in (SMALL, SMALL_T5):
        tokenizer = Ranker(random_model(shape, tmp_path), log_level="ERROR").tokenizer
        assert len(tokenizer.encode("good time 1999 people", add_special_tokens=False).ids) == 4
        unknown = tokenizer.token_to_id("[UNK]" if shape is SMALL else "<unk>")
        assert unknown not in tokenizer.encode("what's a cross-encoder?").ids


def test_a_shape_is_written_once_and_always_the_same(tmp_path):
    first = random_model(SMALL, tmp_path / "a")
    digest = digest_files([first / name for name in FILES])
    written = (first / "model.onnx").stat().st_mtime_ns
    assert random_model(SMALL, tmp_path / "a") == first
    assert (first / "model.onnx").stat().st_mtime_ns == written
    other = random_model(SMALL, tmp_path / "b")
    assert other.name == first.name
    assert digest_files([other / name for name in FILES]) == digest


def test_other_shapes_have_other_names(tmp_path):
    shapes = [SMALL, SMALL_T5, Shape(layers=2, hidden_size=48), Shape(layers=1, hidden_size=48, heads=4)]
    assert len({directory_of(shape, tmp_path) for shape in shapes}) == 4
    assert directory_of(SMALL_T5, tmp_path).name.startswith("t5-1x48-")


def test_the_configuration_says_what_the_model_is(tmp_path):
    config = json.loads((random_model(SMALL, tmp_path) / "config.json").read_text())
    assert (config["model_type"], config["num_hidden_layers"], config["hidden_size"]) == ("bert", 1, 48)
    assert config["_name_or_path"] == "(random weights)"
    config = json.loads((random_model(SMALL_T5, tmp_path) / "config.json").read_text())
    assert (config["model_type"], config["num_layers"], config["d_model"], config["d_ff"]) == ("t5", 1, 48, 128)


def test_a_damaged_directory_is_replaced(tmp_path):
    directory = random_model(SMALL, tmp_path)
    (directory / "tokenizer.json").unlink()
    assert not is_written(directory)
    assert is_written(random_model(SMALL, tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [directory.name], "nothing is left beside it"


def test_many_may_ask_at_once(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        directories = set(pool.map(lambda _: random_model(SMALL, tmp_path), range(8)))
    assert len(directories) == 1
    assert is_written(directories.pop())
    assert len(list(tmp_path.iterdir())) == 1


def test_without_the_onnx_package_the_error_says_what_to_install(tmp_path, monkeypatch):
    made = random_model(SMALL, tmp_path)
    monkeypatch.setattr(store, "find_spec", lambda _: None)
    assert random_model(SMALL, tmp_path) == made, "what is there needs no package"
    shutil.rmtree(made)
    with pytest.raises(BenchError, match="pip install onnx"):
        random_model(SMALL, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BenchError, match="cannot be written"):
        random_model(SMALL, tmp_path / "file")
