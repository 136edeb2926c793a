"""Which models can be exported is told by config.json."""

from __future__ import annotations

import pytest

from flashrank.errors import InvalidModel
from flashrank.export.architectures import Kind, count_labels, kind_of, name_of


def config(model_type, architecture, labels=1):
    return {
        "model_type": model_type,
        "architectures": [architecture],
        "id2label": {str(i): f"LABEL_{i}" for i in range(labels)},
    }


@pytest.mark.parametrize(
    ("model_type", "architecture", "kind", "name"),
    [
        ("bert", "BertForSequenceClassification", Kind.CLASSIFIER, "BERT"),
        ("distilbert", "DistilBertForSequenceClassification", Kind.CLASSIFIER, "DistilBERT"),
        ("electra", "ElectraForSequenceClassification", Kind.CLASSIFIER, "ELECTRA"),
        ("roberta", "RobertaForSequenceClassification", Kind.CLASSIFIER, "RoBERTa"),
        ("camembert", "CamembertForSequenceClassification", Kind.CLASSIFIER, "RoBERTa"),
        ("xlm-roberta", "XLMRobertaForSequenceClassification", Kind.CLASSIFIER, "XLM-R"),
        ("deberta-v2", "DebertaV2ForSequenceClassification", Kind.CLASSIFIER, "DeBERTa v2/v3"),
        ("modernbert", "ModernBertForSequenceClassification", Kind.CLASSIFIER, "ModernBERT"),
        ("t5", "T5ForConditionalGeneration", Kind.T5, "T5"),
        ("t5", "T5ForTokenClassification", Kind.T5_ENCODER, "T5 encoder"),
        ("t5", "T5EncoderModel", Kind.T5_ENCODER, "T5 encoder"),
    ],
)
def test_the_kinds(model_type, architecture, kind, name):
    found = config(model_type, architecture)
    assert kind_of(found, "here") is kind
    assert name_of(found, kind) == name


@pytest.mark.parametrize(
    ("model_type", "architecture"),
    [
        ("gpt2", "GPT2ForSequenceClassification"),
        ("bert", "BertForMaskedLM"),
        ("bert", "BertModel"),
        ("t5", "T5ForSequenceClassification"),
        (None, ""),
    ],
)
def test_other_models_are_refused_with_what_is_allowed(model_type, architecture):
    with pytest.raises(InvalidModel) as caught:
        kind_of(config(model_type, architecture), "org/name")
    message = str(caught.value)
    assert message.startswith(f"org/name: config.json says model_type {model_type!r}, architecture {architecture!r}")
    assert "ModernBERT" in message
    assert "monoT5" in message


@pytest.mark.parametrize("labels", [3, 5])
def test_more_than_two_labels_are_refused(labels):
    with pytest.raises(InvalidModel, match=f"org/name: the model has {labels} labels; a cross-encoder has 1 or 2"):
        kind_of(config("bert", "BertForSequenceClassification", labels), "org/name")


def test_labels_that_are_not_counted_are_two():
    assert count_labels({"model_type": "bert"}) == 2
    assert count_labels({"num_labels": 1}) == 1
