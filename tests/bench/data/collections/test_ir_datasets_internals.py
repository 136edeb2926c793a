"""A release of ir_datasets that this project was not tried with is noticed, and one module alone has to follow it."""

from __future__ import annotations

import ast
from importlib.metadata import version

from bench.data.collections.ir_datasets_internals import KNOWN_RELEASES

from ....source_tree import ROOT, modules


def importers(trees: dict[str, ast.Module]) -> list[str]:
    return [
        module
        for module, tree in trees.items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "ir_datasets")
        or (isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "ir_datasets" for alias in node.names))
    ]


def test_the_installed_release_is_known():
    installed = version("ir_datasets")
    assert installed in KNOWN_RELEASES, (
        f"ir_datasets {installed} is new here: see that tests/bench/data/collections passes with it, then add it to "
        "KNOWN_RELEASES"
    )


def test_one_module_imports_ir_datasets():
    assert set(importers(modules(ROOT, "bench", "flashrank"))) == {"bench.data.collections.ir_datasets_internals"}


def test_every_form_of_import_is_seen():
    texts = {
        "a": "import ir_datasets",
        "b": "def f():\n    from ir_datasets.util import Migrator",
        "c": "import ir_datasets.util",
        "d": "import ir_datasets_other\nfrom bench.ir_datasets import x",
    }
    assert importers({module: ast.parse(text) for module, text in texts.items()}) == ["a", "b", "c"]
