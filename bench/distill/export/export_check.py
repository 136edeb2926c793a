"""The check of an exported student: loaded as a user loads it, and compared with its weights in float32."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from bench.common.errors import BenchError
from bench.distill.export.model_directory import ONNX_FILE
from bench.distill.export.student_graph import build, one_thread_session
from bench.distill.labels.labelled_queries import LabelledQuery
from bench.distill.student.design import Design
from bench.distill.student.weights import Weights
from bench.distill.training.teacher_agreement import share_ordered_alike
from flashrank import Ranker, resolve_model

#: The largest mean difference of a logit from float32 that quantisation explains.
_TOLERATED = 0.5


@dataclass(frozen=True, slots=True)
class ExportCheck:
    """How far the quantised model is from the float32 one.

    Attributes:
        pairs: Pairs compared.
        mean: Mean absolute difference of a logit.
        largest: The largest.
        float_agreement: Mean over queries of the float32 student's agreement with the teacher.
        agreement: The same of the quantised student.
    """

    pairs: int
    mean: float
    largest: float
    float_agreement: float
    agreement: float


def check_model(directory: Path, weights: Weights, design: Design, labelled: Sequence[LabelledQuery]) -> ExportCheck:
    """Compare a model directory with its weights in float32.

    Raises:
        BenchError: The difference is larger than quantisation explains.
    """
    exact, quantised = (Ranker(directory, offline=True, log_level="ERROR") for _ in range(2))
    exact.session = one_thread_session(build(weights, design.heads))
    differences, agreements = [], []
    for row in labelled:
        both = np.array([ranker.score(row.query, row.texts).logits for ranker in (exact, quantised)], dtype=np.float32)
        differences.append(np.abs(both[0] - both[1]))
        agreements.append([share_ordered_alike(logits, np.array(row.logits)) for logits in both])
    errors = np.concatenate(differences)
    there = [shares for shares in agreements if not np.isnan(shares).any()]
    float_agreement, agreement = np.mean(there, axis=0) if there else (float("nan"), float("nan"))
    check = ExportCheck(
        errors.size, float(errors.mean()), float(errors.max()), float(float_agreement), float(agreement)
    )
    if not check.mean <= _TOLERATED:
        raise BenchError(
            f"{directory}: the exported model is {check.mean:.2f} logits from the trained one on average; expected at "
            f"most {_TOLERATED}: export with more bits"
        )
    return check


def zipped_size(directory: Path) -> int:
    """Return the bytes that a directory adds to a wheel."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(directory.iterdir()):
            archive.write(path, path.name)
    return buffer.tell()


def describe(directory: Path, check: ExportCheck, console: Console) -> None:
    """Print what was exported."""
    onnx_bytes = (resolve_model(directory, offline=True).weights).stat().st_size
    raw = sum(path.stat().st_size for path in directory.iterdir())
    lines = (
        f"export: {directory}: {raw / 1e6:.2f} MB, {zipped_size(directory) / 1e6:.2f} MB zipped; "
        f"{ONNX_FILE} {onnx_bytes / 1e6:.2f} MB",
        f"export: int8 against float32 on {check.pairs} held-back pairs: logits differ by {check.mean:.3f} on average, "
        f"{check.largest:.3f} at most; agreement with the teacher {check.agreement:.4f} against "
        f"{check.float_agreement:.4f}",
    )
    for line in lines:
        console.print(line, highlight=False)
