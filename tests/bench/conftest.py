"""A tiny experiment that needs no network, and the command line in a process of its own."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
_WORDS = ("rank", "passages", "query", "model", "score", "token", "layer", "search", "index", "engine", "term", "top")
QUERIES = 14


@pytest.fixture(scope="session")
def collection(tmp_path_factory) -> Path:
    """A folder in BEIR layout: 40 documents, of which some are too long for the models, and 14 judged queries."""
    draw = random.Random(7)
    folder = tmp_path_factory.mktemp("collections") / "tiny"
    (folder / "qrels").mkdir(parents=True)
    documents = [
        {"_id": f"d{i}", "title": f"part {i}", "text": " ".join(draw.choices(_WORDS, k=draw.choice([20, 60, 400])))}
        for i in range(40)
    ]
    queries = [{"_id": f"q{i}", "text": " ".join(draw.sample(_WORDS, 3))} for i in range(QUERIES)]
    qrels = [
        f"{query['_id']}\td{doc}\t{draw.randint(0, 2)}\n" for query in queries for doc in draw.sample(range(40), 8)
    ]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in documents))
    (folder / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in queries))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(qrels))
    return folder


@pytest.fixture
def experiment_file(tmp_path, collection, fixtures) -> Path:
    """An experiment of that collection with two tiny models and a small latency grid."""
    path = tmp_path / "tiny.yaml"
    path.write_text(
        yaml.safe_dump(
            {
                "description": "Forty documents of fifteen words.",
                "datasets": [{"path": str(collection), "note": "made of random words"}],
                "candidates": {"depth": 30},
                "models": [
                    {"path": str(fixtures / "one-logit-int8")},
                    {"path": str(fixtures / "two-logits-int8"), "max_length": 64, "threads": 1},
                ],
                "latency": {"tokens": [32, 64], "passages": 2, "repeats": 3, "min_repeats": 1, "warmup": 1},
            }
        )
    )
    return path


@pytest.fixture
def bench(tmp_path):
    """Start ``python -m bench`` in a process of its own, with caches of its own and no network."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "FLASHRANK_CACHE_DIR": str(tmp_path / "models"),
        "IR_DATASETS_HOME": str(tmp_path / "ir_datasets"),
        "HF_HUB_OFFLINE": "1",
        "PYTHONWARNINGS": "error",
    }

    def start(*arguments, **changes):
        return subprocess.Popen(
            [sys.executable, "-m", "bench", *map(str, arguments)],
            cwd=tmp_path,
            env={**environment, **changes},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Tests that a shell started in the background ignore interrupts, and their children would too.
            preexec_fn=None if os.name == "nt" else partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )

    def run(*arguments, **changes):
        process = start(*arguments, **changes)
        output, errors = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    run.start = start
    return run
