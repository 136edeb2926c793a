"""The best student so far as a model directory, and its agreement on sources that it never learned."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from bench.distill.export.model_directory import write_model
from bench.distill.export.student_graph import InputMoments
from bench.distill.from_packs.device_training import mean_quality
from bench.distill.from_packs.pair_reader import PairReader
from bench.distill.packs.flat_texts import by_length
from bench.distill.packs.label_lists import LabelLists
from bench.distill.student.exported_student import read_exported
from bench.distill.student.forward import score
from bench.distill.student.student_folder import EXPORT, HELD_BACK, STUDENT, TOKENIZER, trained_design
from bench.distill.student.weights import load_weights

# Matrices are rounded for their inputs over so many pairs of the training.
_ROUNDED_FOR = 800
# Fewer where the time is short, but not so few that the moments mean nothing.
_ROUNDED_AT_LEAST = 100
# The functions that multiply rows by a matrix, and which of their arguments these are.
_PRODUCTS = {torch.Tensor.__matmul__: (0, 1), torch.Tensor.matmul: (0, 1), torch.addmm: (1, 2)}


class _Inputs(TorchFunctionMode):  # type: ignore[misc]
    """Sums up the outer products of the rows that the named matrices multiply.

    Attributes:
        mask: True where there is a token: rows of padding are left out. None where nothing is padded.
    """

    def __init__(self, names: Mapping[int, str]) -> None:
        super().__init__()
        self.mask: Any = None
        self.moments: dict[str, Any] = {}
        self._names = names

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        rows_at, matrix_at = _PRODUCTS.get(func, (0, None))
        if matrix_at is not None and (name := self._names.get(id(args[matrix_at]))):
            with torch._C.DisableTorchFunction():
                rows = args[rows_at].flatten(0, -2).float()
                if self.mask is not None and len(rows) == self.mask.numel():
                    rows = rows[self.mask.flatten()]
                width = rows.shape[1]
                if name not in self.moments:
                    self.moments[name] = torch.zeros(width, width, device=rows.device)
                self.moments[name].addmm_(rows.T, rows)
        return func(*args, **(kwargs or {}))


def second_moments(
    weights: Mapping[str, Any], reader: PairReader, lists: LabelLists, left: Callable[[], float]
) -> InputMoments:
    """Return what ``input_moments.second_moments`` returns, computed on the device.

    Args:
        weights: The student's weights, as tensors.
        reader: Computes the logits.
        lists: Queries of the training.
        left: Returns the seconds left, of which half may be spent here.
    """
    rows, places = (found[:_ROUNDED_FOR] for found in np.nonzero(lists.passage >= 0))
    queries, passages = lists.query[rows], lists.passage[rows, places]
    split = by_length(reader.pairs.lengths(queries, passages), reader.tokens, reader.pairs.multiple)
    stop, done = left() / 2, 0
    inputs = _Inputs({id(tensor): name.removeprefix("embeddings.") for name, tensor in weights.items()})
    with torch.inference_mode():
        for i in np.random.default_rng(0).permutation(len(split)):
            if done >= _ROUNDED_AT_LEAST and left() <= stop:
                break
            ids, types, inputs.mask = reader.pairs(queries[split[i]], passages[split[i]])
            with inputs:
                score(weights, ids, types, inputs.mask, reader.heads)
            done += len(split[i])
    return {name: moment.double().cpu().numpy() for name, moment in inputs.moments.items()}


def export(
    out: Path,
    reader: PairReader,
    training: LabelLists,
    table_bits: int,
    bits: int,
    left: Callable[[], float],
    say: Callable[[str], None],
) -> None:
    """Write the best student so far as ``out/export``."""
    design, weights = trained_design(out), load_weights(out / STUDENT)
    moments = second_moments(reader.on_device(weights), reader, training, left) if len(training) else {}
    tokenizer = (out / TOKENIZER).read_text(encoding="utf-8")
    write_model(out / EXPORT, weights, design, tokenizer, table_bits, bits, moments)
    size = sum(path.stat().st_size for path in (out / EXPORT).iterdir())
    say(f"export: {out / EXPORT}: {size / 1e6:.2f} MB")


def evaluate(
    out: Path,
    reader: PairReader,
    kinds: Mapping[str, LabelLists],
    sources: Sequence[str],
    left: Callable[[], float],
    say: Callable[[str], None],
) -> None:
    """Measure the best student and its export, source by source.

    Each kind gets an equal part of the time that is left, and as many of its queries are measured, in a random order,
    as that allows. ``held_back.json`` in ``out`` gets a row for each kind and source: the number of queries, and the
    agreement and the margin error of ``student`` and ``export``.

    Args:
        out: The student's folder.
        reader: Computes the logits.
        kinds: The lists to measure on, by their kind: held back, or test.
        sources: The source of every query of the pack.
        left: Returns the seconds left to measure in.
        say: Prints a line.
    """
    models = {
        "student": reader.on_device(load_weights(out / STUDENT)),
        "export": reader.on_device(read_exported(out / EXPORT)[0]),
    }
    rows: list[dict[str, Any]] = []
    at_once = max(8, reader.tokens // 512)
    for done, (kind, lists) in enumerate(kinds.items()):
        stop = left() * (1 - 1 / (len(kinds) - done))
        shuffled = lists.take(np.random.default_rng(0).permutation(len(lists)))
        parts: dict[str, list[Any]] = {name: [] for name in models}
        measured = 0
        while measured < len(lists) and (not measured or left() > stop):
            some = shuffled.take(np.arange(measured, min(measured + at_once, len(lists))))
            for name, weights in models.items():
                parts[name].append(np.stack(reader.agreement(weights, some)))
            measured += len(some)
        if not measured:
            continue
        found = {name: np.concatenate(values, axis=1) for name, values in parts.items()}
        origins = np.array([sources[query] for query in shuffled.query[:measured].tolist()])
        for source in ("all", *sorted(set(origins.tolist()))):
            chosen = (origins == source) | (source == "all")
            row = {"kind": kind, "source": source, "queries": int(chosen.sum())}
            for name, values in found.items():
                quality = mean_quality(*values[:, chosen])
                row |= {f"{name}_{measure}": round(value, 4) for measure, value in quality.items()}
            rows.append(row)
            say(f"evaluate: {json.dumps(row)}")
    (out / HELD_BACK).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
