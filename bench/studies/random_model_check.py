"""Whether a model of random weights is what it claims to be: as fast as the real one, and of the same operators."""

from __future__ import annotations

import math
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from bench.common.errors import BenchError
from bench.common.model_config import read_model_config
from bench.common.terminal import say
from bench.experiment.random_shape import LEAST_VOCABULARY, Shape
from bench.measure.paired_timing import PairedTimes, time_rankers
from bench.random_models.store import FILES, random_model
from flashrank import Ranker, resolve_model

#: How far a ratio of times may be from 1.
TOLERANCE = 0.05


def compare_times(
    real: Ranker, other: Ranker, tokens: Sequence[int], passages: int, turns: int
) -> Iterator[tuple[int, PairedTimes]]:
    """Yield each number of tokens with the CPU times of the real model, A, and the one of random weights, B.

    Both do the same work on as many threads, so a ratio of CPU times is one of latencies too; but what else the
    machine does disturbs it less.

    Args:
        real: The real model.
        other: The model of random weights.
        tokens: Tokens per pair.
        passages: Passages per request.
        turns: Requests to each, after one that is not timed.
    """
    for count in tokens:
        yield count, time_rankers(real, other, count, passages, turns, clock=time.process_time)


def operators(graph: Path) -> Counter[str]:
    """Return how often each operator is in an ONNX file; constants are no operators."""
    import onnx

    nodes = onnx.load(str(graph), load_external_data=False).graph.node
    return Counter(node.op_type for node in nodes if node.op_type != "Constant")


def running_operators(graph: Path) -> Counter[str]:
    """Return how often each operator is in what onnxruntime makes of an ONNX file and runs."""
    import onnxruntime

    with tempfile.TemporaryDirectory() as scratch:
        options = onnxruntime.SessionOptions()
        options.optimized_model_filepath = str(Path(scratch, "running.onnx"))
        options.log_severity_level = 4  # it warns that the file is for this machine only
        onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        return operators(Path(options.optimized_model_filepath))


def described_shape(directory: Path) -> Shape:
    """Return the shape of a model by the ``config.json`` of its directory.

    Raises:
        BenchError: It is neither a BERT's nor a T5's.
    """
    config = read_model_config(directory)
    names = {
        "bert": ("num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size"),
        "t5": ("num_layers", "d_model", "num_heads", "d_ff"),
    }
    kind = config.get("model_type")
    if kind not in names:
        raise BenchError(f"{directory / 'config.json'}: `model_type` is {kind!r}, and none of: {', '.join(names)}")
    layers, width, heads, inner = (config.get(name) for name in names[kind])
    try:
        return Shape.model_validate(
            {
                "architecture": "BERT" if kind == "bert" else "T5 encoder",
                "layers": layers,
                "hidden_size": width,
                "heads": heads,
                "intermediate_size": inner,
                "vocabulary": max(config.get("vocab_size") or 0, LEAST_VOCABULARY),
            }
        )
    except ValidationError as error:
        raise BenchError(f"{directory / 'config.json'}: {error.errors()[0]['msg']}") from error


def check(
    against: str, cache_dir: Path | None, tokens: Sequence[int], passages: int, turns: int, console: Console
) -> bool:
    """Hold a model of random weights against a real one of the same shape, print both, and tell whether they agree.

    The operators of both graphs must be the same, in the files and in what onnxruntime runs, and so must the CPU
    times of requests that both answer in turn.

    Args:
        against: The real model, by name or directory.
        cache_dir: Where models are kept.
        tokens: Tokens per pair.
        passages: Passages per request.
        turns: Requests to each.
        console: Where it is printed.

    Raises:
        BenchError: The real model has no shape that random weights can have.
        FlashRankError: The real model cannot be used.
    """
    real = resolve_model(against, cache_dir)
    shape = described_shape(real.directory)
    directory = random_model(shape)
    same = True
    for what, count in (("in the file", operators), ("as run", running_operators)):
        wanted, found = count(real.weights), count(directory / FILES[-1])
        same &= wanted == found
        other = f"other: {dict(found - wanted)} instead of {dict(wanted - found)}"
        said = f"operators {what}: {'the same' if wanted == found else other} ({wanted.total()})"
        say(console, said)
    rankers = (Ranker(against, cache_dir, log_level="ERROR"), Ranker(directory, log_level="ERROR"))
    table = Table("tokens", "turns", "real CPU ms", "random CPU ms", "random / real", "95 % interval", box=None)
    worst = 0.0
    for length, times in compare_times(*rankers, tokens, passages, turns):
        milliseconds = (f"{1000 * median:.1f}" for median in times.medians)
        ratio = times.median_ratio()
        table.add_row(
            str(length), str(turns), *milliseconds, f"{ratio.median:.3f}", f"{ratio.low:.3f} to {ratio.high:.3f}"
        )
        worst = max(worst, abs(math.log(ratio.median)))
    console.print(table)
    alike = worst <= math.log(1 + TOLERANCE)
    verdict = "faithful" if same and alike else "not faithful"
    off, tolerated = f"{100 * math.expm1(worst):.1f}", f"{100 * TOLERANCE:.0f}"
    say(console, f"{shape.label}: {verdict}; times differ by {off} % at most, and may by {tolerated} %")
    return same and alike
