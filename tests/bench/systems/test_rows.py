"""The rows: what they name is there, pinned, and needs nothing but its library."""

from __future__ import annotations

import ast
import re
import runpy
import sys
from pathlib import Path

import pytest

from bench.common.errors import BenchError
from bench.systems.rows import PROGRAMS, SYSTEMS, find_system

#: What a program may import beside its own library: what that library itself runs on.
ENGINES = {"onnxruntime", "torch"}


def test_names_and_labels_are_given_once():
    for names in ([row.name for row in SYSTEMS], [row.label for row in SYSTEMS]):
        assert len({name.casefold() for name in names}) == len(names)


@pytest.mark.parametrize("row", SYSTEMS, ids=lambda row: row.name)
def test_requirements_are_pinned_and_given_once(row):
    pins = [re.fullmatch(r"([A-Za-z0-9-]+)(\[[a-z]+\])?==[0-9]+(\.[0-9]+)+", text) for text in row.requirements]
    assert all(pins)
    names = [pin[1].casefold() for pin in pins]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("row", SYSTEMS, ids=lambda row: row.name)
def test_a_program_says_what_it_runs(row):
    program = runpy.run_path(str(row.program))
    assert isinstance(program["PACKAGE"], str)
    assert isinstance(program["GIVES_LOGITS"], bool)
    assert callable(program["load"])


def test_a_row_is_found_by_its_name():
    assert find_system("fastembed").requirements[0].startswith("fastembed==")
    with pytest.raises(BenchError, match=r"no system is called 'cohere'; there are: flashrank, .*, fastembed"):
        find_system("cohere")


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in names} - sys.stdlib_module_names


def test_every_program_belongs_to_a_row():
    assert {row.program for row in SYSTEMS} == {path for path in PROGRAMS.glob("*.py") if path.name != "__init__.py"}


@pytest.mark.parametrize("path", sorted(PROGRAMS.glob("*.py")), ids=lambda path: path.stem)
def test_a_program_imports_its_library_alone(path):
    own = runpy.run_path(str(path)).get("PACKAGE")
    assert imported(path) <= {own, *ENGINES}
    assert imported(PROGRAMS.parent / "system_worker.py") == set()
