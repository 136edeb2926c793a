"""What a device computes: the same as pair by pair, and nothing that mixes devices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

torch = pytest.importorskip("torch", reason="torch is not installed: NO test of what a device computes ran")

from bench.common.errors import BenchError  # noqa: E402
from bench.distill.export import input_moments as moments  # noqa: E402
from bench.distill.from_packs import device_labels as teaching  # noqa: E402
from bench.distill.from_packs.device_export import second_moments  # noqa: E402
from bench.distill.from_packs.device_labels import compare_with_int8, label_on_device, matching_reader  # noqa: E402
from bench.distill.from_packs.device_training import mean_quality, sample_passages  # noqa: E402
from bench.distill.from_packs.pair_reader import PairReader  # noqa: E402
from bench.distill.from_questions import list_objective as objective  # noqa: E402
from bench.distill.from_questions.examples import Example, tokenize  # noqa: E402
from bench.distill.labels.labelled_queries import LabelledQuery  # noqa: E402
from bench.distill.packs.flat_texts import PairMaker, flat_texts  # noqa: E402
from bench.distill.packs.label_arrays import LabelArrays, load_label_arrays  # noqa: E402
from bench.distill.packs.label_lists import LabelLists  # noqa: E402
from bench.distill.student.forward import score  # noqa: E402
from bench.distill.student.narrower_rows import narrowed  # noqa: E402
from bench.distill.student.teacher_weights import as_teacher, read_weights  # noqa: E402
from bench.distill.training.distillation_loss import agreements, distillation_loss  # noqa: E402
from bench.distill.training.settings import ListTrainingSettings, TimedTrainingSettings, rate_factor  # noqa: E402
from flashrank.scoring.pair_encoder import PairEncoder  # noqa: E402

LENGTH = 48


def tokenizer_of(text: str) -> Tokenizer:
    tokenizer = Tokenizer.from_str(text)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


@pytest.fixture(scope="module")
def maker(tiny, student, tmp_path_factory):
    folder, tokenizer = tmp_path_factory.mktemp("flat"), tokenizer_of(student.tokenizer)
    texts = (
        flat_texts(some, tokenizer, LENGTH - 3, folder / f"{i}.npy")
        for i, some in enumerate((tiny.pack.queries, tiny.pack.passages))
    )
    queries, passages = texts
    return lambda device: PairMaker(queries, passages, tokenizer, LENGTH, device)


@pytest.fixture(scope="module")
def reader(maker, student) -> PairReader:
    return PairReader(maker("cpu"), student.design.heads, 200, "float32")


@pytest.fixture(scope="module")
def lists() -> LabelLists:
    random = np.random.default_rng(2)
    passage = random.permutation(200)[:60].reshape(12, 5)
    passage[3, 2:], passage[7, 4] = -1, -1
    logit = random.normal(scale=3, size=passage.shape).astype(np.float32)
    return LabelLists(np.arange(12), passage, np.where(passage < 0, np.float32(0), logit))


@pytest.fixture(scope="module")
def examples(tiny, student, lists) -> list[Example]:
    rows = []
    for query, passages, logits in zip(lists.query, lists.passage, lists.logit, strict=True):
        there = passages >= 0
        texts = tuple(tiny.pack.passages[i] for i in passages[there])
        rows.append(
            LabelledQuery(tiny.pack.queries[query], texts, (1, *[0] * (len(texts) - 1)), tuple(logits[there].tolist()))
        )
    tokenizer = tokenizer_of(student.tokenizer)
    tokenizer.enable_truncation(LENGTH)
    return tokenize(rows, PairEncoder(tokenizer, LENGTH))


def test_the_loss_and_its_gradients_are_those_of_pair_by_pair(student, reader, lists, examples):
    found = []
    for way in ("lists", "examples"):
        weights = {name: torch.tensor(values, requires_grad=True) for name, values in student.weights.items()}
        if way == "lists":
            loss = distillation_loss(*reader.list_logits(weights, lists), temperature=2.0)
        else:
            loss = objective.list_loss(weights, examples, ListTrainingSettings(heads=student.design.heads))
        loss.backward()
        found.append((loss.item(), {name: tensor.grad for name, tensor in weights.items()}))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
    for name, gradient in found[0][1].items():
        torch.testing.assert_close(gradient, found[1][1][name], rtol=1e-3, atol=1e-5)


def test_the_agreement_is_that_of_pair_by_pair(student, reader, lists, examples):
    from concurrent.futures import ThreadPoolExecutor

    weights = reader.on_device(student.weights)
    with ThreadPoolExecutor(1) as pool:
        expected = objective.agreement(weights, examples, ListTrainingSettings(heads=student.design.heads), pool)
    found = mean_quality(*reader.agreement(weights, lists))
    assert found == pytest.approx({name: expected[name] for name in found}, rel=1e-5)


def test_a_query_with_no_margin_has_no_agreement():
    logits, mask = torch.tensor([[0.0, 0.4], [0.0, 2.0]]), torch.ones(2, 2, dtype=torch.bool)
    alike, _ = agreements(torch.tensor([[1.0, 0.0], [0.0, 1.0]]), logits, mask)
    assert alike[0].isnan()
    assert alike[1] == 1


def test_moments_are_those_of_the_graph(student, reader, lists, examples):
    expected = moments.second_moments(student.weights, student.design.heads, [p for e in examples for p in e.pairs])
    found = second_moments(reader.on_device(student.weights), reader, lists, lambda: 100.0)
    for name in expected.keys() & found.keys():
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-3, atol=1e-2, err_msg=name)
    assert {"projection", "encoder.layer.0.attention.self.query.weight", "pooler.dense.weight"} <= found.keys()
    assert {name for name in expected if name.endswith(".weight")} <= found.keys()


def test_every_precision_gives_nearly_the_same_logits(student, reader, lists):
    weights = reader.on_device(student.weights)
    with torch.inference_mode():
        exact, half = (
            replace(reader, precision=name).list_logits(weights, lists)[0] for name in ("float32", "bfloat16")
        )
    assert (exact != half).any()
    torch.testing.assert_close(half, exact, rtol=0.05, atol=0.1)


def test_nothing_mixes_devices(student, maker, lists):
    """A step on torch's device without values: a tensor left on the CPU would be refused as it is on a GPU."""
    reader = PairReader(maker("meta"), student.design.heads, 200, "float32")
    weights = {name: tensor.requires_grad_() for name, tensor in reader.on_device(student.weights).items()}
    predicted, target, mask = reader.list_logits(weights, lists)
    loss = distillation_loss(predicted, target, mask, 2.0)
    loss.backward()
    alike, _ = agreements(predicted, target, mask)
    assert {tensor.device.type for tensor in (loss, alike, *(w.grad for w in weights.values()))} == {"meta"}
    with pytest.raises(RuntimeError, match="device"):
        distillation_loss(predicted, target.new_empty(target.shape, device="cpu"), mask, 2.0)


def test_the_teacher_is_only_believed_where_it_agrees_with_its_labels(tiny, tmp_path, monkeypatch):
    weights = as_teacher(read_weights(Path(tiny.teacher / "model.onnx")))
    tokenizer = tokenizer_of((tiny.teacher / "tokenizer.json").read_text())
    texts = (
        flat_texts(some, tokenizer, 100, tmp_path / f"{i}.npy")
        for i, some in enumerate((tiny.pack.queries, tiny.pack.passages))
    )
    reader = PairReader(PairMaker(*texts, tokenizer, 100, "cpu"), 4, 300, "float32")
    label_on_device(reader.on_device(weights), reader, tiny.pack, np.arange(40), tmp_path, lambda: 100.0, print)
    made = load_label_arrays(tmp_path / "logits.npy", tiny.pack)
    assert set(made.query.tolist()) == set(range(40, 60))
    assert compare_with_int8(reader.on_device(weights), reader, made).difference < 0.01
    assert matching_reader(reader.on_device(weights), reader, made, 50, print).precision == "float32"
    monkeypatch.setitem(teaching._PRECISIONS, "cpu", ("bfloat16", "float16"))
    monkeypatch.setattr(teaching, "_DIFFERENCE", 0.02)  # where eight bits are too few
    assert matching_reader(reader.on_device(weights), reader, made, 50, print).precision == "float16"
    wrong = LabelArrays(made.query, made.passage, made.logit[::-1].copy())
    with pytest.raises(BenchError, match="its file is another one"):
        matching_reader(reader.on_device(weights), reader, wrong, 50, print)
    with pytest.raises(BenchError, match="no labels of the int8 file"):
        matching_reader(reader.on_device(weights), reader, LabelArrays.of([]), 50, print)


def test_labelling_stops_in_time_and_goes_on(tiny, student, reader, tmp_path):
    weights, left = reader.on_device(student.weights), iter([1.0, 0.0])
    label_on_device(weights, reader, tiny.pack, np.arange(0), tmp_path, lambda: next(left, 0.0), print)
    first = load_label_arrays(tmp_path / "logits.npy", tiny.pack)
    assert 0 < len(set(first.query.tolist())) < 59
    label_on_device(weights, reader, tiny.pack, np.arange(0), tmp_path, lambda: 100.0, print)
    every = load_label_arrays(tmp_path / "logits.npy", tiny.pack)
    assert len(set(every.query.tolist())) == 59  # one has no candidates
    assert set(first.logit.tolist()) <= set(every.logit.tolist())


def test_a_narrow_students_parts_are_projections(student, reader, lists):
    head = 32 // student.design.heads
    narrow = narrowed(student.weights, 16, head)
    assert narrow["embeddings.projection"].shape == (16, 16)
    assert narrow["encoder.layer.1.attention.self.key.weight"].shape == (16, 16)
    # Reading what the positions write gives what it gave, as far as the leading directions hold it.
    whole = narrowed(student.weights, 32, head)
    for name in ("encoder.layer.0.intermediate.dense.weight", "encoder.layer.0.attention.self.value.weight"):
        np.testing.assert_allclose(
            whole["embeddings.positions"] @ whole[name],
            student.weights["embeddings.positions"] @ student.weights[name],
            atol=1e-5,
        )
    logits = PairReader(reader.pairs, 16 // head, 200, "float32").list_logits(reader.on_device(narrow), lists)[0]
    assert torch.isfinite(logits).all()


def test_drawn_passages_are_some_of_each_querys(lists):
    found = sample_passages(lists, 3, np.random.default_rng(1))
    assert found.passage.shape == (12, 3)
    for before, after, logits, kept in zip(lists.passage, found.passage, lists.logit, found.logit, strict=True):
        pairs = dict(zip(before.tolist(), logits.tolist(), strict=True))
        assert all(pairs[passage] == logit for passage, logit in zip(after.tolist(), kept.tolist(), strict=True))
        assert (after >= 0).sum() == min(3, (before >= 0).sum())
    assert sample_passages(lists, 5, np.random.default_rng(1)) is lists


def test_the_rate_rises_stays_and_falls():
    rates = [rate_factor(progress, TimedTrainingSettings()) for progress in (0.0, 0.015, 0.03, 0.5, 0.75, 1.0)]
    np.testing.assert_allclose(rates, [0.02, 0.5, 1, 1, 0.5, 0.02], atol=1e-6)


def test_the_score_of_pairs_without_padding_needs_no_mask(student, reader):
    ids, types, _ = reader.pairs(np.array([4]), np.array([9]))
    weights = reader.on_device(student.weights)
    whole = torch.ones_like(ids, dtype=torch.bool)
    torch.testing.assert_close(
        score(weights, ids, types, None, student.design.heads), score(weights, ids, types, whole, student.design.heads)
    )
