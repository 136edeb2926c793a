"""Scores equal FlashRank 0.2.10's, called one passage at a time.

The stored scores were written by ``reference/make_upstream_reference.py``, and depend on the processor and on the
releases of onnxruntime, tokenizers and numpy that ``made_with`` names. Where these are the same, scores are equal to
the bit. Elsewhere they are equal to a tolerance. The largest differences seen are, of the real L-12, .043 with VNNI and
.071 under onnxruntime 1.20 to 1.23; of the tiny models, .009 with VNNI and .033 on an emulated Nehalem: half a step of
an activation, rounded the other way.

That another processor gives the same as FlashRank does there is not in these numbers; ``test_integer_products.py``
computes AVX2's arithmetic on any machine, and compares it with them.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
from importlib.metadata import version
from pathlib import Path

import pytest

from bench.provenance.machine import fingerprint
from flashrank import Ranker, RerankRequest

REFERENCE = Path(__file__).parent / "reference"
PAIRS = json.loads((REFERENCE / "pairs.json").read_text(encoding="utf-8"))
FIXTURES = json.loads((REFERENCE / "fixtures.json").read_text(encoding="utf-8"))
REAL = json.loads((REFERENCE / "minilm_l12.json").read_text(encoding="utf-8"))
MODEL = "ms-marco-MiniLM-L-12-v2"


TINY, REAL_INT8 = 0.05, 0.1


def check(ranker, requests, expected, made_with, tolerance):
    """Compare the scores of whole requests with those that upstream gave each passage alone."""
    int8_isa = {"avx2", "avx512_vnni", "avx_vnni"} & set(fingerprint()["isa"])
    same = (platform.machine(), int8_isa, *map(version, ("onnxruntime", "tokenizers", "numpy"))) == (
        made_with["machine"],
        set(made_with["isa"]),
        *(made_with[library] for library in ("onnxruntime", "tokenizers", "numpy")),
    )
    for request, hexadecimal in zip(requests, expected, strict=True):
        scores = ranker.score(request["query"], request["passages"]).scores
        wanted = [float.fromhex(score) for score in hexadecimal]
        assert list(scores) == (wanted if same else pytest.approx(wanted, abs=tolerance))


@pytest.mark.parametrize("max_length", [512, 64])
@pytest.mark.parametrize("name", ["one-logit-int8", "two-logits-int8"])
def test_tiny_models(fixtures, name, max_length):
    model = fixtures / name / "model.onnx"
    assert hashlib.sha256(model.read_bytes()).hexdigest() == FIXTURES[name]["model_sha256"]
    ranker = Ranker(model.parent, max_length=max_length, log_level="ERROR", graph="as-shipped")
    check(ranker, PAIRS, FIXTURES[name]["scores"][str(max_length)], FIXTURES["made_with"], TINY)


@pytest.mark.parametrize("max_length", [512, 64])
def test_the_real_model(shared, max_length):
    ranker = Ranker(MODEL, cache_dir=shared / "models", max_length=max_length, log_level="ERROR", graph="as-shipped")
    check(ranker, PAIRS, REAL["scores"][str(max_length)], REAL["made_with"], REAL_INT8)


def test_upstreams_readme_example_runs_unchanged(shared, monkeypatch):
    """The example's own lines, with the model that is at hand instead of the default."""
    (readme,) = (shared / "seed").glob("*.txt")
    text = readme.read_text(encoding="utf-8")
    assert hashlib.sha256(readme.read_bytes()).hexdigest() == REAL["readme_sha256"]
    (example,) = (block for block in re.findall(r"```python\s(.*?)```", text, re.DOTALL) if "rerankrequest =" in block)
    monkeypatch.setattr("builtins.print", lambda *_: None)
    names = {"Ranker": Ranker, "RerankRequest": RerankRequest}
    names["ranker"] = Ranker(model_name=MODEL, cache_dir=str(shared / "models"))
    exec(example, names)
    results = names["results"]
    (expected,) = REAL["readme_scores"]["512"]
    check(
        names["ranker"],
        [{"query": names["query"], "passages": [passage["text"] for passage in names["passages"]]}],
        [expected],
        REAL["made_with"],
        REAL_INT8,
    )
    assert all("score" not in passage for passage in names["passages"])
    assert sorted(result["id"] for result in results) == [1, 2, 3, 4, 5]
    assert [result["meta"] for result in results] == [{"additional": f"info{result['id']}"} for result in results]
    assert results == sorted(results, key=lambda result: -result["score"])
