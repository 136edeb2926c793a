"""The command line: ``flashrank export SOURCE OUT`` and ``flashrank download MODEL``; also ``python -m flashrank``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from flashrank import Ranker, __version__
from flashrank._terminal import escape_unencodable
from flashrank.errors import FlashRankError
from flashrank.export.options import FP32_TOLERANCE, INT8_TOLERANCE, OPSET, OPSETS, Options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or 1 after an error of one line. Wrong arguments exit with 2, as argparse does."""
    escape_unencodable()
    parser = _parser()
    parsed = parser.parse_args(arguments)
    try:
        parsed.run(parsed)
    except KeyboardInterrupt:
        print("flashrank: interrupted", file=sys.stderr)
        return 130
    except (FlashRankError, OSError) as error:
        print(f"flashrank: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="flashrank", description="Reranking with cross-encoders on a CPU.")
    parser.add_argument("--version", action="version", version=f"flashrank {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    download = commands.add_parser(
        "download",
        help="fetch models and make them ready, as for an image of a container",
        description="Fetch models that are not on disk, and load each once, which keeps its rewritten graph.",
    )
    download.add_argument("models", metavar="MODEL", nargs="+", help="a model's name, a hub id or a directory")
    download.add_argument("--cache-dir", metavar="DIR", type=Path, help="where models are kept, as for Ranker")
    download.set_defaults(run=_download)
    export = commands.add_parser(
        "export",
        help="make a cross-encoder's ONNX directory for Ranker",
        description="Turn a cross-encoder of transformers into a directory that Ranker loads, and check that it scores"
        " the same. Needs pip install 'flashrank[export]'. Only safetensors are read, and no code of it is run.",
    )
    export.set_defaults(run=_export)
    export.add_argument("source", metavar="SOURCE", help="a hub id (org/name) or a directory with safetensors")
    export.add_argument("out", metavar="OUT", type=Path, help="the directory to write; it appears whole or not at all")
    export.add_argument("--revision", metavar="R", help="branch, tag or commit of a hub id; its commit is recorded")
    export.add_argument("--force", action="store_true", help="replace OUT if an earlier export made it")
    export.add_argument(
        "--template",
        metavar="TEXT",
        help="how query and passage become one text, such as 'Query: {query} Document: {passage} Relevant:';"
        " by default what the model's kind or FlashRank's row for it says, else the tokenizer's own pair",
    )
    export.add_argument(
        "--tokens",
        nargs=2,
        metavar=("FALSE", "TRUE"),
        help="the vocabulary's words for no and yes, for a T5 that answers with a word (default: '▁false' '▁true')",
    )
    export.add_argument(
        "--opset", type=int, default=OPSET, metavar="N", help=f"ONNX operator set, {OPSETS[0]} to {OPSETS[-1]}"
    )
    export.add_argument(
        "--tolerance",
        type=float,
        metavar="X",
        help=f"largest difference from the original that is accepted, in logits (default: {FP32_TOLERANCE:g})"
        f" or, with --int8, in log-odds (default: {INT8_TOLERANCE:g})",
    )
    int8 = export.add_argument_group("int8", "Quantise weights to int8, in the way that stays closest to fp32.")
    int8.add_argument("--int8", action=argparse.BooleanOptionalAction, default=False, help="quantise the weights")
    int8.add_argument(
        "--per-channel",
        action=argparse.BooleanOptionalAction,
        help="one scale for each column of a matrix, or one for all of it (default: whichever is closer)",
    )
    int8.add_argument(
        "--reduce-range",
        action=argparse.BooleanOptionalAction,
        help="weights of 7 bits, which score alike on every processor, or of 8, which can overflow on x86 processors"
        " without VNNI (default: whichever is closer on this one)",
    )
    return parser


def _download(arguments: argparse.Namespace) -> None:
    for model in arguments.models:
        ranker = Ranker(model, arguments.cache_dir)
        print(f"{model}: {ranker.model_dir}, graph {ranker.graph}")


def _export(arguments: argparse.Namespace) -> None:
    from flashrank.export.export_model import export_model

    options = Options(
        revision=arguments.revision,
        force=arguments.force,
        template=arguments.template,
        tokens=tuple(arguments.tokens) if arguments.tokens else None,
        opset=arguments.opset,
        tolerance=arguments.tolerance,
        int8=arguments.int8,
        per_channel=arguments.per_channel,
        reduce_range=arguments.reduce_range,
    )
    export_model(arguments.source, arguments.out, options)


if __name__ == "__main__":
    sys.exit(main())
