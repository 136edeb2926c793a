"""The grade from which a document counts as relevant in binary measures, such as RR, R and P.

Graded measures such as nDCG, and Judged, take grades as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ir_measures

from bench.common.errors import BenchError
from bench.data.collections.catalog import PUBLISHED
from bench.data.collections.judgments import Qrels, digest_of_qrels
from bench.data.dataset_spec import DatasetSpec


@dataclass(frozen=True, slots=True)
class Threshold:
    """The threshold that the makers of a collection state.

    Attributes:
        collection: ir_datasets id, ids inside it being meant too, or a name of ``bench.data.collections.catalog``.
        relevant_from: The lowest grade that is relevant.
        source: Where they say so.
        reciprocal_rank_from: The lowest grade of RR among ir_datasets' official measures, where that is another one.
    """

    collection: str
    relevant_from: int
    source: str
    reciprocal_rank_from: int | None = None


_NIST = "passages: grade 1, related, is not relevant: https://trec.nist.gov/data/deep"
_DL_HARD = "official measure RR(rel=2): https://ir-datasets.com/msmarco-passage.html#msmarco-passage/trec-dl-hard"
_DOCUMENTS = "documents: grade 1 is relevant: https://trec.nist.gov/data/deep"

#: Collections without a row count every grade from 1, as trec_eval does.
THRESHOLDS = (
    Threshold("msmarco-passage/trec-dl-2019", 2, f"{_NIST}2019.html"),
    Threshold("msmarco-passage/trec-dl-2020", 2, f"{_NIST}2020.html"),
    Threshold("msmarco-passage/trec-dl-hard", 2, _DL_HARD),
    Threshold("msmarco-passage-v2/trec-dl-2021", 2, f"{_NIST}2021.html"),
    Threshold("msmarco-passage-v2/trec-dl-2022", 2, f"{_NIST}2022.html"),
    Threshold("msmarco-passage-v2/trec-dl-2023", 2, f"{_NIST}2023.html"),
    Threshold("msmarco-document/trec-dl-hard", 1, f"{_DOCUMENTS}2019.html", reciprocal_rank_from=2),
    Threshold("msmarco-document-v2/trec-dl-2021", 1, f"{_DOCUMENTS}2021.html", reciprocal_rank_from=2),
    Threshold("beir/msmarco/test", 2, f"the judgments of TREC DL 2019; {_NIST}2019.html"),
    Threshold("trec-dl-2019-pool", 2, f"{_NIST}2019.html"),
    Threshold("antique", 3, "grades 1 and 2 do not answer the question: https://arxiv.org/abs/1905.08957"),
    Threshold(
        "clinicaltrials/2021", 2, "grade 1 is a trial that excludes the patient: https://www.trec-cds.org/2021.html"
    ),
)


def lowest_relevant(dataset: DatasetSpec, qrels: Qrels | None = None) -> int:
    """Return the lowest relevant grade of a dataset: what its row says, else what is known of what it is.

    Args:
        dataset: The dataset.
        qrels: All of its judgments. Without them nothing is known of a folder.
    """
    return dataset.relevant_from or known_threshold(known_collection(dataset, qrels))


def known_collection(dataset: DatasetSpec, qrels: Qrels | None = None) -> str | None:
    """Return a dataset's id or name; for a folder, that of the published collection with the same judgments, if any.

    What a folder is called does not count: a copy may have any name, and a folder of that name other grades.
    """
    if dataset.path is None or qrels is None:
        return dataset.id or dataset.collection
    digest = digest_of_qrels(qrels)
    return next((row.name for row in PUBLISHED.values() if row.digests["judgments"] == digest), None)


def known_threshold(collection: str | None) -> int:
    """Return the lowest relevant grade of a collection, by id or name in ``THRESHOLDS``; 1 for any other."""
    row = _known(collection)
    return 1 if row is None else row.relevant_from


def relevant_from_of(dataset: DatasetSpec, qrels: Qrels, measures: Sequence[str] = ()) -> int:
    """Return the lowest relevant grade of a dataset of which all judgments are given.

    Raises:
        BenchError: Nothing is relevant to any query, no grade is as high, or one of ``measures`` cannot be computed
            with it.
    """
    relevant_from = lowest_relevant(dataset, qrels)
    highest = max((grade for judged in qrels.values() for grade in judged.values()), default=0)
    if highest < 1:
        raise BenchError(f"{dataset.name}: no document is relevant to any query, so there is nothing to measure")
    if relevant_from > highest:
        raise BenchError(
            f"{dataset.name}: relevant_from is {relevant_from}, but the highest grade of its judgments is {highest}: "
            "no document would be relevant"
        )
    if wrong := uncomputable(measures, relevant_from, dataset.name):
        raise BenchError(wrong)
    return relevant_from


def _known(collection: str | None) -> Threshold | None:
    inside = f"{collection}/"
    return next((row for row in THRESHOLDS if collection and inside.startswith(f"{row.collection}/")), None)


def measure_name(expression: str) -> str:
    """Return the one text of an ir-measures expression; a ``rel=1`` stays where it is given.

    ir-measures leaves out what is its default, but here a measure that says its threshold keeps it on every dataset.
    """
    measure = ir_measures.parse_measure(expression)
    text = str(measure)
    if _is_open_alias(expression):
        return text.replace("NumRet(rel=1)", "NumRelRet")
    if measure.params.get("rel") != 1 or not _is_binary(measure):
        return text
    name, _, rest = text.partition("(") if "(" in text else text.partition("@")
    rest = rest if "(" in text else (f")@{rest}" if rest else ")")
    return f"{name}(rel=1{',' if not rest.startswith(')') else ''}{rest}"


def takes_threshold(expression: str) -> bool:
    """Tell whether a measure is binary and leaves the threshold to the dataset."""
    measure = ir_measures.parse_measure(expression)
    return _is_open_alias(expression) or (_is_binary(measure) and "rel" not in measure.params)


def at_threshold(expression: str, relevant_from: int) -> Any:
    """Return the measure with ``relevant_from`` as its threshold, unless it gives ``rel=`` itself."""
    measure = ir_measures.parse_measure(expression)
    return measure(rel=relevant_from) if takes_threshold(expression) else measure


def uncomputable(names: Sequence[str], relevant_from: int, dataset: str) -> str:
    """Say which measure cannot be computed with a dataset's threshold, or return an empty string."""
    for name in names:
        if not ir_measures.DefaultPipeline.supports(at_threshold(name, relevant_from)):  # type: ignore[no-untyped-call]
            return (
                f"`measures` names {name}, which the installed ir-measures providers cannot compute with relevant "
                f"documents from grade {relevant_from}, as {dataset} has them"
            )
    return ""


def threshold_note(names: Sequence[str], relevant_from: int, collection: str | None) -> str:
    """Return a note for beside a dataset's numbers; an empty one where every grade from 1 counts, as is usual.

    Args:
        names: The measures of an experiment.
        relevant_from: The threshold that they were measured with.
        collection: The dataset's id or name, as of ``known_threshold``.
    """
    concerned, own = [name for name in names if takes_threshold(name)], ""
    if relevant_from == known_threshold(collection) == 1:
        row = _known(collection)
        if row is None or row.reciprocal_rank_from is None:
            return ""
        concerned = [name for name in concerned if ir_measures.parse_measure(name).NAME == "RR"]
        own = f" (ir_datasets' official RR: from grade {row.reciprocal_rank_from})"
    return f"relevant from grade {relevant_from} in {', '.join(concerned)}{own}" if concerned else ""


def threshold_remarks(names: Sequence[str], dataset: DatasetSpec, qrels: Qrels) -> list[str]:
    """Return a line on a folder whose grades go above 1 and of which nothing is known; none for any other."""
    concerned = [name for name in names if takes_threshold(name)]
    highest = max(grade for judged in qrels.values() for grade in judged.values())
    known = dataset.relevant_from is not None or known_collection(dataset, qrels) is not None
    if known or highest < 2 or not concerned:
        return []
    return [
        f"relevant from grade 1 in {', '.join(concerned)} (grades go to {highest}); set relevant_from if only higher "
        "grades are relevant"
    ]


def _is_binary(measure: Any) -> bool:
    parameter = measure.SUPPORTED_PARAMS.get("rel")
    # RBP and NumRet take grades as they are unless they are given a threshold.
    return parameter is not None and parameter.default == 1


def _is_open_alias(expression: str) -> bool:
    """Tell whether an expression is ``NumRelRet`` without a threshold: ir-measures reads ``NumRet(rel=1)`` at once."""
    return "NumRelRet" in expression and re.search(r"\brel\s*=", expression) is None
