"""``fetch``: collections that published numbers are measured on, fetched and checked."""

from __future__ import annotations

import argparse

from rich.console import Console

from bench.common.exit_codes import ExitCode
from bench.common.terminal import say
from bench.data.collections.catalog import PUBLISHED, find_published
from bench.data.collections.published_folder import PublishedFolder, collections_dir


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("names", nargs="+", metavar="NAME", help=", ".join(PUBLISHED))


def run(options: argparse.Namespace, console: Console) -> int:
    """Fetch the collections and print where they lie."""
    for row in [find_published(name) for name in options.names]:
        folder = PublishedFolder(row.name, row, collections_dir())
        folder.queries()
        say(console, f"{row.name}: {folder.path} (licence: {row.licence})")
    return ExitCode.DONE
