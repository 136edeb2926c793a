"""Arguments that several verbs share."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.common.numbers import whole_number
from bench.experiment.file import find_experiment, load_experiment
from bench.experiment.schema import PARTS, Experiment, Part

#: Where folders of results lie that are given by name.
RUNS = Path("runs")


def at_least_one(text: str) -> int:
    """Return ``text`` as a whole number of at least 1.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    value = whole_number(text)
    if value is None or value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return value


def parts(text: str) -> tuple[Part, ...]:
    """Return the parts of an experiment that ``text`` names, with commas between.

    Raises:
        argparse.ArgumentTypeError: It names something else.
    """
    names = [name.strip() for name in text.split(",")]
    chosen = tuple(part for part in PARTS if part in names)
    if unknown := [name for name in names if name not in PARTS]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is no part of an experiment; its parts: {', '.join(PARTS)}")
    return chosen


def add_explanation(parser: argparse.ArgumentParser, text: str | None) -> None:
    """Show the docstring of a verb's module below its arguments, without the first line, which names the verb."""
    parser.epilog = (text or "").partition("\n")[2].strip()
    parser.formatter_class = argparse.RawDescriptionHelpFormatter


def add_experiment(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """Add the argument that names an experiment.

    Args:
        parser: The verb's.
        default: The experiment where none is named; None if one must be.
    """
    what = "a YAML file, or the name of one in eval_configs/"
    if default is None:
        parser.add_argument("experiment", metavar="EXPERIMENT", help=what)
    else:
        parser.add_argument(
            "experiment", metavar="EXPERIMENT", nargs="?", default=default, help=f"{what} (default: {default})"
        )


def add_models(parser: argparse.ArgumentParser) -> None:
    """Add the option that narrows an experiment to some models."""
    parser.add_argument("--models", action="append", default=[], metavar="NAME", help="only this model (repeatable)")


def add_datasets(parser: argparse.ArgumentParser) -> None:
    """Add the option that narrows an experiment to some datasets."""
    parser.add_argument("--datasets", action="append", default=[], metavar="ID", help="only this dataset (repeatable)")


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names an experiment, and every option that narrows it."""
    add_experiment(parser)
    parser.add_argument(
        "--limit",
        type=at_least_one,
        metavar="N",
        help="a short trial, in a folder of its own: at most N queries of each dataset; in the sweep, at most a tenth "
        "of N (rounded up) timed queries and repeats; of each latency setting and each comparison of systems, at most "
        "N repeats and about N seconds",
    )
    parser.add_argument(
        "--only",
        type=parts,
        default=(),
        metavar="PARTS",
        help=f"measure only these parts: {', '.join(PARTS)}, with commas between. A sweep needs the quality, so "
        "that is measured too. What is left out can be measured later, into the same folder",
    )
    add_models(parser)
    add_datasets(parser)


def add_out(parser: argparse.ArgumentParser, what: str) -> None:
    """Add ``--out``, a folder.

    Args:
        parser: The verb's.
        what: What the folder is for, and which it is by default.
    """
    parser.add_argument("--out", type=Path, metavar="DIR", help=what)


def add_cache_dir(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    """Add ``--cache-dir``, the folder of models."""
    what = "folder of models, one folder each, named as the model (FlashRank's layout)"
    parser.add_argument("--cache-dir", type=Path, required=required, metavar="DIR", help=what)


def add_formats(parser: argparse.ArgumentParser) -> None:
    """Add ``--latex`` and ``--png``, the formats that a report is written in besides its own."""
    parser.add_argument("--latex", action="store_true", help="write the report's tables as LaTeX too")
    parser.add_argument("--png", action="store_true", help="write the report's charts as PNG too")


def named_experiment(options: argparse.Namespace) -> Experiment:
    """Return the experiment that the options name.

    Raises:
        BenchError: There is no such experiment, or its file has a mistake.
    """
    return load_experiment(find_experiment(options.experiment))


def selected_experiment(options: argparse.Namespace) -> Experiment:
    """Return the experiment that the options of ``add_selection`` name, narrowed as they say.

    Raises:
        BenchError: There is no such experiment, its file has a mistake, or it lacks what the options name.
    """
    return named_experiment(options).select(
        datasets=options.datasets, models=options.models, limit=options.limit, parts=options.only
    )


def results_folder(argument: str) -> Path:
    """Return a folder of results by its path, or by its name in ``runs/``."""
    path = Path(argument)
    return path if path.is_dir() or path.parent != Path() else RUNS / path
