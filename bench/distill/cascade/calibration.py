"""The calibration of a cascade: what every rule costs and loses on training queries, and the least patience that does.

The queries of a pack choose. Those with known answers are shown beside them, as the first model may have learned from
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.common.errors import BenchError
from bench.common.words import count_of
from bench.distill.cascade.calibration_report import write_calibration
from bench.distill.cascade.rules import PATIENCE, RULES, RuleOutcome, outcome
from bench.distill.cascade.scored_requests import ScoredRequest, ScoringSettings, score_requests
from bench.distill.cascade.training_queries import TrainingTexts
from bench.stats.intervals import bootstrap_interval


def calibrate(texts: TrainingTexts, settings: ScoringSettings, loss: float, out: Path, console: Console) -> Path:
    """Score training queries by both models, choose, write the report, and return its path.

    Args:
        texts: Where the queries and passages are.
        settings: The models, and how many queries and passages.
        loss: The most that nDCG@10 may lose, at the upper end of the loss's 95 % interval.
        out: Folder of the logits and of the report.
        console: Where progress is shown.

    Raises:
        BenchError: The texts cannot be read, or are too few.
        FlashRankError: A model cannot be used.
    """
    requests = score_requests(texts, settings, out, console)
    unanswered = [request for request in requests if request.answers is None]
    answered = [request for request in requests if request.answers]
    if len(unanswered) < 2:
        raise BenchError(f"{count_of(len(unanswered), 'query')} of the pack scored, too few to choose by: --queries")
    curves = [(chosen, curve(chosen)) for chosen in (unanswered, answered)]
    return write_calibration(out, settings, loss, least_patience(unanswered, loss), *curves)


def least_patience(requests: Sequence[ScoredRequest], loss: float) -> int | None:
    """Return the least patience whose loss of nDCG@10 is at most ``loss`` at the upper end of its 95 % interval."""
    for patience in range(1, max(len(request.first) for request in requests)):
        if bootstrap_interval(outcome(PATIENCE, patience, requests).loss).high <= loss:
            return patience
    return None


def curve(requests: Sequence[ScoredRequest]) -> list[RuleOutcome]:
    """Return what every rule does to ``requests`` with each of its numbers; nothing where there are none."""
    return [outcome(rule, number, requests) for rule in RULES for number in rule.numbers] if requests else []
