"""Models of random weights as directories in FlashRank's layout, each written once and kept in the cache of bench."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import platformdirs

from bench.common.digest import digest_files, digest_of
from bench.common.errors import BenchError
from bench.experiment.random_shape import RANDOM_WEIGHTS, Shape
from bench.measure.latency import QUERY, WORDS

#: What a directory holds, the graph last.
FILES = ("config.json", "special_tokens_map.json", "tokenizer_config.json", "tokenizer.json", "model.onnx")
_LONGEST_PAIR = 512


def default_folder() -> Path:
    """Return where these models are kept: they can always be made again."""
    return platformdirs.user_cache_path("flashrank-bench", appauthor=False) / "random-models"


def directory_of(shape: Shape, folder: Path | None = None) -> Path:
    """Return the directory of the model, written or not: its name holds a digest of its shape and of this package."""
    digest = digest_of([_maker(), WORDS, QUERY, shape.model_dump(mode="json")])
    return (folder or default_folder()) / f"{shape.file_name}-{digest[:12]}"


def random_model(shape: Shape, folder: Path | None = None) -> Path:
    """Return the directory of a model of this shape, written if it is not there; the same shape, the same bytes.

    Args:
        shape: Its sizes.
        folder: Where such models are kept; ``default_folder()`` if None.

    Raises:
        BenchError: The ``onnx`` package, with which graphs are written, is missing, or the folder cannot be written to.
    """
    directory = directory_of(shape, folder)
    if is_written(directory):
        return directory
    require_onnx()
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f".{directory.name}.", dir=directory.parent) as scratch:
            model = Path(scratch) / "model"
            model.mkdir()
            _write(shape, model)
            if directory.exists() and not is_written(directory):
                shutil.rmtree(directory)  # damaged: it appears whole
            # Where another process was faster, with the same bytes, its directory stays and this fails.
            model.rename(directory)
    except OSError as error:
        if not is_written(directory):
            raise BenchError(f"{directory}: cannot be written: {error}") from error
    return directory


def is_written(directory: Path) -> bool:
    """Tell whether all files are there; the directory appears whole, so that none is half written."""
    return all((directory / name).is_file() for name in FILES)


def require_onnx() -> None:
    """Check that graphs can be written.

    Raises:
        BenchError: The ``onnx`` package is missing.
    """
    if find_spec("onnx") is None:
        raise BenchError(
            "models of random weights are written with the package `onnx`, which is not installed: pip install onnx"
        )


def _maker() -> str:
    return digest_files(sorted(Path(__file__).parent.glob("*.py")))


def _write(shape: Shape, directory: Path) -> None:
    from bench.random_models.vocabulary import BERT_TOKENS, T5_TOKENS, unigram, wordpiece

    words = {*WORDS, *QUERY.split()}
    t5 = shape.architecture == "T5 encoder"
    tokenizer, special = (unigram(words), T5_TOKENS) if t5 else (wordpiece(words), BERT_TOKENS)
    tokenizer.enable_truncation(_LONGEST_PAIR)
    documents: dict[str, dict[str, Any]] = {
        "config.json": _t5_config(shape) if t5 else _bert_config(shape),
        "special_tokens_map.json": special,
        "tokenizer_config.json": {**special, "model_max_length": _LONGEST_PAIR},
    }
    for name, document in documents.items():
        (directory / name).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    tokenizer.save(str(directory / "tokenizer.json"))
    (directory / "model.onnx").write_bytes(_graph(shape))


def _graph(shape: Shape) -> bytes:
    from bench.random_models.bert import bert
    from bench.random_models.t5 import t5_encoder

    make = t5_encoder if shape.architecture == "T5 encoder" else bert
    seed = int(digest_of(shape.model_dump(mode="json"))[:8], 16)
    return bytes(make(shape, seed).SerializeToString(deterministic=True))


def _bert_config(shape: Shape) -> dict[str, Any]:
    return {
        "_name_or_path": RANDOM_WEIGHTS,
        "architectures": ["BertForSequenceClassification"],
        "model_type": "bert",
        "hidden_size": shape.hidden_size,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.intermediate_size,
        "vocab_size": shape.vocabulary,
        "max_position_embeddings": _LONGEST_PAIR,
        "type_vocab_size": 2,
        "pad_token_id": 0,
        "num_labels": 1,
    }


def _t5_config(shape: Shape) -> dict[str, Any]:
    return {
        "_name_or_path": RANDOM_WEIGHTS,
        "architectures": ["T5EncoderModel"],
        "model_type": "t5",
        "d_model": shape.hidden_size,
        "d_kv": shape.hidden_size // shape.heads,
        "d_ff": shape.intermediate_size,
        "num_layers": shape.layers,
        "num_heads": shape.heads,
        "feed_forward_proj": "gated-gelu",
        "vocab_size": shape.vocabulary,
        "pad_token_id": 0,
        "eos_token_id": 1,
    }
