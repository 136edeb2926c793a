"""What the tests of distillation share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from bench.distill.student.design import Design
from bench.distill.student.forward import initial_weights
from bench.distill.student.teacher import Weights, read_weights
from bench.distill.student.vocabulary import pruned_tokenizer


@dataclass(frozen=True)
class Student:
    """A tiny student of the fixture model, and the text of its ``tokenizer.json``."""

    weights: Weights
    design: Design
    tokenizer: str


@pytest.fixture(scope="session")
def student(fixtures: Path) -> Student:
    """A student of two layers with every part smaller than its teacher's."""
    design = Design(layers=(0, 1), table=16, feed_forward=48, vocabulary=512, heads=4)
    teacher = fixtures / "one-logit-int8"
    full = Tokenizer.from_file(str(teacher / "tokenizer.json"))
    vocabulary = full.get_vocab()
    kept = sorted(vocabulary, key=vocabulary.__getitem__)
    ids = [vocabulary[piece] for piece in kept]
    weights = initial_weights(read_weights(teacher / "model.onnx"), design, ids, [1] * len(ids))
    # The fixture's logits are nearly constant: a larger classifier makes differences visible.
    classifier = np.random.default_rng(5).normal(size=weights["classifier.weight"].shape)
    weights["classifier.weight"] = classifier.astype(np.float32)
    return Student(weights, design, pruned_tokenizer(full, kept))
