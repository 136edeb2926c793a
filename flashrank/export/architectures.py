"""Which kinds of model can be exported, as their ``config.json`` tells."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from flashrank.errors import InvalidModel

#: Model types of transformers whose sequence classifiers are cross-encoders.
CLASSIFIERS = {
    "bert": "BERT",
    "camembert": "RoBERTa",
    "deberta-v2": "DeBERTa v2/v3",
    "distilbert": "DistilBERT",
    "electra": "ELECTRA",
    "modernbert": "ModernBERT",
    "roberta": "RoBERTa",
    "xlm-roberta": "XLM-R",
}

ALLOWED = (
    "sequence classifiers with 1 or 2 labels (BERT or MiniLM, DistilBERT, ELECTRA, RoBERTa, XLM-R, DeBERTa v2 or v3,"
    " ModernBERT), T5 encoders with a linear head, and T5ForConditionalGeneration (monoT5, InRanker)"
)


class Kind(Enum):
    """How a model judges a pair."""

    CLASSIFIER = "a head of 1 or 2 labels"
    T5_ENCODER = "a linear head on the first token of T5's encoder"
    T5 = "the first token that T5 decodes"


def kind_of(config: Mapping[str, Any], source: str) -> Kind:
    """Return how the model that ``config`` describes judges a pair.

    Args:
        config: The model's ``config.json``.
        source: What to call the model in an error.

    Raises:
        InvalidModel: It is none of the supported ones, or has other than one or two labels.
    """
    model_type = config.get("model_type")
    architecture = str((config.get("architectures") or [""])[0])
    found = f"{source}: config.json says model_type {model_type!r}, architecture {architecture!r}"
    if model_type == "t5":
        if architecture.endswith("ForConditionalGeneration"):
            return Kind.T5
        if architecture.endswith("ForSequenceClassification"):
            # Its head reads the decoder's output for the whole text, which no published ranker does.
            raise InvalidModel(f"{found}; allowed: {ALLOWED}")
        return Kind.T5_ENCODER
    if model_type not in CLASSIFIERS or not architecture.endswith("ForSequenceClassification"):
        raise InvalidModel(f"{found}; allowed: {ALLOWED}")
    labels = count_labels(config)
    if labels not in (1, 2):
        raise InvalidModel(f"{source}: the model has {labels} labels; a cross-encoder has 1 or 2")
    return Kind.CLASSIFIER


def count_labels(config: Mapping[str, Any]) -> int:
    """Return a classifier's number of labels, which transformers takes to be two where nothing is said."""
    names = config.get("id2label")
    return len(names) if names else int(config.get("num_labels") or 2)


def name_of(config: Mapping[str, Any], kind: Kind) -> str:
    """Return what to call a model's architecture."""
    if kind is Kind.CLASSIFIER:
        return CLASSIFIERS[config["model_type"]]
    return "T5 encoder" if kind is Kind.T5_ENCODER else "T5"
