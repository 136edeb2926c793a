"""What the tests of distillation share: a tiny student, and a tiny pack with a teacher of random weights and labels."""

from __future__ import annotations

import gzip
import json
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from tokenizers import Tokenizer

from bench.distill.labels.int8_teacher import Int8Teacher
from bench.distill.packs.pack import Pack
from bench.distill.student.design import Design
from bench.distill.student.initial_weights import initial_weights
from bench.distill.student.weights import Weights
from bench.distill.student.word_pieces import pruned_tokenizer
from bench.systems.bert_weights import read_weights

WORDS = (
    "cat",
    "dog",
    "river",
    "music",
    "train",
    "bread",
    "night",
    "house",
    "sea",
    "tree",
    "road",
    "fish",
    "bird",
    "snow",
)
SOURCES = ("web", "forum", "titles")
_PASSAGES, _QUERIES, _CANDIDATES = 200, 60, 6


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


@dataclass(frozen=True)
class TinyPack:
    """A pack on disk.

    Attributes:
        folder: The pack, with labels of the form that the stage ``label`` leaves.
        teacher: The teacher's directory.
        pack: The same texts.
    """

    folder: Path
    teacher: Path
    pack: Pack


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Two threads wait for each other longer than they compute."""
    with suppress(ImportError):
        import torch

        torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny(fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> TinyPack:
    random = np.random.default_rng(3)
    made = tmp_path_factory.mktemp("tiny")
    teacher = made / "teacher"
    shutil.copytree(fixtures / "one-logit-fp32", teacher)
    _spread(teacher / "model.onnx")
    passages = [f"{number} {_words(random, random.integers(4, 30))}" for number in range(_PASSAGES)]
    queries = [f"{_words(random, random.integers(1, 5))} {number}" for number in range(_QUERIES)]
    candidates = np.full((_QUERIES, 16), -1, dtype=np.int32)
    for row in candidates:
        row[random.permutation(16)[:_CANDIDATES]] = random.permutation(_PASSAGES)[:_CANDIDATES]
    candidates[7] = -1
    sources = [SOURCES[i % len(SOURCES)] for i in range(_QUERIES)]
    folder = made / "data"
    for name in ("pack", "labels", "labels-test"):
        (folder / name).mkdir(parents=True)
    (folder / "pack" / "passages.1.txt").write_text("\n".join(passages[:150]))
    with gzip.open(folder / "pack" / "passages.2.txt.gz", "wt") as file:
        file.write("\n".join(passages[150:]))
    (folder / "pack" / "queries.txt").write_text("\n".join(queries))
    (folder / "pack" / "sources.txt").write_text("\n".join(sources))
    np.save(folder / "pack" / "candidates16.npy", candidates)
    _label(folder / "labels" / "wide.00.jsonl.gz", teacher, [*queries[:9], "a new one"], passages, sources)
    _label(folder / "labels-test" / "wide.01.jsonl.gz", teacher, [*queries[20:23], "another one"], passages, sources)
    return TinyPack(folder, teacher, Pack(passages, queries, candidates, sources))


def _words(random: np.random.Generator, count: int) -> str:
    return " ".join(WORDS[i] for i in random.integers(len(WORDS), size=count))


def _spread(path: Path) -> None:
    """Make the fixture's logits, which are nearly constant, differ by several."""
    model = onnx.load(str(path))
    for tensor in model.graph.initializer:
        if "classifier.weight" in tensor.name and tensor.data_type == onnx.TensorProto.FLOAT:
            values = numpy_helper.to_array(tensor) * 2
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float32), tensor.name))
    onnx.save(model, str(path))


def _label(path: Path, teacher: Path, queries: list[str], passages: list[str], sources: list[str]) -> None:
    scorer = Int8Teacher(teacher, threads=1)
    with gzip.open(path, "wt") as file:
        for i, query in enumerate(queries):
            texts = passages[5 * i : 5 * i + 6]
            rows = [
                {"text": text, "relevant": 0, "logit": logit}
                for text, logit in zip(texts, scorer.logits(query, texts), strict=True)
            ]
            file.write(json.dumps({"query": query, "source": sources[i], "passages": rows}) + "\n")
