"""Record the scores that FlashRank 0.2.10 itself gives, one passage at a time.

Run it in an environment of its own, as FlashRank and this project share a package name:

    python -m venv upstream && upstream/bin/pip install FlashRank==0.2.10
    upstream/bin/python tests/flashrank/scoring/reference/make_upstream_reference.py MODELS_DIR

``MODELS_DIR/ms-marco-MiniLM-L-12-v2`` holds the real model; FlashRank's README, whose example is scored too, is read
from ``MODELS_DIR/../seed`` and not copied. Writes ``minilm_l12.json`` and, for the fixtures, ``fixtures.json``.

One passage at a time, because in a batch every score depends on the other passages. Scores are float32, written with
``float.hex()``: they can be compared to the bit. They hold for processors of the kind in ``made_with.isa``, as int8
kernels without VNNI saturate where those with it do not; the fixtures' weights are made so that nothing saturates.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flashrank import Config, Ranker, RerankRequest

HERE = Path(__file__).parent
FIXTURES = HERE.parents[2] / "fixtures"
MODEL = "ms-marco-MiniLM-L-12-v2"
LENGTHS = (512, 64)
PACKAGES = ("FlashRank", "numpy", "onnxruntime", "tokenizers")
INT8_EXTENSIONS = ("avx2", "avx512_vnni", "avx_vnni")

Requests = list[dict[str, Any]]


def made_with() -> dict[str, Any]:
    """Return the versions and the processor that the scores come from."""
    cpuinfo = Path("/proc/cpuinfo")
    flags = set(cpuinfo.read_text().split()) if cpuinfo.exists() else set()
    return {
        "machine": platform.machine(),
        "isa": [extension for extension in INT8_EXTENSIONS if extension in flags],
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }


def read_example(readme: Path) -> Requests:
    """Return the query and the passages of the README's example."""
    text = readme.read_text(encoding="utf-8")
    (query,) = re.findall(r'^query = "(.+)"$', text, re.MULTILINE)
    return [{"query": query, "passages": re.findall(r'"text":"(.+?)"', text.partition("# Reranked output")[0])}]


def score(directory: Path, requests: Requests) -> dict[str, Any]:
    """Return, for each max_length, the scores of each request's passages, each ranked alone."""
    scores: dict[str, Any] = {}
    for length in LENGTHS:
        ranker = Ranker(directory.name, cache_dir=str(directory.parent), max_length=length)
        scores[str(length)] = [
            [score_alone(ranker, request["query"], passage) for passage in request["passages"]] for request in requests
        ]
    return scores


def score_alone(ranker: Ranker, query: str, passage: str) -> str:
    """Return the score of one passage in a request of its own, as ``float.hex()`` writes it."""
    (result,) = ranker.rerank(RerankRequest(query=query, passages=[{"text": passage}]))
    return float(result["score"]).hex()


def sha256(path: Path) -> str:
    """Return the digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write(name: str, document: dict[str, Any]) -> None:
    """Write a reference beside this script."""
    (HERE / name).write_text(json.dumps({"made_with": made_with(), **document}, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Score every pair with the real model and with the fixtures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, metavar="MODELS_DIR", help=f"the directory that holds {MODEL}/")
    models = parser.parse_args().models.resolve()
    (readme,) = models.parent.glob("seed/*.txt")
    requests: Requests = json.loads((HERE / "pairs.json").read_text(encoding="utf-8"))

    write(
        "minilm_l12.json",
        {
            "model_sha256": sha256(models / MODEL / Config.model_file_map[MODEL]),
            "scores": score(models / MODEL, requests),
            "readme_sha256": sha256(readme),
            "readme_scores": score(models / MODEL, read_example(readme)),
        },
    )
    fixtures = ("one-logit-int8", "two-logits-int8")
    Config.model_file_map.update(dict.fromkeys(fixtures, "model.onnx"))
    write(
        "fixtures.json",
        {
            name: {"model_sha256": sha256(FIXTURES / name / "model.onnx"), "scores": score(FIXTURES / name, requests)}
            for name in fixtures
        },
    )


if __name__ == "__main__":
    main()
