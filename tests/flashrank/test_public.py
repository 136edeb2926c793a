"""The names that callers import, and what importing them costs."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import flashrank

PACKAGE = Path(flashrank.__file__).parent
#: FlashRank's own modules, and the errors that callers catch.
PUBLIC_MODULES = {"Config", "Ranker", "errors"}


def test_exported_names():
    assert flashrank.__all__ == [
        "FlashRankError",
        "InvalidModel",
        "InvalidRequest",
        "ModelFiles",
        "ModelSpec",
        "ModelUnavailable",
        "Pair",
        "Ranker",
        "RerankRequest",
        "Scores",
        "TextTemplate",
        "__version__",
        "available_cores",
        "default_cache_dir",
        "find_model",
        "list_models",
        "locate_model",
        "resolve_model",
    ]


def test_the_exported_names_are_those_of_the_namespace():
    found = {name for name, value in vars(flashrank).items() if name[0] != "_" and not inspect.ismodule(value)}
    assert found | {"__version__"} == set(flashrank.__all__)


def test_the_package_itself_holds_only_names():
    body = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8")).body
    assert [type(node) for node in body if not isinstance(node, ast.ImportFrom)] == [ast.Expr, ast.Assign, ast.Assign]


def test_what_is_not_public_is_private_by_its_name_or_in_a_package_that_exports_nothing():
    modules = {path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("_")}
    assert modules == PUBLIC_MODULES
    packages = [path for path in PACKAGE.rglob("__init__.py") if path.parent != PACKAGE]
    assert {path.parent.name for path in packages} == {
        "cascade",
        "export",
        "graphs",
        "hub",
        "listwise",
        "models",
        "scoring",
    }
    for path in packages:
        (docstring,) = ast.parse(path.read_text(encoding="utf-8")).body
        assert isinstance(docstring, ast.Expr), path


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


def test_import_loads_nothing_that_a_download_or_a_rewriting_needs():
    """The import is to take less than a quarter of FlashRank 0.2.10's, whose modules load requests and onnxruntime."""
    later = (
        *("flashrank.graphs.model", "flashrank.listwise", "flashrank.models.hub", "flashrank.models.install"),
        *("flashrank.models.kept_graph", "flashrank.models.variants"),
        *("flashrank.scoring.pair_encoder", "flashrank.scoring.session", "filelock", "hashlib", "platformdirs"),
        *("tempfile", "zipfile"),
    )
    code = f"import sys; given = set(sys.modules); import flashrank; print({{*{later!r}}} & set(sys.modules) - given)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_a_model_on_disk_ranks_without_what_a_download_needs():
    later = ("huggingface_hub", "filelock", "zipfile", "flashrank.models.hub", "flashrank.scoring.prompt_encoder")
    code = (
        "import sys; from flashrank import Ranker; Ranker('nano').score('tides', ['The moon.']);"
        f"print({{*{later!r}}} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
