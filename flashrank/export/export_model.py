"""``flashrank export SOURCE OUT``, step by step."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from flashrank.errors import FlashRankError, InvalidModel, InvalidRequest
from flashrank.export.companions import whole_or_not_at_all, write_companions
from flashrank.export.options import FP32_TOLERANCE, INT8_TOLERANCE, Options
from flashrank.scoring.pair import Pair

if TYPE_CHECKING:
    from flashrank.export.original import Original
    from flashrank.export.source import Source
    from flashrank.scoring.heads import FloatArray

_EXTRA = ("onnx", "torch", "transformers")
_ONNX_FILE = "model.onnx"
#: What one ONNX file, a protobuf message, can hold.
_MOST_MEGABYTES = 2000


def export_model(source: str, out: Path, options: Options | None = None, say: Callable[[str], None] = print) -> None:
    """Turn a cross-encoder of transformers into a directory that ``Ranker`` loads.

    Args:
        source: A hub id (``org/name``) or a directory with safetensors.
        out: The directory to write: it appears whole, or not at all.
        options: How; the command line's defaults if None.
        say: Told of each step.

    Raises:
        FlashRankError: The extra ``export`` is missing, an argument or the source cannot be used, or the exported model
            differs from its original by more than the tolerance.
        OSError: ``out`` cannot be written.
    """
    options = options or Options()
    if missing := [name for name in _EXTRA if importlib.util.find_spec(name) is None]:
        raise FlashRankError(f"export needs {', '.join(missing)}: pip install 'flashrank[export]'")
    # Settled before anything is fetched or loaded.
    with whole_or_not_at_all(out, force=options.force) as directory:
        _export(source, directory, options, say)
    size = sum(path.stat().st_size for path in out.expanduser().iterdir())
    say(f"wrote {out}: {size / 1e6:.1f} MB; Ranker({str(out)!r}) loads it")


def _export(name: str, directory: Path, options: Options, say: Callable[[str], None]) -> None:
    from flashrank.export.architectures import kind_of, name_of
    from flashrank.export.source import find_source

    source = find_source(name, options.revision)
    kind = kind_of(source.config, source.name)
    at = f" at {source.revision}" if source.revision else ""
    say(f"{source.name}{at}: {name_of(source.config, kind)}, judged by {kind.value}")
    original = _load(source, options)
    _write(directory, source, original, options, say)


def _load(source: Source, options: Options) -> Original:
    # Read when transformers is imported, which warns of much that does not matter here.
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    from transformers.utils import logging

    from flashrank.export.original import load_original

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    return load_original(source, options)


def _write(directory: Path, source: Source, original: Original, options: Options, say: Callable[[str], None]) -> None:
    """Write a model directory in float32, check it, and quantise it if that is asked for."""
    from flashrank.export.check import Difference, graph_logits, original_logits, sample_pairs
    from flashrank.export.onnx_graph import export_graph, megabytes, slim

    size = megabytes(original.exported)
    if size > _MOST_MEGABYTES and not options.int8:
        raise InvalidRequest(
            f"{source.name} takes {size:.0f} MB in float32, and one ONNX file holds {_MOST_MEGABYTES}: add --int8"
        )
    graph = directory / (source.spec.file if source.spec else _ONNX_FILE)
    write_companions(directory, source, original)
    export_graph(original.exported, original.inputs, graph, options.opset)
    pairs = sample_pairs(directory, original)
    expected = original_logits(original, pairs)
    difference = Difference.between(graph_logits(graph, pairs), expected)
    tolerance = FP32_TOLERANCE if options.int8 or options.tolerance is None else options.tolerance
    longest, shortest = max(len(pair.ids) for pair in pairs), min(len(pair.ids) for pair in pairs)
    say(f"token ids equal transformers' on {len(pairs)} pairs of {shortest} to {longest} tokens")
    say(f"fp32: logits differ from the original's by {difference.largest:.1e} at most; tolerance {tolerance:g}")
    if not difference.largest <= tolerance:
        raise InvalidModel(
            f"{source.name}: exported logits differ from the original's by {difference.largest:.1e}, above the"
            f" tolerance of {tolerance:g}: nothing was written"
        )
    if options.int8:
        _quantise(graph, pairs, expected, source.name, options, say)
    slim(graph)


def _quantise(
    graph: Path, pairs: list[Pair], expected: FloatArray, name: str, options: Options, say: Callable[[str], None]
) -> None:
    """Replace a graph by the int8 one that is closest to it."""
    from flashrank.export.check import graph_logits
    from flashrank.export.quantise import choices, closest

    tolerance = INT8_TOLERANCE if options.tolerance is None else options.tolerance
    best = closest(
        graph,
        choices(options.per_channel, options.reduce_range),
        lambda path: graph_logits(path, pairs),
        expected,
        lambda tried: say(
            f"int8, {tried.choice}: {tried.size / 1e6:.1f} MB, log-odds differ from fp32's by"
            f" {tried.difference.mean:.3f} on average, {tried.difference.largest:.3f} at most"
        ),
    )
    say(f"int8: kept {best.choice}; tolerance {tolerance:g}")
    if not best.difference.largest <= tolerance:
        raise InvalidModel(
            f"{name}: int8 log-odds differ from the original's by {best.difference.largest:.2f}, above the tolerance of"
            f" {tolerance:g}: nothing was written"
        )
    # Weights beyond 2 GB lie beside the float32 graph.
    for path in graph.parent.iterdir():
        if path.suffix != ".json" and path != best.graph:
            path.unlink()
    best.graph.rename(graph)
