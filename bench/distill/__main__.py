"""``python -m bench.distill``: make the bundled model, all stages or one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from bench.common.errors import BenchError
from bench.distill.distill_options import parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the stages and return the exit code: 0 done, 2 refused, 130 interrupted (the same command continues)."""
    options = parser().parse_args(arguments)
    try:
        run_stages(options)
    except BenchError as error:
        print(f"bench.distill: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bench.distill: interrupted; the same command continues from here")
        return 130
    return 0


def run_stages(options: argparse.Namespace) -> None:
    """Run the stages that were asked for.

    Raises:
        BenchError: They cannot be run.
    """
    # A path is imported only when it is run: a machine with a GPU may have few packages.
    if options.pack or options.stage == "pack" or options.minutes is not None:
        from bench.distill.from_packs.pack_commands import run
    else:
        from bench.distill.from_questions.question_stages import run
    run(options)


if __name__ == "__main__":
    sys.exit(main())
