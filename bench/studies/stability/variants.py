"""The ways of scoring that are compared. Each scores the same requests in a worker process of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.measure.energy import measure_energy
from bench.measure.request import Request
from bench.measure.worker_process import CHECKOUT, WorkerProcess
from flashrank import ModelFiles

_SCORE = (sys.executable, "-m", "bench.studies.stability.scoring_worker")


@dataclass(frozen=True, slots=True)
class Variant:
    """One way of scoring.

    Attributes:
        name: What tables call it.
        model: The model directory and the graph in it that is run.
        threads: Pairs run at once, or threads of a batch's one run.
        batched: Whether a request is one padded batch.
        graph: Whether the graph is run ``as-shipped``, or ``fast`` as flashrank rewrites it.
    """

    name: str
    model: ModelFiles
    threads: int
    batched: bool = False
    graph: str = "as-shipped"


@dataclass(frozen=True, slots=True)
class Scored:
    """What a variant scored.

    Attributes:
        variant: The variant.
        logits: One array a request, float32 of shape (passages,).
        seconds: Time of all requests, tokenization included.
        peak_bytes: The process's peak resident memory.
        joules: Energy of the whole machine meanwhile, where it tells.
    """

    variant: Variant
    logits: tuple[npt.NDArray[np.float32], ...]
    seconds: float
    peak_bytes: int
    joules: float | None


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two variants that are compared.

    Attributes:
        question: What their difference answers, in a few words.
        new: Name of a variant.
        base: Name of the variant it is measured against.
    """

    question: str
    new: str
    base: str


@dataclass(frozen=True, slots=True)
class Graphs:
    """A model and those made from it, each with its graph in a directory of its own.

    Attributes:
        shipped: The model's own.
        in_float: The same weights with float32 products; None when the file has no others.
        exact: The same 8-bit products with exact sums on every machine; None when it has none.
        saturating: With sums that saturate on every machine; None when none can.
        is_rewritten: Whether flashrank runs a rewritten graph in place of the model's own.
    """

    shipped: ModelFiles
    in_float: ModelFiles | None = None
    exact: ModelFiles | None = None
    saturating: ModelFiles | None = None
    is_rewritten: bool = False


ALONE, IN_FLOAT, FAST = "int8, alone", "fp32, alone", "int8, fast graph"
EXACT, SATURATING = "exact sums, alone", "saturating sums, alone"


def plan(graphs: Graphs, threads: int) -> tuple[list[Variant], list[Contrast]]:
    """Return the variants to run and what to compare.

    Args:
        graphs: What there is to run.
        threads: Threads of the variants that have more than one.
    """
    kind = "fp32" if graphs.in_float is None else "int8"
    alone, batch = f"{kind}, alone", f"{kind}, padded batch"
    again, single = f"{alone}, again", f"{alone}, 1 thread"
    variants = [
        Variant(alone, graphs.shipped, threads),
        Variant(again, graphs.shipped, threads),
        Variant(single, graphs.shipped, 1),
        Variant(batch, graphs.shipped, threads, batched=True),
    ]
    contrasts = [Contrast("alone or in a padded batch", batch, alone)]
    if graphs.in_float is not None:
        variants += [
            Variant(IN_FLOAT, graphs.in_float, threads),
            Variant("fp32, padded batch", graphs.in_float, threads, batched=True),
        ]
        contrasts.insert(0, Contrast("int8 or fp32", alone, IN_FLOAT))
        contrasts.append(Contrast("padding without int8", "fp32, padded batch", IN_FLOAT))
    if graphs.is_rewritten:
        fast = f"{kind}, fast graph"
        variants.append(Variant(fast, graphs.shipped, threads, graph="fast"))
        if graphs.in_float is not None:
            contrasts.insert(1, Contrast("int8 on the fast graph or fp32", fast, IN_FLOAT))
        contrasts.append(Contrast("fast graph or as shipped", fast, alone))
    contrasts += [
        Contrast("process to process", again, alone),
        Contrast(f"{threads} threads or 1", alone, single),
    ]
    if graphs.exact is not None:
        variants.append(Variant(EXACT, graphs.exact, threads))
        contrasts.append(Contrast("this machine or exact sums", alone, EXACT))
    if graphs.saturating is not None:
        variants.append(Variant(SATURATING, graphs.saturating, threads))
        contrasts.append(Contrast("this machine or saturating sums", alone, SATURATING))
        contrasts.append(Contrast("saturating or exact sums", SATURATING, EXACT))
    return variants, contrasts


def score(variant: Variant, max_length: int, requests: Iterable[Request]) -> Scored:
    """Score requests in a new worker process.

    Raises:
        BenchError: The process ended, or could not use the model.
    """
    setup = {
        "directory": str(variant.model.directory),
        "onnx": str(variant.model.weights),
        "max_length": max_length,
        "threads": variant.threads,
        "batched": variant.batched,
        "graph": variant.graph,
    }
    with WorkerProcess(variant.name, _SCORE, setup, CHECKOUT) as process:
        _ = process.package  # loading is no part of the energy
        with measure_energy() as energy:
            answers = [process.ask(request.query, request.texts) for request in requests]
    return Scored(
        variant=variant,
        logits=tuple(np.array(answer["logits"], dtype=np.float32) for answer in answers),
        seconds=sum(answer["seconds"] for answer in answers),
        peak_bytes=max(answer["peak_bytes"] for answer in answers),
        joules=energy.joules,
    )
