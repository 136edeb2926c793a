"""A trained student as a model directory in FlashRank's layout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bench.distill.export.student_graph import InputMoments, build
from bench.distill.student.design import Design
from bench.distill.student.weights import Weights

ONNX_FILE = "flashrank-nano.onnx"
_SPECIAL = {
    "cls_token": "[CLS]",
    "mask_token": "[MASK]",
    "pad_token": "[PAD]",
    "sep_token": "[SEP]",
    "unk_token": "[UNK]",
}
_MAX_LENGTH = 512


def write_model(
    directory: Path,
    weights: Weights,
    design: Design,
    tokenizer: str,
    table_bits: int,
    bits: int,
    moments: InputMoments = MappingProxyType({}),
) -> None:
    """Write the model directory, with the graph of ``student_graph.build``. Equal arguments give equal bytes."""
    directory.mkdir(parents=True, exist_ok=True)
    model = build(weights, design.heads, table_bits, bits, moments)
    (directory / ONNX_FILE).write_bytes(model.SerializeToString(deterministic=True))
    vocabulary = json.loads(tokenizer)["model"]["vocab"]
    config = {
        "architectures": ["BertForSequenceClassification"],
        "embedding_size": weights["embeddings.table"].shape[1],
        "hidden_size": weights["embeddings.projection"].shape[1],
        "intermediate_size": weights["encoder.layer.0.intermediate.dense.bias"].shape[0],
        "max_position_embeddings": weights["embeddings.positions"].shape[0],
        "model_type": "bert",
        "num_attention_heads": design.heads,
        "num_hidden_layers": len(design.layers),
        "num_labels": 1,
        "pad_token_id": vocabulary["[PAD]"],
        "trained": [asdict(done) for done in design.rounds],
        "type_vocab_size": 2,
        "vocab_size": len(vocabulary),
    }
    tokenizer_config = _SPECIAL | {
        "do_lower_case": True,
        "model_max_length": _MAX_LENGTH,
        "strip_accents": None,
        "tokenize_chinese_chars": True,
        "tokenizer_class": "BertTokenizer",
    }
    plain = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False}
    special = {role: {"content": token, **plain} for role, token in _SPECIAL.items()}
    documents: Mapping[str, Any] = {
        "config.json": config,
        "tokenizer_config.json": tokenizer_config,
        "special_tokens_map.json": special,
    }
    for name, document in documents.items():
        (directory / name).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    (directory / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
