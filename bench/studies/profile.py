"""Where the time of a pair goes: the operators of the graph, tokenization, and what lies around both.

Everything is CPU time of one thread, so that what else the machine does disturbs it little. The time of the graph is
that of ``session.run`` without a profiler; onnxruntime's profile, which slows small operators down, only says how it is
shared out.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.common.errors import BenchError
from bench.experiment.random_shape import Shape
from bench.measure.latency import request_of
from bench.measure.recorded_session import RecordedSession, operator_times, recorded_sessions
from bench.random_models.store import random_model
from flashrank import Ranker, RerankRequest, resolve_model

_SHAPE = re.compile(r"(bert|t5)-([1-9]\d*)x([1-9]\d*)")
#: Operators that take less than this of a pair's time, in every model, share a row.
_LEAST_SHARE = 0.01
#: Rows beside those of operators.
GRAPH, TOKENIZATION, REST, OTHERS = "`session.run`", "tokenization", "arrays, threads, scores", "other operators"
_WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Profile:
    """Where the time of a model's pairs goes.

    Attributes:
        label: The model.
        total: Microseconds per pair.
        outside: Part outside the graph -> microseconds per pair.
        operators: Operator -> microseconds per pair.
    """

    label: str
    total: float
    outside: Mapping[str, float]
    operators: Mapping[str, float]


def find_model(name: str, cache_dir: Path | None = None) -> str | Path:
    """Return a model's name, once it is on disk; of a shape, such as ``bert-2x128``, a directory with random weights.

    Raises:
        BenchError: There is no model of that shape, or it cannot be written.
        FlashRankError: There is no model of that name.
    """
    if (shape := _SHAPE.fullmatch(name)) is None:
        resolve_model(name, cache_dir)
        return name
    architecture = "BERT" if shape[1] == "bert" else "T5 encoder"
    try:
        sizes = Shape.model_validate(
            {"architecture": architecture, "layers": int(shape[2]), "hidden_size": int(shape[3])}
        )
    except ValueError as error:
        raise BenchError(f"{name}: no shape of a model; one is bert-2x128 or t5-12x768") from error
    return random_model(sizes)


def profile(
    name: str, tokens: int, passages: int, turns: int, cache_dir: Path | None = None, graph: str = "fast"
) -> Profile:
    """Measure where the time of a model's pairs goes.

    Args:
        name: A model's name or directory, or a shape, whose weights are random.
        tokens: Tokens per pair.
        passages: Passages per request.
        turns: Requests that are timed; medians are taken over them.
        cache_dir: Where models are kept.
        graph: ``Ranker``'s argument.

    Raises:
        BenchError: No such pairs or no such model can be made.
        FlashRankError: The model cannot be used.
    """
    model = find_model(name, cache_dir)
    with recorded_sessions() as sessions:
        ranker = Ranker(model, cache_dir, threads=1, log_level="ERROR", graph=graph)
    request = request_of(ranker, tokens, passages)
    in_turns = [_turn(ranker, request, sessions) for _ in range(_WARM_UP + turns)][_WARM_UP:]
    total, run, reading = (1e6 * seconds / passages for seconds in np.median(in_turns, axis=0).tolist())
    with tempfile.TemporaryDirectory(prefix="flashrank-profile-") as folder:
        with recorded_sessions(Path(folder)) as profiled:
            ranker = Ranker(model, cache_dir, threads=1, log_level="ERROR", graph=graph)
        before = [session.runs for session in profiled]
        for _ in range(turns):
            ranker.rerank(request)
        # Loading a model may run two graphs, of which one is used.
        spent = [operator_times(session) for session in profiled]
        used = int(np.argmax([session.runs - runs for session, runs in zip(profiled, before, strict=True)]))
    scale = run / spent[used].total()
    return Profile(
        label=name,
        total=total,
        outside={TOKENIZATION: reading, REST: total - run - reading},
        operators={operator: scale * microseconds for operator, microseconds in spent[used].most_common()},
    )


def _turn(ranker: Ranker, request: RerankRequest, sessions: Sequence[RecordedSession]) -> tuple[float, float, float]:
    """Return CPU seconds of a request, and of its runs of the graph and its tokenization."""
    texts = [passage["text"] for passage in request.passages]
    before = sum(session.seconds for session in sessions)
    started = time.process_time()
    ranker.rerank(request)
    answered = time.process_time()
    ranker.encode(str(request.query), texts)
    return answered - started, sum(session.seconds for session in sessions) - before, time.process_time() - answered


def table_lines(profiles: Sequence[Profile]) -> list[str]:
    """Return a Markdown table of microseconds and shares: parts down, models across."""
    operators: dict[str, float] = {}
    for each in profiles:
        for operator, microseconds in each.operators.items():
            operators[operator] = max(operators.get(operator, 0), microseconds / each.total)
    shown = [name for name, share in sorted(operators.items(), key=lambda row: -row[1]) if share >= _LEAST_SHARE]
    columns = []
    for each in profiles:
        rare = sum(microseconds for operator, microseconds in each.operators.items() if operator not in shown)
        named = {f"`{operator}`": each.operators.get(operator, 0.0) for operator in shown}
        rows = {GRAPH: sum(each.operators.values()), **named, OTHERS: rare, **each.outside, "all": each.total}
        columns.append({part: f"{value:.0f} ({100 * value / each.total:.0f} %)" for part, value in rows.items()})
    head = ["us per pair", *(each.label for each in profiles)]
    lines = [head, ["---", *("---:" for _ in profiles)]]
    lines += [[part, *(column[part] for column in columns)] for part in columns[0]]
    return [f"| {' | '.join(cells)} |" for cells in lines]
