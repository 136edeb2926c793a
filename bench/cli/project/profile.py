"""``profile``: where the time of a pair goes, by operator of the graph and outside it.

Pairs are made of common words and have exactly the tokens that are asked for. Times are CPU times of one thread;
medians over the turns.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from bench.cli.options import add_cache_dir, add_explanation, at_least_one
from bench.common.atomic import whole_file
from bench.common.exit_codes import ExitCode
from bench.common.terminal import say
from bench.provenance.machine import fingerprint
from bench.report.values.fingerprint import machine_line
from bench.studies.profile import find_model, profile, table_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_explanation(parser, __doc__)
    parser.add_argument(
        "models",
        nargs="+",
        metavar="MODEL",
        help="a model's name or directory, or a shape such as bert-2x128 or t5-12x768, whose weights are random",
    )
    add_cache_dir(parser)
    parser.add_argument("--tokens", type=at_least_one, default=90, metavar="N", help="tokens per pair (default: 90)")
    parser.add_argument(
        "--passages", type=at_least_one, default=100, metavar="N", help="passages per request (default: 100)"
    )
    parser.add_argument(
        "--turns", type=at_least_one, default=30, metavar="N", help="requests to each model (default: 30)"
    )
    parser.add_argument(
        "--graph", choices=("fast", "as-shipped"), default="fast", help="the graph that is run (default: fast)"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table to this Markdown file too")


def run(options: argparse.Namespace, console: Console) -> int:
    """Profile the models and print a table."""
    for model in options.models:
        find_model(model, options.cache_dir)  # none is measured before all are known
    shared = (options.tokens, options.passages, options.turns, options.cache_dir, options.graph)
    profiles = [profile(model, *shared) for model in options.models]
    machine = fingerprint()
    commit = machine["commit"] or "no commit"
    text = "\n".join(
        [
            "# Where the time of a pair goes",
            "",
            f"CPU time of one thread, medians of {options.turns} requests of {options.passages} pairs of"
            f" {options.tokens} tokens; graph `{options.graph}`; {machine_line(machine)}; commit `{commit}`.",
            "",
            *table_lines(profiles),
            "",
            "Shapes have random weights. An operator's share of `session.run` is its share of onnxruntime's profile.",
            "",
        ]
    )
    if options.out:
        with whole_file(options.out) as partial:
            partial.write_text(text, encoding="utf-8", newline="\n")
    say(console, text)
    return ExitCode.DONE
