"""The tables of a stability report, made again from the numbers of the reports that are committed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bench.report.tables.writers import to_csv, to_markdown
from bench.stats.intervals import Interval
from bench.stats.paired_comparison import PairedComparison
from bench.studies.stability.agreement import Agreement
from bench.studies.stability.integer_products import Counts
from bench.studies.stability.saturation import Saturation
from bench.studies.stability.stability_tables import (
    cost_table,
    fingerprint_table,
    logits_table,
    quality_table,
    saturation_table,
)
from bench.studies.stability.variants import Contrast, Scored, Variant
from flashrank import ModelFiles
from tests.bench.conftest import ROOT

REPORTS = sorted((ROOT / "reports" / "stability").iterdir())


def agreement(row):
    """Return what a row of the JSON document was written from."""
    comparison = dict(row["comparison"])
    comparison["interval"] = Interval(**comparison["interval"])
    numbers = {name: np.nan if row[name] is None else row[name] for name in Agreement.__dataclass_fields__}
    return Agreement(**{**numbers, "comparison": PairedComparison(**comparison)})


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_the_tables_are_those_of_the_report(report):
    document = json.loads((report / "stability.json").read_text(encoding="utf-8"))
    found = [(Contrast(row["question"], row["new"], row["base"]), agreement(row)) for row in document["comparisons"]]
    counts = document["saturation"]["counts"]
    saturation = Saturation(**{**document["saturation"], "counts": Counts(**counts) if counts else None})
    scored = [
        Scored(
            Variant(row["name"], ModelFiles(Path(), Path(), None), row["threads"], row["batched"]),
            (),
            row["seconds"],
            row["peak_bytes"],
            row["joules"],
        )
        for row in document["scorings"]
    ]
    page = (report / "stability.md").read_text(encoding="utf-8")
    for table in (
        logits_table(found),
        quality_table(found),
        saturation_table(saturation),
        cost_table(scored, document["pairs"]),
        fingerprint_table(document["machine"]),
    ):
        assert to_csv(table) == (report / f"{table.name}.csv").read_text(encoding="utf-8")
        assert to_markdown(table).rstrip() in page


def test_there_are_reports():
    assert len(REPORTS) >= 2
