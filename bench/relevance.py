"""From which grade a document is relevant to a measure that knows only relevant or not, such as RR, R and P.

Graded measures, nDCG among them, and Judged take grades as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ir_measures


@dataclass(frozen=True, slots=True)
class Threshold:
    """What the makers of a collection say.

    Attributes:
        collection: ir_datasets id, ids inside it being meant too, or a name of ``bench.collections.catalog``.
        relevant_from: The lowest grade that is relevant.
        source: Where they say so.
    """

    collection: str
    relevant_from: int
    source: str


_NIST = "passages: grade 1, related, is not relevant: https://trec.nist.gov/data/deep"
_DL_HARD = "official measure RR(rel=2): https://ir-datasets.com/msmarco-passage.html#msmarco-passage/trec-dl-hard"

#: Collections without a row count every grade from 1, as trec_eval does: those of TREC DL's documents among them.
THRESHOLDS = (
    Threshold("msmarco-passage/trec-dl-2019", 2, f"{_NIST}2019.html"),
    Threshold("msmarco-passage/trec-dl-2020", 2, f"{_NIST}2020.html"),
    Threshold("msmarco-passage/trec-dl-hard", 2, _DL_HARD),
    Threshold("msmarco-passage-v2/trec-dl-2021", 2, f"{_NIST}2021.html"),
    Threshold("msmarco-passage-v2/trec-dl-2022", 2, f"{_NIST}2022.html"),
    Threshold("msmarco-passage-v2/trec-dl-2023", 2, f"{_NIST}2023.html"),
    Threshold("beir/msmarco/test", 2, f"the judgments of TREC DL 2019; {_NIST}2019.html"),
    Threshold("trec-dl-2019-pool", 2, f"{_NIST}2019.html"),
    Threshold("antique", 3, "grades 1 and 2 do not answer the question: https://arxiv.org/abs/1905.08957"),
    Threshold(
        "clinicaltrials/2021", 2, "grade 1 is a trial that excludes the patient: https://www.trec-cds.org/2021.html"
    ),
)


def known_threshold(collection: str | None) -> int:
    """Return the lowest relevant grade of a collection, by id or name in ``THRESHOLDS``; 1 for any other."""
    for row in THRESHOLDS:
        if collection is not None and f"{collection}/".startswith(f"{row.collection}/"):
            return row.relevant_from
    return 1


def measure_name(measure: Any) -> str:
    """Return an ir-measures measure as text that parses back, with a ``rel=1`` where it says one.

    ir-measures leaves out what is its default, but here a measure that says its threshold keeps it on every dataset.
    """
    text = str(measure)
    if measure.params.get("rel") != 1 or not _is_binary(measure):
        return text
    name, _, rest = text.partition("(") if "(" in text else text.partition("@")
    rest = rest if "(" in text else (f")@{rest}" if rest else ")")
    return f"{name}(rel=1{',' if not rest.startswith(')') else ''}{rest}"


def takes_threshold(measure: Any) -> bool:
    """Tell whether a measure is binary and leaves the threshold to the dataset."""
    return _is_binary(measure) and "rel" not in measure.params


def at_threshold(name: str, relevant_from: int) -> Any:
    """Return the measure of that name, counting grades from ``relevant_from`` unless it says ``rel=`` itself."""
    measure = ir_measures.parse_measure(name)
    return measure(rel=relevant_from) if takes_threshold(measure) else measure


def threshold_note(names: tuple[str, ...], relevant_from: int, collection: str | None) -> str:
    """Return what is to be said beside a dataset's numbers; nothing where every grade from 1 counts, as is usual.

    Args:
        names: The measures of an experiment.
        relevant_from: The threshold that they were measured with.
        collection: The dataset's id or name, as of ``known_threshold``.
    """
    concerned = [name for name in names if takes_threshold(ir_measures.parse_measure(name))]
    if not concerned or relevant_from == known_threshold(collection) == 1:
        return ""
    return f"relevant from grade {relevant_from} in {', '.join(concerned)}"


def _is_binary(measure: Any) -> bool:
    parameter = measure.SUPPORTED_PARAMS.get("rel")
    # RBP and NumRet take grades as they are unless they are given a threshold.
    return parameter is not None and parameter.default == 1
