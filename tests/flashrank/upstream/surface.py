"""Print the surface of the flashrank that this Python imports, as JSON: names, signatures, attributes, side effects.

It runs with FlashRank 0.2.10 and with this project alike, each in an environment of its own, and needs neither a
network nor anything else than a flashrank. ``upstream.json`` beside it is what 0.2.10 says; to make it anew:

    python -m venv upstream && upstream/bin/pip install FlashRank==0.2.10
    upstream/bin/python -I tests/flashrank/upstream/surface.py > tests/flashrank/upstream/upstream.json

With ``--names TABLE`` the names looked up are those of a table that an earlier run printed. With ``--path FOLDER``
flashrank is imported from there.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import logging
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MODULES = ("flashrank", "flashrank.Config", "flashrank.Ranker")
HEAVY = ("numpy", "onnxruntime", "requests", "tokenizers", "tqdm")
ABSENT = "absent"


def short(value: object) -> str:
    """Say what a value is: plain data by value, anything else by its kind."""
    if inspect.ismodule(value):
        return "a module"
    if inspect.isclass(value):
        return "a class"
    if callable(value):
        return "a function"
    if isinstance(value, (set, frozenset)):
        return repr(sorted(value))
    return repr(value) if isinstance(value, (str, int, type(None))) else type(value).__name__


def look_up(owner: object, name: str) -> Any:
    """Return an attribute, or ``ABSENT``."""
    return getattr(owner, name, ABSENT)


def parameters(function: Callable[..., Any]) -> dict[str, str]:
    """Return, for each parameter that may be given by position, what it is by default."""
    found = {}
    for position, parameter in enumerate(inspect.signature(function).parameters.values()):
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.name != "self":
            default = "required" if parameter.default is parameter.empty else repr(parameter.default)
            found[parameter.name] = f"argument {position}, {default}"
    return found


def names(table: dict[str, str] | None) -> dict[str, str]:
    """Return the names of the modules, and what they stand for."""
    found = {}
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        prefix = f"{module_name}:"
        wanted: Iterable[str] = dir(module)
        if table is not None:
            wanted = {key[len(prefix) :].partition("[")[0] for key in table if key.startswith(prefix)}
        for name in sorted(wanted):
            if name.startswith("__"):
                continue
            value = look_up(module, name)
            if isinstance(value, dict):
                found.update({f"{prefix}{name}[{key!r}]": repr(entry) for key, entry in value.items()})
            elif name == "default_cache_dir" and value != "/tmp" and isinstance(value, str):
                found[prefix + name] = "the user's own cache"
            else:
                found[prefix + name] = value if value is ABSENT else short(value)
    return found


def signatures(table: dict[str, str] | None) -> dict[str, str]:
    """Return the methods of the two classes, and their parameters."""
    from flashrank import Ranker, RerankRequest

    found = {}
    for owner in (Ranker, RerankRequest):
        prefix = f"{owner.__name__}."
        wanted: Iterable[str] = [name for name in vars(owner) if name == "__init__" or not name.startswith("__")]
        if table is not None:
            wanted = {key[len(prefix) :].partition("(")[0] for key in table if key.startswith(prefix)}
        for name in sorted(wanted):
            value = look_up(owner, name)
            if value is ABSENT:
                found[prefix + name] = ABSENT
                continue
            found[prefix + name] = "a method"
            found.update({f"{prefix}{name}({given})": said for given, said in parameters(value).items()})
    return found


def attributes(table: dict[str, str] | None) -> dict[str, str]:
    """Return the attributes of a cross-encoder's Ranker and of a request, and their classes."""
    from probes import Probe

    found = {}
    with tempfile.TemporaryDirectory() as folder:
        probe = Probe(Path(folder).resolve())
        for prefix, owner in (("ranker:", probe.ranker()), ("request:", probe.request_class())):
            wanted: Iterable[str] = vars(owner)
            if table is not None:
                wanted = [key[len(prefix) :] for key in table if key.startswith(prefix)]
            for name in wanted:
                value = getattr(owner, name)
                found[prefix + name] = "Path" if isinstance(value, Path) else type(value).__name__
    return found


def behaviour() -> dict[str, str]:
    """Return what using it does: the answer to each question of the probes, or the error's class."""
    from probes import PROBES

    return {
        name.replace("_", " "): ask(probe, name) for probe in PROBES for name in vars(probe) if not name.startswith("_")
    }


def ask(probe: Callable[[Path], Any], question: str) -> str:
    """Return an answer, with a cache of its own for it, and the loggers as a new process has them."""
    logging.root.handlers.clear()
    logging.root.setLevel("WARNING")
    logging.getLogger("flashrank.Ranker").setLevel("NOTSET")
    with tempfile.TemporaryDirectory() as folder:
        try:
            return str(getattr(probe(Path(folder).resolve()), question)())
        except NameError:  # a mistake of the probe's, and no answer
            raise
        except Exception as error:
            return f"raises {type(error).__name__}"


def main() -> None:
    """Print the surface."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=Path, metavar="TABLE", help="look up the names of this table")
    parser.add_argument("--path", metavar="FOLDER", help="import flashrank from this folder")
    options = parser.parse_args()
    # An isolated Python looks for modules neither beside its script nor in the working directory.
    sys.path[:0] = [*filter(None, [options.path]), str(HERE)]
    table = json.loads(options.names.read_text(encoding="utf-8")) if options.names else None
    importlib.import_module("flashrank")
    loaded = [name for name in HEAVY if name in sys.modules]
    logging.lastResort = None
    surface = {
        "what import flashrank loads": ", ".join(loaded) or "none of those",
        **names(table),
        **signatures(table),
        **attributes(table),
        **behaviour(),
    }
    print(json.dumps(surface, indent=1))


if __name__ == "__main__":
    main()
