"""What a calibration found, as files: a page in Markdown, its tables as CSV, and the choice as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from bench.common.digest import digest_files
from bench.common.words import count_of
from bench.distill.cascade.rules import RuleOutcome
from bench.distill.cascade.scored_requests import ScoredRequest, ScoringSettings
from bench.provenance.machine import fingerprint
from bench.report.tables.table import Table
from bench.report.tables.writers import escape_markdown, to_csv, to_markdown
from bench.report.values.text import fixed, score
from bench.stats.intervals import Interval, bootstrap_interval
from flashrank import resolve_model


def write_calibration(
    out: Path,
    settings: ScoringSettings,
    loss: float,
    patience: int | None,
    unanswered: tuple[Sequence[ScoredRequest], Sequence[RuleOutcome]],
    answered: tuple[Sequence[ScoredRequest], Sequence[RuleOutcome]],
) -> Path:
    """Write ``cascade.md``, ``cascade.json`` and a CSV a table, and return the path of the page.

    Args:
        out: Folder; made if need be, and files of the same names are replaced.
        settings: How the requests were scored.
        loss: The most that nDCG@10 was to lose.
        patience: What was chosen; None where nothing lost so little.
        unanswered: The requests that chose, and what every rule does to them.
        answered: The same of those with known answers; may be empty.
    """
    tables = [_curve("curve", f"{_queries(unanswered[0])}, by which the number is chosen.", unanswered[1])]
    if answered[1]:
        caption = (
            f"{_queries(answered[0])} whose answers are known and among the candidates. The first model may have"
            " learned from them, so they choose nothing."
        )
        tables.append(_curve("answered", caption, answered[1], with_answers=True))
    names = {"first": Path(settings.first).name, "second": Path(settings.second).name}
    found = (
        f"No patience below {settings.depth} loses so little."
        if patience is None
        else f"**Chosen: {patience} passages in a row.**"
    )
    paragraphs = [
        f"# {escape_markdown(names['first'])} before {escape_markdown(names['second'])}",
        f"The second model scores a part of BM25's first {settings.depth} passages, of at most {settings.max_length}"
        f" tokens with the query. The least patience is chosen with which nDCG@10 loses at most {loss:g}, at the upper"
        f" end of the 95 % interval. {found}",
        *(f"{escape_markdown(table.caption)}\n\n{to_markdown(table).rstrip()}" for table in tables),
    ]
    document = {
        "patience": patience,
        "loss": loss,
        **asdict(settings),
        **names,
        "sha256": {name: digest_files([resolve_model(model).weights]) for name, model in _models(settings)},
        "machine": fingerprint(),
    }
    texts = {
        **{f"{table.name}.csv": to_csv(table) for table in tables},
        "cascade.json": json.dumps(document, indent=2) + "\n",
        "cascade.md": "\n\n".join(paragraphs) + "\n",
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    return out / "cascade.md"


def _models(settings: ScoringSettings) -> tuple[tuple[str, str], ...]:
    return (("first", settings.first), ("second", settings.second))


def _queries(requests: Sequence[ScoredRequest]) -> str:
    return f"{count_of(len(requests), 'query')} of {count_of(len({one.source for one in requests}), 'source')}"


def _curve(name: str, caption: str, outcomes: Sequence[RuleOutcome], with_answers: bool = False) -> Table:
    losses: list[Interval] = [bootstrap_interval(one.loss) for one in outcomes]
    columns = {
        "rule": [one.rule for one in outcomes],
        "number": [one.number for one in outcomes],
        "rescored": [one.rescored.mean() for one in outcomes],
        "of its first ten": [one.overlap.mean() for one in outcomes],
        "loss of nDCG@10": [one.loss.mean() for one in outcomes],
    }
    remark = (
        "Rescored is the share of tokens that the second model reads. Of its first ten: how many of those that it puts"
        " there by itself the cascade puts there too. The loss is against its own order, its scores being the gains;"
        " in brackets the 95 % bootstrap interval over queries."
    )
    if with_answers:
        columns["nDCG@10 by the answers"] = [np.nanmean(one.ndcg) for one in outcomes]
        own = float(np.nanmean(outcomes[0].own_ndcg))
        remark += f" By the answers, the second model's own order has {score(own)}."
    return Table(
        name=name,
        caption=caption,
        frame=pd.DataFrame(columns),
        formats={
            "number": "{:g}".format,
            "rescored": "{:.1%}".format,
            "of its first ten": score,
            "loss of nDCG@10": fixed(4),
            "nDCG@10 by the answers": score,
        },
        remarks=(remark,),
        intervals={(row, "loss of nDCG@10"): interval for row, interval in enumerate(losses)},
        exact=pd.DataFrame({"loss low": [each.low for each in losses], "loss high": [each.high for each in losses]}),
    )
