"""``distill``: the bundled model, made from the data; the same as ``python -m bench.distill``."""

from __future__ import annotations

import argparse

from rich.console import Console

from bench.common.exit_codes import ExitCode
from bench.distill.__main__ import run_stages
from bench.distill.distill_options import add_arguments

__all__ = ["add_arguments", "run"]


def run(options: argparse.Namespace, _console: Console) -> int:
    """Run the stages."""
    run_stages(options)
    return ExitCode.DONE
