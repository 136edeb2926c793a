"""``python -m bench.random_models check``: a model of random weights against a real one of the same shape.

The operators of both graphs must be the same, in the files and in what onnxruntime runs, and so must the CPU times of
requests that both answer in turn.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.cli.arguments import at_least_one
from bench.common.errors import BenchError
from bench.common.terminal import escape_unencodable
from bench.studies.random_model_check import check
from flashrank import FlashRankError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0 if the model is faithful, 1 if not, 2 for a user's mistake."""
    escape_unencodable()
    parser = argparse.ArgumentParser(
        prog="python -m bench.random_models", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    command = parser.add_subparsers(required=True, metavar="COMMAND").add_parser("check", help="check one")
    command.add_argument("--against", required=True, metavar="MODEL", help="a real model, by name or directory")
    command.add_argument("--cache-dir", type=Path, metavar="DIR", help="where models are kept")
    command.add_argument("--tokens", type=at_least_one, nargs="+", metavar="N", default=[16, 32, 64, 128, 256, 512])
    command.add_argument("--passages", type=at_least_one, metavar="N", default=10, help="per request (default: 10)")
    command.add_argument("--turns", type=at_least_one, metavar="N", default=20, help="requests to each (default: 20)")
    options = parser.parse_args(arguments)
    try:
        faithful = check(options.against, options.cache_dir, options.tokens, options.passages, options.turns, Console())
        return 0 if faithful else 1
    except (BenchError, FlashRankError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
