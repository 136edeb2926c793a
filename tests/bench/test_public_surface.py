"""bench uses the names that ``flashrank`` exports, and nothing behind them, wherever the import stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

import flashrank
from flashrank._parts import RankerParts

from ..source_tree import ROOT, modules

EXPORTED = {*flashrank.__all__, "__file__"}
PRIVATE = {
    name
    for owner in (RankerParts, flashrank.Ranker)
    for name in {*vars(owner), *owner.__annotations__}
    if name.startswith("_") and not name.startswith("__")
}


def inner_uses(tree: ast.Module) -> Iterator[str]:
    """Yield what a module uses of ``flashrank`` beyond its exported names: modules, names and a Ranker's own parts."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names if alias.name.startswith("flashrank."))
            case ast.ImportFrom(module="flashrank"):
                yield from (alias.name for alias in node.names if alias.name not in EXPORTED)
            case ast.ImportFrom(module=str(name)) if name.startswith("flashrank."):
                yield name
            case ast.Attribute(value=ast.Name(id="flashrank"), attr=name) if name not in EXPORTED:
                yield f"flashrank.{name}"
            case ast.Attribute(value=ast.Name(id="self")):
                pass
            case ast.Attribute(attr=name) if name in PRIVATE:
                yield name
            case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), args=[ast.Constant(value=str(name))]):
                if called in ("import_module", "__import__") and name.startswith("flashrank."):
                    yield name


def test_bench_uses_exported_names_only():
    found = {module: list(inner_uses(tree)) for module, tree in modules(ROOT, "bench").items()}
    assert {module: names for module, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("from flashrank.models.store import resolve_model", "flashrank.models.store"),
        ("from flashrank.Ranker import Ranker", "flashrank.Ranker"),
        ("import flashrank.scoring.heads as heads", "flashrank.scoring.heads"),
        ("from flashrank import models", "models"),
        ("from flashrank import Ranker, _parts", "_parts"),
        ("import flashrank\nflashrank.scoring.heads.scores_from_logits", "flashrank.scoring"),
        ("def later():\n    from flashrank.scoring.pair_encoder import PairEncoder", "flashrank.scoring.pair_encoder"),
        ("if TYPE_CHECKING:\n    from flashrank.scoring.heads import FloatArray", "flashrank.scoring.heads"),
        ("import importlib\nimportlib.import_module('flashrank.scoring.heads')", "flashrank.scoring.heads"),
        ("ranker._pairs.encode('query', [])", "_pairs"),
        ("Ranker('nano')._encoder", "_encoder"),
    ],
)
def test_anything_else_is_found(text, used):
    assert list(inner_uses(ast.parse(text))) == [used]


def test_exported_names_are_not():
    text = "import flashrank\nfrom flashrank import Ranker, find_model\nflashrank.__version__\nself._pairs\n"
    assert list(inner_uses(ast.parse(text))) == []
