"""Experiment files: found by path or name, read as YAML, and every mistake reported with its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from bench.common.errors import BenchError
from bench.common.numbers import finite_number, whole_number
from bench.experiment.listwise import refusals
from bench.experiment.schema import Experiment

_WHOLE = "tag:yaml.org,2002:int"
_NUMBERS = (_WHOLE, "tag:yaml.org,2002:float")

EXPERIMENTS = Path(__file__).parents[2] / "eval_configs"


def list_experiments() -> list[Path]:
    """Return the experiment files that come with the project, by name."""
    return sorted(EXPERIMENTS.glob("*.yaml"))


def find_experiment(argument: str) -> Path:
    """Return the file that ``argument`` means: a path, or the name of an experiment in ``eval_configs/``.

    ``configs/beir.yaml``, ``beir.yaml`` and ``beir`` all find ``eval_configs/beir.yaml`` when there is no such
    path where the command runs.

    Raises:
        BenchError: There is no such file.
    """
    if Path(argument).is_file():
        return Path(argument)
    shipped = EXPERIMENTS / f"{Path(argument).name.removesuffix('.yaml').removesuffix('.yml')}.yaml"
    if shipped.is_file():
        return shipped
    names = ", ".join(path.stem for path in list_experiments())
    raise BenchError(f"no experiment file {argument!r}; give a path, or one of: {names}")


def load_experiment(path: Path) -> Experiment:
    """Read and validate an experiment file; relative paths in it are relative to the file.

    Raises:
        BenchError: Not YAML, not an experiment, or grids for a listwise model; one line per mistake, each with file
            and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise BenchError(f"{path}: cannot be read: {error}") from error
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise BenchError(f"{where}: not YAML: {getattr(error, 'problem', None) or error}") from error
    if not isinstance(root, yaml.MappingNode):
        raise BenchError(f"{path}:1: an experiment is a mapping of keys such as `datasets`, `models`, `measures`")
    _refuse_duplicate_keys(path, root)
    _refuse_odd_numbers(path, root)
    data.setdefault("name", path.stem)
    try:
        experiment = Experiment.model_validate(data)
    except ValidationError as error:
        raise BenchError("\n".join(_explain(path, root, problem) for problem in error.errors())) from error
    experiment = _anchor_paths(experiment, path.parent)
    if refused := list(refusals(experiment)):
        lines = (f"{path}:{_line_of(root, ('models', row))}: models.{row}: {why}" for row, why in refused)
        raise BenchError("\n".join(lines))
    if misnamed := list(_misnamed_models(experiment)):
        lines = (f"{path}:{_line_of(root, place)}: {'.'.join(map(str, place))}: {why}" for place, why in misnamed)
        raise BenchError("\n".join(lines))
    return experiment


def _misnamed_models(experiment: Experiment) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield where a workload asks for a model that the experiment does not have, and what is wrong with it."""
    known = {name for model in experiment.models for name in model.identifiers}
    for row, workload in enumerate(experiment.peers.workloads if experiment.peers is not None else ()):
        for name in workload.models or ():
            if name not in known:
                labels = ", ".join(model.label for model in experiment.models)
                yield ("peers", "workloads", row, "models"), f"the experiment has no model {name!r}; it has: {labels}"


def _refuse_duplicate_keys(path: Path, root: yaml.Node) -> None:
    for node in _walk(root):
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, _ in node.value:
                if key.value in seen:
                    raise BenchError(f"{path}:{key.start_mark.line + 1}: `{key.value}` is given twice")
                seen.add(key.value)


def _refuse_odd_numbers(path: Path, root: yaml.Node) -> None:
    """Refuse numbers that YAML does not read as they look: 1_0 is 10 there, 010 is 8, and 1:30 is 90."""
    for node in _walk(root):
        if isinstance(node, yaml.ScalarNode) and node.tag in _NUMBERS:
            text = node.value
            plain = whole_number(text) if node.tag == _WHOLE else finite_number(text)
            if plain is None or (node.tag == _WHOLE and text.lstrip("+-") != str(abs(int(plain)))):
                raise BenchError(f"{path}:{node.start_mark.line + 1}: {text}: write a number in decimal digits, as 10")


def _walk(root: yaml.Node) -> Iterator[yaml.Node]:
    """Yield a node and all below it, each once: with aliases, a node can stand in many places, even in itself."""
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            if isinstance(node, yaml.MappingNode):
                waiting += [part for pair in node.value for part in pair]
            elif isinstance(node, yaml.SequenceNode):
                waiting += node.value


def _explain(path: Path, root: yaml.Node, problem: Any) -> str:
    location = problem["loc"]
    line = _line_of(root, location)
    field = ".".join(str(part) for part in location) or "the experiment"
    if problem["type"] == "extra_forbidden":
        model = _model_at(location[:-1])
        message = f"unknown key; allowed here: {', '.join(model.model_fields)}" if model else "unknown key"
    else:
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] not in {"value_error", "missing"}:
            message += f" (got {problem['input']!r:.80})"
    return f"{path}:{line}: {field}: {message}"


def _line_of(node: yaml.Node, location: tuple[str | int, ...]) -> int:
    """Return the 1-based line of the deepest node on the way to ``location``."""
    line = node.start_mark.line + 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == part), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _model_at(location: tuple[str | int, ...]) -> Any:
    """Return the schema class that stands at ``location``, to name its keys."""
    model: Any = Experiment
    for part in location:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            model = next((cls for cls in _classes_in(annotation) if hasattr(cls, "model_fields")), None)
            if model is None:
                return None
    return model


def _classes_in(annotation: Any) -> Iterator[Any]:
    yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _classes_in(argument)


def _anchor_paths(experiment: Experiment, folder: Path) -> Experiment:
    def anchored(row: Any, key: str) -> Any:
        value = getattr(row, key)
        if value is None:
            return row
        found = folder / value.expanduser()
        if any(0xD800 <= ord(character) < 0xE000 for character in str(found)):
            raise BenchError(f"{found}: the name is not UTF-8, so that no run can record it; rename or move it")
        return row.model_copy(update={key: found})

    def dataset(row: Any) -> Any:
        if row is None or row.candidates is None:
            return row and anchored(row, "path")
        return anchored(row, "path").model_copy(update={"candidates": anchored(row.candidates, "file")})

    peers = experiment.peers
    if peers is not None:
        workloads = (row.model_copy(update={"dataset": dataset(row.dataset)}) for row in peers.workloads)
        peers = peers.model_copy(update={"workloads": tuple(workloads)})
    return experiment.model_copy(
        update={
            "datasets": tuple(map(dataset, experiment.datasets)),
            "candidates": anchored(experiment.candidates, "file"),
            "models": tuple(anchored(model, "path") for model in experiment.models),
            "peers": peers,
        }
    )
