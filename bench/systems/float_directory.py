"""A BERT cross-encoder's float32 weights as a directory of transformers, made from its ONNX file.

FlashRank's models are ONNX files of int8 weights. What a system on torch computes with them in float32 can be compared
with what onnxruntime computes, for both then have the same weights.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import platformdirs
from filelock import FileLock

from bench.common.atomic import whole_folder
from bench.common.digest import digest_files, digest_of
from bench.common.errors import BenchError
from bench.common.model_config import read_model_config
from bench.experiment.random_shape import RANDOM_WEIGHTS
from bench.systems.bert_weights import Weights, read_weights
from bench.systems.random_weights import read_random_weights
from bench.systems.student_weights import is_student, read_student_weights
from flashrank import ModelFiles

#: What transformers calls the file.
WEIGHTS_FILE = "model.safetensors"

#: What a directory depends on beside the model.
_MAKERS = ("bert_weights.py", "float_directory.py", "random_weights.py", "student_weights.py")
_BLOCKS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "attention.output.LayerNorm",
    "intermediate.dense",
    "output.dense",
    "output.LayerNorm",
)


def default_folder() -> Path:
    """Return where these directories are kept: they can always be made again."""
    return platformdirs.user_cache_path("flashrank-bench", appauthor=False) / "float-models"


def float_directory(model: ModelFiles, folder: Path | None = None) -> Path:
    """Return a directory that transformers loads, with the weights of ``model`` in float32; made if it is not there.

    Args:
        model: A cross-encoder of BERT's architecture, int8 or not.
        folder: Where such directories are kept; ``default_folder()`` if None.

    Raises:
        BenchError: The model is no such cross-encoder, or the folder cannot be written to.
    """
    companions = sorted([*model.directory.glob("*.json"), *model.directory.glob("vocab.txt")])
    maker = digest_files(Path(__file__).with_name(name) for name in _MAKERS)
    digest = digest_of([maker, digest_files([model.weights, *companions])])
    directory = (folder or default_folder()) / f"{model.directory.name}-{digest[:12]}"
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(directory.parent / f".{directory.name}.lock"):
            if not directory.exists():
                tensors = transformers_tensors(model)
                with whole_folder(directory) as partial:
                    for file in companions:
                        shutil.copyfile(file, partial / file.name)
                    _save(tensors, partial / WEIGHTS_FILE)
    except OSError as error:
        raise BenchError(f"{directory}: cannot be written: {error}") from error
    return directory


def transformers_tensors(model: ModelFiles) -> Weights:
    """Return the weights by the names and in the shapes that ``BertForSequenceClassification`` has them.

    Raises:
        BenchError: The model is no BERT cross-encoder, or a weight is not found in its ONNX file. transformers would
            put random numbers in its place.
    """
    config = read_model_config(model.directory)
    if config.get("model_type") != "bert":
        raise BenchError(
            f"{model.directory}: its float32 weights cannot be read: config.json says model_type "
            f"{config.get('model_type')!r}; only 'bert' is known"
        )
    layers = int(config.get("num_hidden_layers") or 12)  # 12 is BertConfig's default
    if config.get("_name_or_path") == RANDOM_WEIGHTS:
        weights = read_random_weights(model.weights, layers)
    elif is_student(model.weights):
        weights = read_student_weights(model.weights, int(config["num_attention_heads"]))
    else:
        weights = read_weights(model.weights)
    expected = set(_names(layers))
    if differing := sorted(expected.symmetric_difference(weights)):
        state = "is missing" if differing[0] in expected else "is not a part of BERT"
        raise BenchError(f"{model.weights}: its float32 weights cannot be read: {differing[0]} {state}")
    return {_full_name(name): _as_torch_has_it(name, values) for name, values in weights.items()}


def _names(layers: int) -> Iterator[str]:
    for table in ("word", "position", "token_type"):
        yield f"embeddings.{table}_embeddings.weight"
    parts = ["embeddings.LayerNorm", "pooler.dense", "classifier"]
    parts += [f"encoder.layer.{layer}.{block}" for layer in range(layers) for block in _BLOCKS]
    for part in parts:
        yield from (f"{part}.weight", f"{part}.bias")


def _full_name(name: str) -> str:
    return name if name.startswith("classifier.") else f"bert.{name}"


def _as_torch_has_it(name: str, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return a tensor as torch keeps it: matrices of products as (outputs, inputs)."""
    is_product = values.ndim == 2 and not name.startswith("embeddings.")
    return np.ascontiguousarray(values.T if is_product else values)


def _save(tensors: Weights, path: Path) -> None:
    try:
        from safetensors.numpy import save_file
    except ImportError as error:
        raise BenchError(
            "float32 weights are written with the package `safetensors`, which is not installed: "
            "pip install safetensors"
        ) from error
    save_file(tensors, path, metadata={"format": "pt"})
