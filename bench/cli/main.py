"""From the words of a command to its exit code."""

from __future__ import annotations

import argparse
import logging
import shlex
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from rich.console import Console

from bench.cli.verbs import VERBS, Verb
from bench.common.errors import BenchError
from bench.common.exit_codes import EXIT_CODES, ExitCode
from bench.common.terminal import escape_unencodable
from flashrank import FlashRankError

# Output that goes to a file or a pipe has no width of its own, and rich would assume 80 columns.
_WIDTH_OF_A_FILE = 160


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code.

    Args:
        arguments: The words after ``python -m bench``; those of this process if None.
    """
    escape_unencodable()
    words = sys.argv[1:] if arguments is None else list(arguments)
    # There are no options before the verb, so that it is the first word.
    asked = next((verb for verb in VERBS if words[:1] == [verb.name]), None)
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_FILE
    errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    signal.signal(signal.SIGTERM, _interrupt)
    logging.getLogger("flashrank").addHandler(logging.StreamHandler())
    try:
        options = _parser(asked).parse_args(words)
        return int(options.run_verb(options, console))
    except (BenchError, FlashRankError) as error:
        errors.print(f"bench: {error}")
        return ExitCode.REFUSED
    except ModuleNotFoundError as error:
        if asked is None or error.name is None or error.name.startswith("bench"):
            raise
        errors.print(f"bench: {asked.name} needs the package {error.name}: pip install {asked.install}")
        return ExitCode.REFUSED
    except OSError as error:
        errors.print(f"bench: {error}; what was finished is kept, and the same command goes on from there")
        return ExitCode.REFUSED
    except KeyboardInterrupt:
        errors.print(f"bench: interrupted; to go on from here: python -m bench {shlex.join(words)}")
        return ExitCode.INTERRUPTED


def _parser(asked: Verb | None) -> argparse.ArgumentParser:
    """Return the parser of a command, which knows all verbs and the arguments of the one that is asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure rerankers: quality, latency and memory.",
        epilog=f"COMMAND --help lists the arguments of a command\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for verb in VERBS:
        found = parsers.add_parser(verb.name, help=verb.help, description=verb.help)
        if verb is asked:
            module = verb.load()
            module.add_arguments(found)
            found.set_defaults(run_verb=module.run)
    return parser


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
