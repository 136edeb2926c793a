"""The project's own source as data: its modules, and who imports whom."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Import:
    """One module named in another's import statement.

    Attributes:
        importer: The module that the statement stands in.
        target: The module that is named.
        line: The statement's line.
        runs_first: Whether importing ``importer`` runs it: it stands neither in a function nor under TYPE_CHECKING.
    """

    importer: str
    target: str
    line: int
    runs_first: bool

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.target}"


def modules(root: Path, *packages: str) -> dict[str, ast.Module]:
    """Return module -> syntax tree of every Python file of ``packages``; a package's own name is its ``__init__``."""
    return {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): ast.parse(
            path.read_text(encoding="utf-8"), filename=str(path)
        )
        for package in packages
        for path in sorted((root / package).rglob("*.py"))
    }


def imports(trees: dict[str, ast.Module]) -> list[Import]:
    """Return what the modules import of each other."""
    found = []
    for importer, tree in trees.items():
        for statement, runs_first in _statements(tree, runs_first=True):
            targets = dict.fromkeys(name for name in _named(statement, trees) if name in trees)
            found += [Import(importer, target, statement.lineno, runs_first) for target in targets]
    return found


def _statements(node: ast.AST, *, runs_first: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, runs_first
            continue
        waits = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        waits = waits or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test))
        yield from _statements(child, runs_first=runs_first and not waits)


def _named(statement: ast.Import | ast.ImportFrom, trees: Container[str]) -> Iterator[str]:
    """Yield the modules that are named: by ``from a import b`` that is ``a.b`` where there is one, else ``a``."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
        return
    assert statement.level == 0, f"line {statement.lineno}: a relative import"
    for alias in statement.names:
        inner = f"{statement.module}.{alias.name}"
        yield inner if inner in trees else str(statement.module)
