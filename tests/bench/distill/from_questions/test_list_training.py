"""Training: the loss, and that a killed run ends where an uninterrupted one does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console
from tokenizers import Tokenizer

torch = pytest.importorskip("torch", reason="torch is not installed: NO test of training ran")

from bench.common.errors import BenchError  # noqa: E402
from bench.distill.from_questions import list_objective  # noqa: E402
from bench.distill.from_questions import list_training as training  # noqa: E402
from bench.distill.from_questions.examples import Example, tokenize  # noqa: E402
from bench.distill.labels.labelled_queries import LabelledQuery  # noqa: E402
from bench.distill.student.forward import padded, score  # noqa: E402
from bench.distill.student.student_folder import STUDENT  # noqa: E402
from bench.distill.student.training_log import read_checks  # noqa: E402
from bench.distill.student.weights import load_weights  # noqa: E402
from bench.distill.training.learner import CHECKPOINT  # noqa: E402
from bench.distill.training.training_settings import ListTrainingSettings  # noqa: E402

CONSOLE = Console(quiet=True)
SETTINGS = ListTrainingSettings(pairs=96, queries=2, rate=2e-3, check=48, save=0.0, heads=4, threads=2)
WORDS = ("cat", "dog", "river", "music", "train", "bread", "night", "house")


@pytest.fixture(scope="module")
def examples(student) -> list[Example]:
    rows = []
    for i, word in enumerate(WORDS):
        texts = (f"the {word} is here", f"no {WORDS[i - 1]} there at all", "nothing")
        rows.append(LabelledQuery(f"where is the {word}", texts, (1, 0, 0), (4.0, -2.0, -6.0)))
    tokenizer = Tokenizer.from_str(student.tokenizer)
    tokenizer.enable_truncation(32)
    return tokenize(rows, tokenizer)


def tensors(student):
    return {name: torch.from_numpy(values.copy()).requires_grad_() for name, values in student.weights.items()}


def test_it_learns(student, examples, tmp_path):
    training.train(student.weights, examples, examples, SETTINGS, tmp_path, CONSOLE)
    log = read_checks(tmp_path)
    assert [(row["pairs"], row["start_share"]) for row in log] == [
        (0, 0),
        (48, 0),
        (96, 0),
        (96, 0.2),
        (96, 0.4),
        (96, 0.6),
        (96, 0.8),
    ]
    assert log[2]["margin_error"] < 0.7 * log[0]["margin_error"]


def test_a_finished_run_measures_nothing_again(student, examples, tmp_path):
    training.train(student.weights, examples, examples, SETTINGS, tmp_path, CONSOLE)
    log, kept = read_checks(tmp_path), load_weights(tmp_path / STUDENT)
    training.train(student.weights, examples, examples, SETTINGS, tmp_path, CONSOLE)
    assert read_checks(tmp_path) == log
    np.testing.assert_equal(load_weights(tmp_path / STUDENT), kept)


def test_a_mix_with_the_start_is_kept_where_it_is_better(student, examples, tmp_path):
    perfect = replace(SETTINGS, pairs=6, rate=0.05, warmup=0.0, start_shares=(1.0,))
    own = list_objective.pair_logits(tensors(student), examples, SETTINGS).detach().tolist()
    agreed = [
        replace(example, logits=tuple(30 * x for x in own[3 * i : 3 * i + 3])) for i, example in enumerate(examples)
    ]
    training.train(student.weights, examples, agreed, perfect, tmp_path, CONSOLE)
    kept = [row for row in read_checks(tmp_path) if row["kept"]]
    assert kept[-1]["agreement"] == 1.0
    found = load_weights(tmp_path / STUDENT)
    for name, values in student.weights.items():
        np.testing.assert_allclose(found[name], values, atol=1e-6)


def test_a_killed_run_goes_on_to_the_same_weights(student, examples, tmp_path, monkeypatch):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    training.train(student.weights, examples, examples, SETTINGS, whole, CONSOLE)
    learn, calls = training.learn, iter(range(5))

    def die(*arguments):
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return learn(*arguments)

    monkeypatch.setattr(training, "learn", die)
    with pytest.raises(KeyboardInterrupt):
        training.train(student.weights, examples, examples, SETTINGS, killed, CONSOLE)
    monkeypatch.undo()
    training.train(student.weights, examples, examples, SETTINGS, killed, CONSOLE)
    ends = [torch.load(folder / CHECKPOINT, weights_only=True) for folder in (whole, killed)]
    assert ends[0]["seen"] == ends[1]["seen"] == 96
    for name, tensor in ends[0]["weights"].items():
        assert torch.equal(tensor, ends[1]["weights"][name]), name
        assert torch.equal(ends[0]["means"][name], ends[1]["means"][name]), name
    kept = [load_weights(folder / STUDENT) for folder in (whole, killed)]
    assert all((kept[0][name] == kept[1][name]).all() for name in kept[0])


def test_the_best_on_other_held_back_queries_is_best_no_more(student, examples, tmp_path):
    training.train(student.weights, examples, examples[:1], SETTINGS, tmp_path, CONSOLE)
    (tmp_path / STUDENT).unlink()
    # Agreement on one query can be perfect, and then nothing would ever be better.
    training.train(student.weights, examples, examples, replace(SETTINGS, pairs=144), tmp_path, CONSOLE)
    assert (tmp_path / STUDENT).exists()


def test_the_mean_of_the_weights_is_kept(student, examples, tmp_path):
    states = []
    for pairs in (6, 12):
        out = tmp_path / str(pairs)
        out.mkdir()
        training.train(student.weights, examples, examples, replace(SETTINGS, pairs=pairs), out, CONSOLE)
        states.append(torch.load(out / CHECKPOINT, weights_only=True))
    for name, start in student.weights.items():
        first, second = (state["weights"][name] for state in states)
        assert not np.array_equal(first.numpy(), start), name
        # Both have the same first step, whose mean is where it led.
        torch.testing.assert_close(states[1]["means"][name], torch.lerp(first, second, 0.9))


def test_a_checkpoint_without_means_is_refused(student, examples, tmp_path):
    training.train(student.weights, examples, examples, replace(SETTINGS, pairs=6), tmp_path, CONSOLE)
    state = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    del state["means"]
    torch.save(state, tmp_path / CHECKPOINT)
    with pytest.raises(BenchError, match="give another --out"):
        training.train(student.weights, examples, examples, SETTINGS, tmp_path, CONSOLE)


def test_a_checkpoint_of_before_progress_was_kept_goes_on(student, examples, tmp_path):
    training.train(student.weights, examples, examples, replace(SETTINGS, pairs=48), tmp_path, CONSOLE)
    state = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    del state["progress"]
    torch.save(state, tmp_path / CHECKPOINT)
    training.train(student.weights, examples, examples, SETTINGS, tmp_path, CONSOLE)
    assert torch.load(tmp_path / CHECKPOINT, weights_only=True)["seen"] == 96


def test_threads_share_the_gradients_of_one_batch(student, examples):
    found = []
    for threads in (1, 3):
        weights = tensors(student)
        with ThreadPoolExecutor(threads) as pool:
            loss = training.learn(weights, examples, replace(SETTINGS, threads=threads), pool)
        found.append((loss, {name: tensor.grad for name, tensor in weights.items()}))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
    for name, gradient in found[0][1].items():
        torch.testing.assert_close(gradient, found[1][1][name], rtol=1e-3, atol=1e-5)


def test_a_student_that_agrees_has_no_loss(student, examples):
    weights = tensors(student)
    logits = list_objective.pair_logits(weights, examples, SETTINGS).detach().tolist()
    own = [replace(example, logits=tuple(logits[3 * i : 3 * i + 3])) for i, example in enumerate(examples)]
    assert list_objective.list_loss(weights, own, SETTINGS).item() == pytest.approx(0, abs=1e-6)
    assert list_objective.list_loss(weights, examples, SETTINGS).item() > 0.1


def test_chunks_change_no_logit(student, examples):
    weights = tensors(student)
    whole = list_objective.pair_logits(weights, examples, SETTINGS).detach().numpy()
    small = list_objective.pair_logits(weights, examples, replace(SETTINGS, chunk=40)).detach().numpy()
    np.testing.assert_allclose(small, whole, atol=1e-5)
    pairs = [pair for example in examples for pair in example.pairs]
    expected = score(weights, *map(torch.from_numpy, padded(pairs)), SETTINGS.heads).detach().numpy()
    np.testing.assert_allclose(whole, expected, atol=1e-5)
