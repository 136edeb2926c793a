"""Sessions that are recorded, on a small real model."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from bench.measure.recorded_session import operator_times, recorded_sessions
from flashrank import Ranker


def test_a_ranker_scores_as_it_does_unrecorded_and_its_runs_are_counted(fixtures):
    plain = Ranker(fixtures / "one-logit-int8", log_level="ERROR", graph="as-shipped")
    with recorded_sessions() as sessions:
        ranker = Ranker(fixtures / "one-logit-int8", log_level="ERROR", graph="as-shipped", threads=1)
    (session,) = sessions
    before = session.runs
    assert ranker.score("rank", ["passages", "query"]) == plain.score("rank", ["passages", "query"])
    assert session.runs - before == 2
    assert session.seconds > 0


def test_sessions_outside_the_block_are_not_recorded(fixtures):
    loaded = onnxruntime.InferenceSession
    with recorded_sessions() as sessions:
        pass
    Ranker(fixtures / "one-logit-int8", log_level="ERROR")
    assert (sessions, onnxruntime.InferenceSession) == ([], loaded)


def test_the_operators_of_a_profiled_session_are_those_of_its_graph(fixtures, tmp_path):
    with recorded_sessions(tmp_path) as sessions:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        path = str(fixtures / "one-logit-int8" / "model.onnx")
        onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    (session,) = sessions
    names = [each.name for each in session.get_inputs()]
    session.run(None, dict.fromkeys(names, np.ones((1, 8), np.int64)))
    times = operator_times(session)
    assert {"MatMulInteger", "DynamicQuantizeLinear", "Softmax", "Gather"} <= set(times)
    assert times.total() > 0
    assert times["NoSuchOperator"] == pytest.approx(0)
