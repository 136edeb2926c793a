"""How long the parts of reranking take; run by name, as CONTRIBUTING.md says, and never with the tests."""

from __future__ import annotations

import shutil

import pytest

from bench.experiment.random_shape import Shape
from bench.random_models.store import random_model
from flashrank import Ranker, RerankRequest, locate_model
from flashrank.scoring.samples import SAMPLES
from tests.conftest import SHARED
from tests.flashrank.conftest import is_fast

L_12 = "ms-marco-MiniLM-L-12-v2"
QUERY = "why are there two high tides a day"
TEXTS = [passage for _, passages in SAMPLES for passage in passages]
REQUEST = RerankRequest(QUERY, [{"text": text} for text in TEXTS])


def nano(_folder):
    return "nano"


def two_layers(folder):
    return random_model(Shape(layers=2, hidden_size=128), folder)


def l_12(folder):
    found = locate_model(L_12)
    source = found.directory if found is not None else SHARED / "models" / L_12
    if not source.is_dir():
        pytest.skip(f"{L_12} is neither in the cache nor at {source}: this benchmark did NOT run")
    # A copy, beside which the rewritten graph can be kept.
    model = shutil.copytree(source, folder / L_12, copy_function=shutil.copyfile)
    model.chmod(0o755)
    return model


@pytest.fixture(scope="module", params=[nano, two_layers, l_12], ids=["nano", "2 x 128", "L-12"])
def model(request, tmp_path_factory):
    """A model by its name or its directory."""
    return request.param(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module", params=["as-shipped", "fast"])
def ranker(request, model):
    """The model with one of its graphs; the rewritten one is then kept for those that load it later."""
    ranker = Ranker(model, log_level="ERROR", graph=request.param)
    if is_fast(ranker) != (request.param == "fast"):
        pytest.skip("the graph of this model is not rewritten: this benchmark did NOT run")
    return ranker


def test_load(benchmark, ranker, model):
    graph = "fast" if is_fast(ranker) else "as-shipped"
    assert is_fast(benchmark(Ranker, model, log_level="ERROR", graph=graph)) == is_fast(ranker)


def test_tokenize(benchmark, model):
    ranker = Ranker(model, log_level="ERROR")
    assert len(benchmark(ranker.encode, QUERY, TEXTS)) == len(TEXTS)


def test_score(benchmark, ranker):
    assert len(benchmark(ranker.score, QUERY, TEXTS).scores) == len(TEXTS)


def test_rerank(benchmark, ranker):
    assert len(benchmark(ranker.rerank, REQUEST)) == len(TEXTS)
