"""A student's weights before training, where its rows are narrower than the teacher's or its layers random."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from bench.distill.student.weights import Weights, count_layers

_DEVIATION = 0.02  # of BERT's own random weights


def narrowed(weights: Weights, width: int, head: int) -> Weights:
    """Return a student's weights with rows of ``width`` numbers, projected onto the most important directions.

    These are the leading eigenvectors of what the table and the layers write and read. A layer normalisation cannot be
    projected exactly: only the diagonal is kept. Attention keeps the heads with the largest products of norms.

    Args:
        weights: The student's, with layers of the teacher's width.
        width: Width of the rows from now on; a multiple of ``head``.
        head: Width of an attention head, which does not change.
    """
    basis = _basis(weights, width)
    diagonal = basis**2
    grown = np.sqrt(len(basis) / width)  # fewer numbers are normalised to a smaller norm
    narrow: dict[str, npt.NDArray[np.floating]] = {"embeddings.table": weights["embeddings.table"]}
    for name, values in weights.items():
        if "LayerNorm" in name:
            narrow[name] = values @ diagonal * grown if name.endswith("weight") else values @ basis
        elif name.startswith("embeddings.") and name != "embeddings.table":
            narrow[name] = values @ basis
    for i in range(count_layers(weights)):
        prefix = f"encoder.layer.{i}."
        kept = _kept_heads(weights, prefix, width // head, head)
        for part in ("query", "key", "value"):
            name = f"{prefix}attention.self.{part}"
            narrow[f"{name}.weight"] = basis.T @ weights[f"{name}.weight"][:, kept]
            narrow[f"{name}.bias"] = weights[f"{name}.bias"][kept]
        name = f"{prefix}attention.output.dense"
        narrow[f"{name}.weight"] = weights[f"{name}.weight"][kept] @ basis
        narrow[f"{name}.bias"] = weights[f"{name}.bias"] @ basis
        up, down = f"{prefix}intermediate.dense", f"{prefix}output.dense"
        narrow[f"{up}.weight"], narrow[f"{up}.bias"] = basis.T @ weights[f"{up}.weight"], weights[f"{up}.bias"]
        narrow[f"{down}.weight"] = weights[f"{down}.weight"] @ basis
        narrow[f"{down}.bias"] = weights[f"{down}.bias"] @ basis
    pooled = np.linalg.norm(weights["pooler.dense.weight"], axis=0) * np.abs(weights["classifier.weight"][:, 0])
    kept = np.sort(np.argsort(-pooled, kind="stable")[:width])
    narrow["pooler.dense.weight"] = basis.T @ weights["pooler.dense.weight"][:, kept]
    narrow["pooler.dense.bias"] = weights["pooler.dense.bias"][kept]
    narrow["classifier.weight"] = weights["classifier.weight"][kept]
    narrow["classifier.bias"] = weights["classifier.bias"]
    return {name: np.ascontiguousarray(values, dtype=np.float32) for name, values in narrow.items()}


def with_random_layers(weights: Weights, seed: int) -> Weights:
    """Return weights whose table and projection stay; all others are drawn as BERT's are before training."""
    random = np.random.default_rng(seed)
    fresh: Weights = {}
    for name, values in weights.items():
        if name in ("embeddings.table", "embeddings.projection", "embeddings.types"):
            fresh[name] = values
        elif values.ndim > 1:
            fresh[name] = random.normal(scale=_DEVIATION, size=values.shape).astype(np.float32)
        else:
            fresh[name] = np.full(values.shape, float("LayerNorm.weight" in name), dtype=np.float32)
    return fresh


def _basis(weights: Mapping[str, npt.NDArray[np.float32]], width: int) -> npt.NDArray[np.float64]:
    """Return orthonormal columns, of shape (the teacher's width, ``width``)."""
    moments = []
    for name, values in weights.items():
        matrix = values.astype(np.float64)
        if name == "embeddings.projection":
            table = weights["embeddings.table"].astype(np.float64)
            moments.append(matrix.T @ (table.T @ table) @ matrix)
        elif name.endswith(("query.weight", "key.weight", "value.weight", "intermediate.dense.weight")):
            moments.append(matrix @ matrix.T)
        elif name.endswith("output.dense.weight"):
            moments.append(matrix.T @ matrix)
    _, vectors = np.linalg.eigh(sum(moment / np.trace(moment) for moment in moments))
    return np.ascontiguousarray(vectors[:, ::-1][:, :width])


def _kept_heads(weights: Weights, prefix: str, heads: int, head: int) -> npt.NDArray[np.intp]:
    """Return the columns of the heads that stay."""

    def norms(part: str, axis: int) -> npt.NDArray[np.float64]:
        matrix = weights[f"{prefix}attention.{part}.weight"]
        return np.asarray(np.linalg.norm(matrix, axis=axis).reshape(-1, head).sum(1), dtype=np.float64)

    weight = norms("self.query", 0) * norms("self.key", 0) * norms("self.value", 0) * norms("output.dense", 1)
    kept = np.sort(np.argsort(-weight, kind="stable")[:heads])
    return (kept[:, None] * head + np.arange(head)).ravel()
