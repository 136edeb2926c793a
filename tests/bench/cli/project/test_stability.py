"""The command, from a model and a collection to files, in real processes."""

from __future__ import annotations

import json
import random
import shutil

import numpy as np
import onnx
import pandas as pd
import pytest
from onnx import numpy_helper

from bench.cli.main import main
from bench.data.collections.opening import open_collection
from bench.data.dataset_spec import DatasetSpec
from bench.data.runs import read_run, write_run
from bench.studies.stability.integer_products import signed_products
from flashrank import Ranker, available_cores

MANY_OR_ONE = f"{max(2, available_cores())} threads or 1"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of twelve candidates for three of the collection's queries, and of one for a fourth."""
    draw = random.Random(3)
    path = tmp_path_factory.mktemp("runs") / "first.trec"
    sizes = {"q0": 12, "q1": 12, "q2": 12, "q3": 1}
    write_run(
        path,
        {
            query_id: [(f"d{doc}", float(-rank)) for rank, doc in enumerate(draw.sample(range(40), size))]
            for query_id, size in sizes.items()
        },
        "first",
    )
    return path


@pytest.fixture(scope="module")
def measured(tmp_path_factory, fixtures, collection, run):
    out = tmp_path_factory.mktemp("stability")
    arguments = [fixtures / "one-logit-int8", "--collection", collection, "--run", run, "--out", out]
    assert main(["stability", *map(str, arguments), "--max-length", "128"]) == 0
    return out


def test_every_logit_is_written_and_is_the_rankers(measured, fixtures, collection, run):
    table = pd.read_csv(measured / "logits.csv", dtype={"query_id": str, "doc_id": str})
    assert len(table) == 37
    assert table.columns[2:].tolist() == [
        "int8, alone",
        "int8, alone, again",
        "int8, alone, 1 thread",
        "int8, padded batch",
        "fp32, alone",
        "fp32, padded batch",
        "int8, fast graph",
        "exact sums, alone",
    ]
    opened = open_collection(DatasetSpec(path=collection))
    ranker = Ranker(fixtures / "one-logit-int8", max_length=128, log_level="ERROR", offline=True)
    for query_id, ranked in read_run(run).items():
        rows = table[table["query_id"] == query_id]
        assert rows["doc_id"].tolist() == [doc_id for doc_id, _ in ranked]
        scored = ranker.score(opened.queries()[query_id], opened.texts(rows["doc_id"]).values())
        np.testing.assert_allclose(rows["int8, fast graph"], scored.logits, rtol=1e-6)


def test_what_is_promised_holds_and_what_is_quantised_moves(measured):
    document = json.loads((measured / "stability.json").read_text())
    found = {row["question"]: row for row in document["comparisons"]}
    for question in ("process to process", MANY_OR_ONE):
        assert (found[question]["equal"], found[question]["largest"]) == (1.0, 0.0), question
    assert found["padding without int8"]["largest"] < 1e-4
    assert found["int8 or fp32"]["mean"] > 1e-3
    assert 0 < found["fast graph or as shipped"]["mean"] < 0.2
    assert document["distance"]["fast"] == pytest.approx(found["int8 on the fast graph or fp32"]["mean"], rel=0.5)
    assert found["alone or in a padded batch"]["mean"] > 1e-4
    assert (document["queries"], document["pairs"]) == (4, 37)
    assert document["machine"]["cpu"]
    assert len(document["setup"]["sha256"]) == 64
    assert all(row["peak_bytes"] > 1e6 and row["seconds"] > 0 for row in document["scorings"])


def test_the_page_and_its_tables_say_the_same(measured):
    page = (measured / "stability.md").read_text()
    assert page.startswith("# Stability of one-logit-int8\n\n4 queries, 37 pairs of tiny; ")
    assert (
        "| process to process | int8, alone, again | int8, alone | all | 0 | 0 | 0 | 1.0000 | 1.000 | 0.0 % |" in page
    )
    for name, rows in (("agreement", 8), ("quality", 8), ("distance", 1), ("cost", 8), ("saturation", 1)):
        assert len(pd.read_csv(measured / f"{name}.csv")) == rows


def test_a_model_in_float_is_compared_with_itself_only(tmp_path, fixtures, collection, run):
    arguments = [fixtures / "one-logit-fp32", "--collection", collection, "--run", run, "--out", tmp_path]
    assert main(["stability", *map(str, arguments), "--limit", "1", "--depth", "3"]) == 0
    document = json.loads((tmp_path / "stability.json").read_text())
    questions = [row["question"] for row in document["comparisons"]]
    assert questions == ["alone or in a padded batch", "fast graph or as shipped", "process to process", MANY_OR_ONE]
    assert document["pairs"] == 3
    # Three candidates have no top ten to compare.
    assert document["comparisons"][0]["overlap"] is None


def test_sums_that_cannot_saturate_are_said_to_be_exact(measured):
    document = json.loads((measured / "stability.json").read_text())
    assert document["saturation"] == {
        "counts": None,
        "pairs": 0,
        "here": "exact: no sum of these weights can saturate",
    }
    found = {row["question"]: row for row in document["comparisons"]}
    assert found["this machine or exact sums"]["largest"] < 1e-4


def test_sums_that_saturate_are_counted_and_this_machine_is_told(tmp_path, fixtures, collection, run):
    """Weights with two large neighbours in every column, whose activations need only be large."""
    shutil.copytree(fixtures / "one-logit-int8", tmp_path / "loud")
    model = onnx.load(str(tmp_path / "loud" / "model.onnx"))
    weights = {node.input[1] for node, _ in signed_products(model)}
    for tensor in model.graph.initializer:
        if tensor.name in weights:
            values = np.clip(numpy_helper.to_array(tensor).astype(int) * 4, -127, 127).astype(np.int8)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    onnx.save(model, str(tmp_path / "loud" / "model.onnx"))
    arguments = [tmp_path / "loud", "--collection", collection, "--run", run, "--out", tmp_path / "out"]
    assert main(["stability", *map(str, arguments)]) == 0
    document = json.loads((tmp_path / "out" / "stability.json").read_text())
    counts = document["saturation"]["counts"]
    assert document["saturation"]["pairs"] == 4
    assert 0 < counts["saturated"] < counts["sums"]
    assert 0 < counts["touched"] < counts["values"]
    found = {row["question"]: row for row in document["comparisons"]}
    assert found["saturating or exact sums"]["mean"] > 1e-3
    near = min(("exact", "saturating"), key=lambda way: found[f"this machine or {way} sums"]["mean"])
    assert document["saturation"]["here"] == near
    assert f"this machine's sums | {near} |" in (tmp_path / "out" / "stability.md").read_text()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "no-such-model"}, "no-such-model"),
        ({"--collection": "absent"}, "absent: no such folder"),
        ({"--run": "absent.trec"}, "absent.trec: cannot be read"),
        ({"model": "nan-logits"}, "model.onnx gave NaN"),
    ],
)
def test_mistakes_are_one_line(tmp_path, fixtures, collection, run, capsys, change, message):
    model = change.get("model", "one-logit-int8")
    options = {"--collection": collection, "--run": run, "--limit": 1, "--depth": 2, "--out": tmp_path / "out"}
    options |= {name: value for name, value in change.items() if name != "model"}
    path = fixtures / model if (fixtures / model).is_dir() else model
    assert main(["stability", str(path), *(str(word) for option in options.items() for word in option)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("bench: ")
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()
