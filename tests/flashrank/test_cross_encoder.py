"""The scoring engine: what a pair's logits depend on, and what they must not."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import onnxruntime as ort
import pytest
from tokenizers import Tokenizer

from flashrank.cross_encoder import CrossEncoder, load_session
from flashrank.errors import InvalidModel
from flashrank.pairs import Pair, PairEncoder

PASSAGES = [f"the passages rank {'query and passages ' * (i % 7)} number {i}" for i in range(40)]


@pytest.fixture(scope="module")
def pairs(fixtures) -> list[Pair]:
    tokenizer = Tokenizer.from_file(str(fixtures / "one-logit-int8" / "tokenizer.json"))
    tokenizer.no_padding()
    return PairEncoder(tokenizer, 64).encode("rank the query", PASSAGES)


@pytest.fixture(scope="module")
def session(fixtures) -> ort.InferenceSession:
    return load_session(next((fixtures / "one-logit-int8").glob("*.onnx")))


class Recorder:
    """A session that notes the order and the shapes of its runs."""

    def __init__(self, session, fail_at=None):
        self._session, self.lengths, self._fail_at = session, [], fail_at
        self.get_inputs, self.get_outputs = session.get_inputs, session.get_outputs

    def run(self, outputs, feed):
        self.lengths.append(feed["input_ids"].shape)
        if len(self.lengths) == self._fail_at:
            raise RuntimeError("out of memory\nwith a trace")
        return self._session.run(outputs, feed)


def test_logits_do_not_depend_on_threads_order_or_company(session, pairs):
    alone = np.concatenate([CrossEncoder(session, 1).logits([pair]) for pair in pairs])
    for threads in (1, 2, 3, 8):
        encoder = CrossEncoder(session, threads)
        np.testing.assert_array_equal(encoder.logits(pairs), alone)
        np.testing.assert_array_equal(encoder.logits(pairs[::-1]), alone[::-1])
        np.testing.assert_array_equal(encoder.logits(pairs[5:9]), alone[5:9])


def test_one_pair_a_run_unpadded_and_longest_first(session, pairs):
    recorder = Recorder(session)
    CrossEncoder(recorder, 1).logits(pairs)
    expected = sorted((len(pair.ids) for pair in pairs), reverse=True)
    assert recorder.lengths == [(1, length) for length in expected]


def test_many_callers_at_once(session, pairs):
    encoder = CrossEncoder(session, 4)
    expected = encoder.logits(pairs)
    found = [None] * 12

    def call(i):
        found[i] = encoder.logits(pairs)

    callers = [threading.Thread(target=call, args=(i,)) for i in range(len(found))]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    for logits in found:
        np.testing.assert_array_equal(logits, expected)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_failing_run_ends_the_request_and_is_named(session, pairs, threads):
    recorder = Recorder(session, fail_at=3)
    with pytest.raises(InvalidModel, match=r"failed on a pair of \d+ tokens: out of memory$"):
        CrossEncoder(recorder, threads).logits(pairs)
    assert len(recorder.lengths) < 3 + 2 * threads


def test_nan_is_refused(fixtures, pairs):
    encoder = CrossEncoder(load_session(next((fixtures / "nan-logits").glob("*.onnx"))), 2)
    with pytest.raises(InvalidModel, match=f"NaN for {len(pairs)} of {len(pairs)} passages"):
        encoder.logits(pairs)


def test_a_file_that_is_no_model_is_named(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"no model")
    with pytest.raises(InvalidModel, match=r"model\.onnx: onnxruntime cannot load it"):
        load_session(path)


class Node:
    def __init__(self, name, type_="tensor(int64)", shape=(None, None)):
        self.name, self.type, self.shape = name, type_, list(shape)


@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        ([Node("pixels")], [Node("logits", shape=(None, 1))], "inputs are pixels"),
        ([Node("input_ids", "tensor(float)")], [Node("logits", shape=(None, 1))], "inputs are input_ids tensor.float"),
        ([Node("input_ids"), Node("bbox")], [Node("logits", shape=(None, 1))], "bbox"),
        ([Node("input_ids")], [Node("hidden", shape=(None, None, 384))], "output hidden has shape"),
        ([Node("input_ids")], [Node("logits", shape=("batch", 5))], "expected .batch, 1 or 2."),
    ],
)
def test_other_inputs_and_outputs_are_refused(inputs, outputs, message):
    class Other:
        get_inputs, get_outputs = staticmethod(lambda: inputs), staticmethod(lambda: outputs)

    with pytest.raises(InvalidModel, match=message):
        CrossEncoder(Other(), 1)


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="no fork on this platform")
def test_a_forked_child_can_rank(fixtures):
    code = f"""
import os, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from flashrank import Ranker
ranker = Ranker({str(fixtures / "one-logit-int8")!r}, threads=3)
texts = ["rank"] * 9
expected = ranker.score("query", texts)
child = os.fork()
if child == 0:
    os._exit(0 if ranker.score("query", texts) == expected else 1)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    result = subprocess.run([sys.executable, "-c", code], timeout=60, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
