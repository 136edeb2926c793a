"""A model's float32 weights for transformers: the same numbers, by the names and in the shapes that it knows."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from bench.common.errors import BenchError
from bench.systems.bert_weights import read_weights
from bench.systems.float_directory import WEIGHTS_FILE, float_directory, transformers_tensors
from flashrank import resolve_model


@pytest.fixture
def model(fixtures):
    return resolve_model(fixtures / "one-logit-int8", offline=True)


@pytest.fixture
def copied(fixtures, tmp_path):
    """A model whose files a test may change."""
    directory = tmp_path / "copy"
    shutil.copytree(fixtures / "one-logit-int8", directory)
    return directory


def test_names_and_shapes_are_those_of_transformers(model):
    tensors = transformers_tensors(model)
    read = read_weights(model.weights)
    assert len(tensors) == len(read) == 5 + 4 + 2 * 16
    assert tensors["classifier.weight"].shape == (1, 32)
    assert tensors["bert.embeddings.word_embeddings.weight"].shape == (512, 32)
    assert tensors["bert.encoder.layer.1.intermediate.dense.weight"].shape == (64, 32)
    np.testing.assert_array_equal(
        tensors["bert.encoder.layer.1.output.dense.weight"], read["encoder.layer.1.output.dense.weight"].T
    )


def test_two_logits_have_two_rows(fixtures):
    tensors = transformers_tensors(resolve_model(fixtures / "two-logits-int8", offline=True))
    assert tensors["classifier.weight"].shape == (2, 32)


def test_the_directory_holds_weights_configuration_and_tokenizer(model, tmp_path):
    numpy_files = pytest.importorskip("safetensors.numpy")
    directory = float_directory(model, tmp_path)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        assert (directory / name).read_bytes() == (model.directory / name).read_bytes()
    found, expected = numpy_files.load_file(directory / WEIGHTS_FILE), transformers_tensors(model)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)
    assert not list(directory.glob("*.onnx"))


def test_it_is_made_once_for_the_same_model(model, copied, tmp_path):
    pytest.importorskip("safetensors")
    first = float_directory(model, tmp_path / "kept")
    written = (first / WEIGHTS_FILE).stat().st_mtime_ns
    assert float_directory(model, tmp_path / "kept") == first
    assert (first / WEIGHTS_FILE).stat().st_mtime_ns == written
    config = json.loads((copied / "config.json").read_text())
    (copied / "config.json").write_text(json.dumps({**config, "layer_norm_eps": 1e-6}))
    assert float_directory(resolve_model(copied, offline=True), tmp_path / "kept") != first


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"num_hidden_layers": 3},
            r"model\.onnx: .*: encoder\.layer\.2\.attention\.output\.LayerNorm\.bias is missing",
        ),
        ({"num_hidden_layers": 1}, r"model\.onnx: .* is not a part of BERT"),
        ({"model_type": "roberta"}, "config.json says model_type 'roberta'; only 'bert' is known"),
    ],
)
def test_weights_that_are_not_those_of_the_configuration_are_refused(copied, tmp_path, change, problem):
    config = json.loads((copied / "config.json").read_text())
    (copied / "config.json").write_text(json.dumps({**config, **change}))
    with pytest.raises(BenchError, match=problem):
        float_directory(resolve_model(copied, offline=True), tmp_path / "kept")
    assert not [path for path in (tmp_path / "kept").iterdir() if path.is_dir()]
