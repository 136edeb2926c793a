"""The scoring engine: what a pair's logits depend on, and what they must not."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import onnxruntime as ort
import pytest
from tokenizers import Tokenizer

from flashrank.errors import InvalidModel
from flashrank.scoring.pair import Pair
from flashrank.scoring.pair_encoder import PairEncoder
from flashrank.scoring.session import CrossEncoder, load_session

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
    message = r"^model\.onnx: onnxruntime failed on a pair of \d+ tokens: out of memory; .* a smaller max_length$"
    with pytest.raises(InvalidModel, match=message):
        CrossEncoder(recorder, threads, "model.onnx").logits(pairs)
    assert len(recorder.lengths) < 3 + 2 * threads


def test_nan_is_refused(fixtures, pairs):
    path = next((fixtures / "nan-logits").glob("*.onnx"))
    encoder = CrossEncoder(load_session(path), 2, path)
    with pytest.raises(InvalidModel, match=rf"model\.onnx gave NaN for {len(pairs)} of {len(pairs)} passages"):
        encoder.logits(pairs)


def test_a_file_that_is_no_model_is_named(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"no model")
    with pytest.raises(InvalidModel, match=r"model\.onnx: onnxruntime cannot load it"):
        load_session(path)


class Node:
    def __init__(self, name, type_="tensor(int64)", shape=("batch", None)):
        self.name, self.type, self.shape = name, type_, list(shape)


class Logits(Node):
    def __init__(self, *shape, name="logits", type_="tensor(float)"):
        super().__init__(name, type_, shape)


class Fake:
    """A session of the given inputs and outputs that answers zeros of a given shape."""

    def __init__(self, inputs, outputs, answer=(1, 1)):
        self.get_inputs, self.get_outputs = (lambda: inputs), (lambda: outputs)
        self._answer = np.zeros(answer)

    def run(self, *_):
        return [self._answer]


ONE = [Logits("batch", 1)]


@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        ([Node("pixels")], ONE, "inputs are pixels tensor.int64.; expected int64 or int32 of: input_ids"),
        ([Node("input_ids", "tensor(float)")], ONE, "inputs are input_ids tensor.float"),
        ([Node("input_ids"), Node("bbox")], ONE, "inputs are input_ids .*, bbox"),
        ([Node("attention_mask")], ONE, "inputs are attention_mask"),
        ([Node("input_ids", shape=(1, 128))], ONE, r"input input_ids has shape \[1, 128\]; .* dynamic axes"),
        ([Node("input_ids", shape=(8, "sequence"))], ONE, "input input_ids has shape"),
        ([Node("input_ids", shape=("sequence",))], ONE, "input input_ids has shape"),
        ([Node("input_ids")], [Logits(None, None, 384, name="hidden")], r"output hidden is .* \[None, None, 384\]"),
        ([Node("input_ids")], [Logits("batch", 3)], r"output logits is .* a cross-encoder's is .*\(batch, 1 or 2\)"),
        ([Node("input_ids")], [Logits("batch")], "output logits is"),
        ([Node("input_ids")], [Logits("batch", 1, type_="tensor(int64)")], r"output logits is tensor\(int64\)"),
    ],
)
def test_other_inputs_and_outputs_are_refused_naming_the_file(inputs, outputs, message):
    with pytest.raises(InvalidModel, match=rf"^model\.onnx: its {message}"):
        CrossEncoder(Fake(inputs, outputs), 1, "model.onnx")


@pytest.mark.parametrize("answer", [(1, 3), (2, 1), (1, 5, 1), (1,)])
def test_an_answer_of_another_shape_is_refused_naming_the_file(pairs, answer):
    encoder = CrossEncoder(Fake([Node("input_ids")], [Logits("batch", "labels")], answer), 1, "model.onnx")
    with pytest.raises(InvalidModel, match=r"model\.onnx: it gave an output of shape .* for one pair"):
        encoder.logits(pairs)


def test_an_output_of_unknown_shape_is_judged_by_its_answers(pairs):
    for answer in ((1, 1), (1, 2)):
        assert CrossEncoder(Fake([Node("input_ids")], [Logits()], answer), 1).logits(pairs).shape[1:] == answer[1:]
    with pytest.raises(InvalidModel, match="it gave an output of shape"):
        CrossEncoder(Fake([Node("input_ids")], [Logits()], ()), 1).logits(pairs)


@pytest.mark.parametrize("type_", ["tensor(float16)", "tensor(double)"])
def test_logits_of_any_precision_are_read(pairs, type_):
    encoder = CrossEncoder(Fake([Node("input_ids", shape=(1, "n"))], [Logits(1, 2, type_=type_)], (1, 2)), 1)
    assert encoder.logits(pairs).dtype == np.float32


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
