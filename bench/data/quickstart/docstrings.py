"""Passages of documentation out of the running interpreter: the docstrings of Python's standard library."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from bench.common.errors import BenchError

# Every public module that Linux, macOS and Windows share and that can be imported without a trace. Left out: what is
# deprecated or gone by Python 3.13, windows (tkinter, turtle, idlelib), tests, and modules that do something when they
# are imported (antigravity, this, rlcompleter).
MODULES = tuple(Path(__file__).with_name("modules.txt").read_text(encoding="ascii").split())

# Shorter docstrings repeat the name of their object and say little else.
MIN_CHARACTERS = 20

# Docstrings that were made from values, as those of dataclasses are, may hold the address of one.
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")

# open() says that it is defined in the last two.
_HOMES_OF_BUILTINS = ("builtins", "io", "_io")

_STARS: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}

# First parameters of methods that a caller does not give.
_BOUND = ("self", "cls", "type", "mcls", "metacls")


@dataclass(frozen=True, slots=True)
class Passage:
    """The documentation of one module, class, function, method or property.

    Attributes:
        name: Where users find the object, such as ``shutil.copytree``; without the module for built-ins.
        title: The name, with the names of the parameters where it is called and Python can tell them.
        text: The docstring, its indentation removed.
    """

    name: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class _Documented:
    """An object and its docstring.

    Attributes:
        name: One of the names that users know it by.
        value: The object.
        text: Its docstring.
        distance: For what a class has from a base, how many steps up that is.
    """

    name: str
    value: Any
    text: str
    distance: int = 0

    @property
    def rank(self) -> tuple[bool, int, int, int, str]:
        """Sort key of objects that share a docstring: own names before aliases, then what is nearest to its class."""
        return self.is_alias, self.distance, self.name.count("."), len(self.name), self.name

    @property
    def is_alias(self) -> bool:
        last = self.name.rpartition(".")[2]
        return not isinstance(self.value, ModuleType) and getattr(self.value, "__name__", last) != last


def read_passages() -> list[Passage]:
    """Return the passages in the order of their names; a docstring that several objects share comes once.

    Modules that this build of Python lacks are left out. Nothing is printed, and no warning shown.

    Raises:
        BenchError: Python runs with ``-OO``, which removes docstrings.
    """
    if sys.flags.optimize > 1:
        raise BenchError("Python runs with -OO (or PYTHONOPTIMIZE=2), which removes the docstrings: run it without")
    by_text: dict[str, _Documented] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated names are documented too
        for found in sorted(_documented(), key=lambda found: found.rank):
            if len(found.text) >= MIN_CHARACTERS and not _ADDRESS.search(found.text):
                by_text.setdefault(found.text, found)
        passages = [
            Passage(found.name, found.name + _parameters(found.value), found.text) for found in by_text.values()
        ]
    return sorted(passages, key=lambda passage: passage.name)


def _documented() -> Iterator[_Documented]:
    for module_name in MODULES:
        try:
            module = importlib.import_module(module_name)
        except ImportError:
            continue
        yield _Documented(module_name, module, _docstring(module))
        prefix = "" if module_name == "builtins" else f"{module_name}."
        for name in _public_names(module):
            value = getattr(module, name, None)
            if inspect.isclass(value):
                yield from _of_class(prefix + name, value)
            elif not isinstance(value, ModuleType):
                yield _Documented(prefix + name, value, _docstring(value))


def _of_class(name: str, cls: type) -> Iterator[_Documented]:
    constructor = vars(cls).get("__init__")
    parts = [_docstring(cls), _docstring(constructor) if isinstance(constructor, FunctionType) else ""]
    documented = _Documented(name, cls, "\n\n".join(part for part in parts if part))
    yield documented
    if documented.is_alias:
        return
    for attribute, (value, distance) in _attributes(cls).items():
        value = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        if inspect.isroutine(value) or isinstance(value, property):
            yield _Documented(f"{name}.{attribute}", value, _docstring(value), distance)


def _attributes(cls: type) -> dict[str, tuple[Any, int]]:
    """Return what a class defines, and what it has from bases that users do not see, with the distance of the base.

    ``argparse.ArgumentParser``, for one, has ``add_argument`` from such a base.
    """
    attributes: dict[str, tuple[Any, int]] = {}
    for distance, base in reversed(list(enumerate(cls.__mro__))):
        if base is cls or base.__name__.startswith("_") or base.__module__.startswith("_"):
            public = {name: value for name, value in vars(base).items() if not name.startswith("_")}
            attributes.update({name: (value, distance) for name, value in public.items()})
    return attributes


def _public_names(module: ModuleType) -> list[str]:
    """Return the names that a module exports: those of ``__all__``, else what it or its part in C defines."""
    exported = getattr(module, "__all__", None)
    if exported is not None:
        return sorted(name for name in exported if not name.startswith("_"))
    homes = (module.__name__, f"_{module.__name__}") if module.__name__ != "builtins" else _HOMES_OF_BUILTINS
    return sorted(
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) in homes
    )


def _docstring(value: Any) -> str:
    """Return the docstring of ``value``, or nothing where it has that of its type, as constants have."""
    text = getattr(value, "__doc__", None)
    inherited = not isinstance(value, type) and text == type(value).__doc__
    if not isinstance(text, str) or inherited:
        return ""
    return inspect.cleandoc(text).strip()


def _parameters(value: Any) -> str:
    """Return ``(a, b, *rest)``, or nothing for what is not called or does not tell; defaults depend on the machine."""
    if isinstance(value, ModuleType | property):
        return ""
    try:
        parameters = list(inspect.signature(value).parameters.values())
    except (ValueError, TypeError, NameError):
        return ""
    if parameters and parameters[0].name in _BOUND:
        del parameters[0]
    return f"({', '.join(_STARS.get(parameter.kind, '') + parameter.name for parameter in parameters)})"
