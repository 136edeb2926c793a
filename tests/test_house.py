"""What keeps the source readable: short files, small folders, one class of a name, and names that say something."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from .source_tree import ROOT, modules

PACKAGES = ("bench", "flashrank")
MOST_LINES = 250
MOST_MODULES = 13  # beside ``__init__``
SOURCES = {".py", ".js", ".css", ".jinja", ".md", ".yaml"}
#: As names of variables they say nothing, and read as words of the sentence around them.
EMPTY_NAMES = {"of", "it"}


def long_files(root: Path) -> list[str]:
    files = [path for package in PACKAGES for path in sorted((root / package).rglob("*")) if path.suffix in SOURCES]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    return [f"{path.relative_to(root)}: {lines} lines" for path, lines in lengths.items() if lines > MOST_LINES]


def full_folders(root: Path) -> list[str]:
    folders = [path.parent for package in PACKAGES for path in sorted((root / package).rglob("__init__.py"))]
    counts = {folder: sum(path.name != "__init__.py" for path in folder.glob("*.py")) for folder in folders}
    return [f"{folder.relative_to(root)}: {count} modules" for folder, count in counts.items() if count > MOST_MODULES]


def classes_of_one_name(trees: dict[str, ast.Module]) -> dict[str, list[str]]:
    """Return name -> modules, of classes that share a name; an underscore before it makes no other name."""
    homes: dict[str, list[str]] = {}
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name.lstrip("_"), []).append(module)
    return {name: found for name, found in homes.items() if len(found) > 1}


def empty_names(trees: dict[str, ast.Module]) -> Iterator[str]:
    """Yield where a parameter or a variable has one of ``EMPTY_NAMES``."""
    for module, tree in trees.items():
        for node in ast.walk(tree):
            name = node.arg if isinstance(node, ast.arg) else node.id if isinstance(node, ast.Name) else ""
            if name in EMPTY_NAMES:
                yield f"{module}:{getattr(node, 'lineno', 0)}: {name}"


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return modules(ROOT, *PACKAGES)


def test_files_are_short():
    assert long_files(ROOT) == []


def test_folders_hold_about_a_dozen_modules():
    assert full_folders(ROOT) == []


def test_no_two_classes_of_the_harness_share_a_name(trees):
    shared = classes_of_one_name({module: tree for module, tree in trees.items() if module.startswith("bench")})
    assert shared == {}


def test_names_say_something(trees):
    assert list(empty_names(trees)) == []


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    for name, text in {
        "bench/__init__.py": "",
        "bench/long.py": "x = 1\n" * 251,
        "bench/allowed.py": "x = 1\n" * 250,
        "bench/page.js": "\n" * 251,
        "bench/a/__init__.py": "",
        "bench/b/__init__.py": "",
        "flashrank/__init__.py": "",
        **{f"bench/a/m{number}.py": "" for number in range(14)},
        **{f"bench/b/m{number}.py": "" for number in range(13)},
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_a_long_file_is_found(planted):
    assert long_files(planted) == ["bench/long.py: 251 lines", "bench/page.js: 251 lines"]


def test_a_full_folder_is_found(planted):
    assert full_folders(planted) == ["bench/a: 14 modules"]


def test_classes_of_one_name_are_found():
    texts = {"bench.a": "class Cell: ...", "bench.b": "def f():\n    class _Cell: ...", "bench.c": "class Other: ..."}
    assert classes_of_one_name({module: ast.parse(text) for module, text in texts.items()}) == {
        "Cell": ["bench.a", "bench.b"]
    }


@pytest.mark.parametrize(
    "text",
    ["def f(of): ...", "for it in []: ...", "[it for it in []]", "lambda *of: 0", "with open('') as it: ...", "of = 1"],
)
def test_an_empty_name_is_found(text):
    assert list(empty_names({"bench.a": ast.parse(text)}))


def test_other_names_are_not():
    tree = ast.parse("class A:\n    def of(self, item): ...\nA().of(item=1)")
    assert list(empty_names({"bench.a": tree})) == []
