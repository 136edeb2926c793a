"""``python -m bench.random_models check``: a model of random weights against a real one of the same shape.

The operators of both graphs must be the same, in the files and in what onnxruntime runs, and so must the CPU times of
requests that both answer in turn.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.cli.arguments import at_least_one
from bench.common.errors import BenchError
from bench.random_models.store import FILES, random_model
from bench.studies.random_models import compare_times, described_shape, operators, running_operators
from flashrank import FlashRankError, Ranker
from flashrank._terminal import escape_unencodable
from flashrank.models.store import resolve_model

#: How far a ratio of times may be from 1.
TOLERANCE = 0.05


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0 if the model is faithful, 1 if not, 2 for a user's mistake."""
    escape_unencodable()
    parser = argparse.ArgumentParser(
        prog="python -m bench.random_models", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    check = parser.add_subparsers(required=True, metavar="COMMAND").add_parser("check", help="check one")
    check.add_argument("--against", required=True, metavar="MODEL", help="a real model, by name or directory")
    check.add_argument("--cache-dir", type=Path, metavar="DIR", help="where models are kept")
    check.add_argument("--tokens", type=at_least_one, nargs="+", metavar="N", default=[16, 32, 64, 128, 256, 512])
    check.add_argument("--passages", type=at_least_one, metavar="N", default=10, help="per request (default: 10)")
    check.add_argument("--turns", type=at_least_one, metavar="N", default=20, help="requests to each (default: 20)")
    options = parser.parse_args(arguments)
    try:
        return _check(options, Console())
    except (BenchError, FlashRankError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2


def _check(options: argparse.Namespace, console: Console) -> int:
    real = resolve_model(options.against, options.cache_dir)
    shape = described_shape(real.directory)
    directory = random_model(shape)
    same = True
    for what, count in (("in the file", operators), ("as run", running_operators)):
        wanted, found = count(real.weights), count(directory / FILES[-1])
        same &= wanted == found
        other = f"other: {dict(found - wanted)} instead of {dict(wanted - found)}"
        said = f"operators {what}: {'the same' if wanted == found else other} ({wanted.total()})"
        console.print(said, highlight=False, markup=False, soft_wrap=True)
    rankers = (Ranker(options.against, options.cache_dir, log_level="ERROR"), Ranker(directory, log_level="ERROR"))
    table = Table("tokens", "turns", "real CPU ms", "random CPU ms", "random / real", "95 % interval", box=None)
    worst = 0.0
    for ratio in compare_times(*rankers, options.tokens, options.passages, options.turns):
        times = (f"{ratio.real_ms:.1f}", f"{ratio.random_ms:.1f}", f"{ratio.median:.3f}")
        table.add_row(str(ratio.tokens), str(ratio.turns), *times, f"{ratio.low:.3f} to {ratio.high:.3f}")
        worst = max(worst, abs(math.log(ratio.median)))
    console.print(table)
    alike = worst <= math.log(1 + TOLERANCE)
    verdict = "faithful" if same and alike else "not faithful"
    off, tolerated = f"{100 * math.expm1(worst):.1f}", f"{100 * TOLERANCE:.0f}"
    console.print(
        f"{shape.label}: {verdict}; times differ by {off} % at most, and may by {tolerated} %", soft_wrap=True
    )
    return 0 if same and alike else 1


if __name__ == "__main__":
    sys.exit(main())
