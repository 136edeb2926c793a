"""``python -m bench.gate.validation``: the three things that the gate promises, tried a number of times.

aa         this checkout against itself: at most one alarm in 20 runs
slowdown   15 % added to the scoring of one side: caught in at least 19 of 20
quality    rankings that lose .01 of the measure: caught in at least 19 of 20
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console

from bench.common.errors import BenchError
from bench.common.terminal import escape_unencodable
from bench.experiment.file import find_experiment, load_experiment
from bench.gate.validation.validate import PROMISES, validate
from bench.run.fetch import fetch
from flashrank import FlashRankError


def main(arguments: Sequence[str] | None = None) -> int:
    """Try one promise and return 0 if it holds, 1 if not, 2 for a user's mistake."""
    escape_unencodable()
    parser = argparse.ArgumentParser(
        prog="python -m bench.gate.validation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("promise", choices=PROMISES)
    parser.add_argument(
        "--runs", type=int, choices=range(1, 1001), metavar="N", default=20, help="how often it is tried (default: 20)"
    )
    parser.add_argument("--experiment", default="quickstart", help="what the gate runs (default: quickstart)")
    parser.add_argument("--models", action="append", default=[], metavar="NAME", help="only this model (repeatable)")
    options = parser.parse_args(arguments)
    try:
        experiment = load_experiment(find_experiment(options.experiment)).select(models=options.models)
        experiment, _ = fetch(experiment)
        holds = validate(options.promise, experiment, experiment.gate, options.runs, Console())
        return 0 if holds else 1
    except (BenchError, FlashRankError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
