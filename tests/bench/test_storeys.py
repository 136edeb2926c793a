"""Imports go down the storeys, never up, and no module waits for itself to be imported.

An import counts as upward wherever it stands: at the head of a module, in a function or under TYPE_CHECKING. To know of
what lies above is enough. A circle is one of statements that run when a module is imported; those in functions and
under TYPE_CHECKING run later or never, so they close none.
"""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from ..source_tree import ROOT, Import, imports, modules

#: Folders of ``bench`` from the bottom to the top; ``__main__`` is a part of the last one.
BENCH = (
    "common",
    "provenance",
    "data",
    "experiment",
    "results",
    "measure",
    "systems",
    "random_models",
    "stats",
    "run",
    "report",
    "gate",
    "studies",
    "publish",
    "distill",
    "cli",
)

#: Folders and modules of ``flashrank`` from the bottom to the top, those of one storey side by side; the package itself
#: stands where ``Ranker`` does.
FLASHRANK = (
    ("errors", "_cores", "_memory", "_terminal"),
    ("graphs",),
    ("models",),
    ("scoring",),
    ("cascade",),
    ("listwise",),
    ("Config", "_first", "_parts", "Ranker", "flashrank"),
    ("export",),
    ("__main__",),
)


def height(module: str) -> int:
    """Return the number of a module's storey; those of the library lie below those of the harness.

    Raises:
        KeyError: It lies in none.
    """
    package, _, rest = module.partition(".")
    part = rest.split(".")[0] or package
    if package == "flashrank":
        return {name: number for number, storey in enumerate(FLASHRANK) for name in storey}[part]
    places = {"bench": 0, **{name: number for number, name in enumerate(BENCH)}, "__main__": len(BENCH) - 1}
    return len(FLASHRANK) + places[part]


def upward(found: list[Import]) -> list[Import]:
    return [one for one in found if height(one.target) > height(one.importer)]


def circle(found: list[Import]) -> list[str]:
    """Return the modules of one circle, the first of them twice; none where there is no circle."""
    graph: dict[str, set[str]] = {}
    for one in found:
        if one.runs_first and one.target != one.importer:
            graph.setdefault(one.importer, set()).add(one.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return modules(ROOT, "bench", "flashrank")


@pytest.fixture(scope="module")
def found(trees: dict[str, ast.Module]) -> list[Import]:
    return imports(trees)


def test_every_module_lies_in_a_storey(trees):
    for module in trees:
        height(module)
    folders = {path.name for path in (ROOT / "bench").iterdir() if any(path.glob("*.py"))}
    assert folders == set(BENCH)


def test_nothing_is_imported_upwards(found):
    assert len(found) > 500
    assert [str(one) for one in upward(found)] == []


def test_no_modules_import_each_other_in_a_circle(found):
    assert circle(found) == []


def drawn(text: str) -> list[list[str]]:
    """Return the names at the beginnings of lines, of each drawing in a document."""
    blocks = [block.splitlines() for block in text.split("```")[1::2]]
    return [[line.split()[0].rstrip("/") for line in block if line.strip()] for block in blocks]


def test_the_drawings_for_contributors_are_these_storeys():
    drawings = drawn((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert list(reversed(BENCH)) in drawings
    folders = [name for storey in reversed(FLASHRANK) for name in storey if (ROOT / "flashrank" / name).is_dir()]
    assert ["flashrank", "Ranker.py", *folders] in drawings


def test_a_drawing_is_read_by_its_lines():
    assert drawn("text\n```\nbench/  all\n  cli  verbs\n```\nmore\n```sh\nls\n```") == [["bench", "cli"], ["sh", "ls"]]


def planted(root: Path, files: dict[str, str]) -> list[Import]:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return imports(modules(root, "bench", "flashrank"))


@pytest.mark.parametrize(
    "text",
    [
        "from bench.report.write import write",
        "import bench.report.write",
        "from bench.report import write",
        "def later():\n    from bench.report.write import write",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from bench.report.write import write",
    ],
)
def test_an_upward_import_is_found_wherever_it_stands(tmp_path, text):
    one, *more = upward(
        planted(tmp_path, {"bench/data/ties.py": text, "bench/report/write.py": "import bench.data.ties"})
    )
    assert (one.importer, one.target, more) == ("bench.data.ties", "bench.report.write", [])


def test_the_library_imports_nothing_of_the_harness(tmp_path):
    files = {"flashrank/errors.py": "from bench.common import errors", "bench/common/errors.py": ""}
    (one,) = upward(planted(tmp_path, files))
    assert str(one) == "flashrank.errors:1 imports bench.common.errors"


def test_a_circle_is_found(tmp_path):
    files = {"bench/data/a.py": "import bench.data.b", "bench/data/b.py": "from bench.data import c"}
    assert circle(planted(tmp_path, {**files, "bench/data/c.py": ""})) == []
    closed = circle(planted(tmp_path, {**files, "bench/data/c.py": "class C:\n    from bench.data.a import x"}))
    assert set(closed) == {"bench.data.a", "bench.data.b", "bench.data.c"}


def test_what_runs_later_closes_no_circle(tmp_path):
    later = "def run():\n    import bench.data.a\nif TYPE_CHECKING:\n    import bench.data.a"
    assert circle(planted(tmp_path, {"bench/data/a.py": "import bench.data.b", "bench/data/b.py": later})) == []


def test_a_module_outside_the_storeys_is_refused():
    with pytest.raises(KeyError):
        height("bench.attic.trunk")
