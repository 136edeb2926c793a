"""The verbs of the command line, one row each."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from rich.console import Console


class VerbModule(Protocol):
    """What the module of a verb defines."""

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        """Add the verb's arguments to its parser."""

    @staticmethod
    def run(options: argparse.Namespace, console: Console) -> int:
        """Do what was asked and return the exit code.

        Raises:
            BenchError: It cannot be done.
            FlashRankError: A model cannot be used.
            ModuleNotFoundError: A package that only a part of the verb needs is not installed.
        """


@dataclass(frozen=True)
class Verb:
    """A verb of the command line.

    Attributes:
        name: The word that a user types.
        help: What it does, in one line.
        module: Its module below ``bench.cli``, imported only when this verb is asked for: most need seconds to import.
        install: What pip has to install for it.
    """

    name: str
    help: str
    module: str
    install: str = "'.[bench]'"

    def load(self) -> VerbModule:
        """Import the module.

        Raises:
            ModuleNotFoundError: A package that it needs is not installed.
        """
        return cast("VerbModule", import_module(f"bench.cli.{self.module}"))


VERBS = (
    Verb("run", "run an experiment, or go on with it, and draw its report", "experiments.run"),
    Verb("validate", "check an experiment and what it needs, without running it", "experiments.validate"),
    Verb("report", "draw the report of a run again, from its files", "experiments.report"),
    Verb("merge", "put the results of several runs of one experiment into one folder", "experiments.merge"),
    Verb("ls", "list models, datasets, experiments and runs", "experiments.ls"),
    Verb("fetch", "fetch collections that published numbers are measured on, and check them", "experiments.fetch"),
    Verb("compare", "judge results against earlier ones", "gate.compare"),
    Verb("gate", "judge this checkout against another commit", "gate.gate"),
    Verb("baseline", "measure this checkout's quality and write it down as the baseline", "gate.baseline"),
    Verb("gate-validation", "try whether the gate keeps what it promises", "gate.validation"),
    Verb("stability", "measure how far a model's scores hold still on real pairs", "project.stability"),
    Verb("cascade", "choose how far the second model of a cascade goes, on training queries", "project.cascade"),
    Verb("random-models", "check a model of random weights against a real one", "project.random_models"),
    Verb("profile", "show where the time of a pair goes, by operator and outside the graph", "project.profile"),
    Verb("readme", "fill the tables and charts of README.md and other documents from reports/", "project.readme"),
    Verb("distill", "make the bundled model: label, train, export, evaluate", "project.distill", "'.[distill]'"),
)
