"""Whether a model's 8-bit sums saturate, how often, and which way this machine adds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.measure.request import Request
from bench.studies.stability.agreement import Agreement, Found
from bench.studies.stability.integer_products import COUNTS, Counts
from bench.studies.stability.scoring import load_ranker, padded
from bench.studies.stability.variants import ALONE, EXACT, SATURATING, Graphs
from flashrank import ModelFiles


@dataclass(frozen=True, slots=True)
class Saturation:
    """How a model's 8-bit sums come out.

    Attributes:
        counts: Over the first candidate of every request; None when no sum can saturate, whatever the activations.
        pairs: How many these are.
        here: How this machine adds, in words.
    """

    counts: Counts | None
    pairs: int
    here: str


def count(model: ModelFiles, max_length: int, requests: Sequence[Request]) -> Counts:
    """Count the saturated sums of every request's first candidate.

    Args:
        model: Its graph is ``integer_products.with_products`` of a model, saturating.
        max_length: Most tokens per pair.
        requests: With a candidate each.
    """
    ranker = load_ranker(model.directory, model.weights, max_length=max_length, threads=1)
    total = np.zeros(4, dtype=np.int64)
    for request in requests:
        pairs = ranker.encode(request.query, request.texts[:1])
        (counts,) = ranker.session.run([COUNTS], padded(ranker.session, pairs))
        total += counts
    return Counts(*total.tolist())


def look_for_saturation(
    graphs: Graphs, max_length: int, requests: Sequence[Request], found: Found
) -> Saturation | None:
    """Return what is known of a model's 8-bit sums once its scorings are compared; None when it has none.

    Args:
        graphs: The model's, and those made from it.
        max_length: Most tokens per pair.
        requests: What was scored.
        found: The comparisons.
    """
    if graphs.exact is None:
        return None
    here = {contrast.base: agreement for contrast, agreement in found if contrast.new == ALONE}
    if graphs.saturating is None:
        return Saturation(None, 0, way_of_this_machine(here[EXACT], None))
    counts = count(graphs.saturating, max_length, requests)
    return Saturation(counts, len(requests), way_of_this_machine(here[EXACT], here[SATURATING]))


def way_of_this_machine(exact: Agreement, saturating: Agreement | None) -> str:
    """Say which of the two computed ways this machine's logits follow, by their mean distance.

    Args:
        exact: This machine's scoring against exact sums.
        saturating: Against saturating ones; None when none can saturate.
    """
    if saturating is None:
        return "exact: no sum of these weights can saturate"
    near, far = sorted((exact.mean, saturating.mean))
    if near > far / 2:
        return "neither: both computed ways are as far from what this machine gives"
    return "exact" if exact.mean < saturating.mean else "saturating"
