"""The names that callers import, and what importing them costs."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import flashrank


def test_exported_names():
    assert sorted(flashrank.__all__) == [
        "FlashRankError",
        "InvalidModel",
        "InvalidRequest",
        "ModelSpec",
        "ModelUnavailable",
        "Ranker",
        "RerankRequest",
        "Scores",
        "__version__",
        "list_models",
    ]
    assert all(hasattr(flashrank, name) for name in flashrank.__all__)


def test_upstream_module_names():
    from flashrank.Config import default_cache_dir, default_model, listwise_rankers, model_file_map, model_url
    from flashrank.Ranker import Ranker, RerankRequest

    assert Ranker is flashrank.Ranker
    assert RerankRequest is flashrank.RerankRequest
    assert isinstance(Ranker, type)
    assert default_model == "ms-marco-TinyBERT-L-2-v2"
    assert set(model_file_map) == {spec.name for spec in flashrank.list_models()}
    assert model_url.format(default_model).endswith("/ms-marco-TinyBERT-L-2-v2.zip")
    assert isinstance(default_cache_dir, str)
    assert "ms-marco-TinyBERT-L-2-v2" not in listwise_rankers


def test_the_default_cache_follows_the_environment(monkeypatch, tmp_path):
    from flashrank import Config

    module = importlib.import_module("flashrank.Ranker")
    monkeypatch.setenv("FLASHRANK_CACHE_DIR", str(tmp_path))
    assert Config.default_cache_dir == module.default_cache_dir == str(tmp_path)
    for odd in (Config, module):
        with pytest.raises(AttributeError, match=f"module '{odd.__name__}' has no attribute 'nothing'"):
            odd.nothing  # noqa: B018


def test_upstreams_names_come_with_a_star():
    names: dict[str, object] = {}
    exec("from flashrank.Ranker import *", names)
    assert isinstance(names["default_cache_dir"], str)
    assert names["model_file_map"] is flashrank.Config.model_file_map


def test_import_stays_light():
    heavy = "onnxruntime huggingface_hub numpy tokenizers requests pandas pydantic matplotlib bench"
    code = f"import sys, flashrank; print([name for name in {heavy.split()!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
