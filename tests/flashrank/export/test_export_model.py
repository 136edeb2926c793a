"""The whole export, with torch and transformers: every architecture, what it refuses, and what it leaves behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from flashrank import Ranker
from flashrank.models.model_list import find_model
from flashrank.models.recipe import read_recipe

ARCHITECTURES = {
    "bert": "BERT",
    "distilbert": "DistilBERT",
    "electra": "ELECTRA",
    "roberta": "RoBERTa",
    "xlm-roberta": "XLM-R",
    "deberta-v2": "DeBERTa v2/v3",
    "deberta-v2-convolution": "DeBERTa v2/v3",
    "modernbert": "ModernBERT",
    "t5-encoder": "T5 encoder",
    "t5": "T5",
    "t5-untied": "T5",
}
TWO_LOGITS = {"electra", "modernbert", "t5", "t5-untied"}
FILES = [
    "config.json",
    "flashrank.json",
    "model.onnx",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
]
ROOT = Path(__file__).parents[3]
FIXTURES = ROOT / "tests" / "fixtures"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
QUERY = "how do bees find their way home"
PASSAGES = ["By the sun and by landmarks.", "Bread rises overnight.", "", "bees " * 200]


def refused(found, out):
    """Return an error's one line; nothing may be left of what was begun."""
    assert found.returncode == 1, found.stderr
    assert len(found.stderr.splitlines()) == 1, found.stderr
    assert found.stderr.startswith("flashrank: ")
    assert not [path for path in out.parent.iterdir() if out.name in path.name]
    return found.stderr


def rewritten(checkpoint, tmp_path, **entries):
    """Return a copy of a checkpoint with another config.json."""
    copy = shutil.copytree(checkpoint, tmp_path / "rewritten")
    config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    (copy / "config.json").write_text(json.dumps(config | entries), encoding="utf-8")
    return copy


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_is_exported_and_checked(name, checkpoint, flashrank, tmp_path):
    source = checkpoint(name)
    found = flashrank("export", source, "out")
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith(f"{name}: {ARCHITECTURES[name]}, judged by")
    difference = re.search(r"fp32: logits differ from the original's by (\S+) at most; tolerance 0.0001", found.stdout)
    assert float(difference[1]) < 2e-5
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES
    ranker = Ranker(tmp_path / "out", log_level="ERROR")
    assert ranker.session.get_outputs()[0].shape == ["batch_size", 2 if name in TWO_LOGITS else 1]
    assert len(set(ranker.score(QUERY, PASSAGES).scores)) == len(PASSAGES)


def test_camembert_is_a_roberta(checkpoint, flashrank, tmp_path):
    names = {"model_type": "camembert", "architectures": ["CamembertForSequenceClassification"]}
    found = flashrank("export", rewritten(checkpoint("xlm-roberta"), tmp_path, **names), "out")
    assert found.returncode == 0, found.stderr
    assert Ranker(tmp_path / "out", log_level="ERROR").max_length == 64


def test_the_committed_models_are_what_export_makes(checkpoint, flashrank, fixtures, tmp_path):
    for name in ("bert", "t5"):
        assert flashrank("export", checkpoint(name), name).returncode == 0
        made, committed = (
            Ranker(folder / name, log_level="ERROR") for folder in (tmp_path, fixtures / "architectures")
        )
        assert made.score(QUERY, PASSAGES).scores == pytest.approx(committed.score(QUERY, PASSAGES).scores, abs=1e-6)
        for file in ("flashrank.json", "tokenizer.json"):
            ours, theirs = (folder / name / file for folder in (tmp_path, fixtures / "architectures"))
            assert json.loads(ours.read_text(encoding="utf-8")) == json.loads(theirs.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["bert", "t5"])
def test_int8_tries_the_ways_and_keeps_the_closest(name, checkpoint, flashrank, tmp_path):
    found = flashrank("export", checkpoint(name), "out", "--int8", "--reduce-range")
    assert found.returncode == 0, found.stderr
    tried = re.findall(r"int8, (.+): \S+ MB, log-odds differ from fp32's by (\S+) on average", found.stdout)
    assert len(tried) == 4
    kept = re.search(r"int8: kept (.+); tolerance 1", found.stdout)[1]
    assert dict(tried)[kept] == min((mean for _, mean in tried), key=float)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES
    assert flashrank("export", checkpoint(name), "fp32").returncode == 0
    exact, rough = (Ranker(tmp_path / out, log_level="ERROR").score(QUERY, PASSAGES).scores for out in ("fp32", "out"))
    assert exact != rough
    assert np.allclose(exact, rough, atol=0.05)


def test_a_difference_above_the_tolerance_is_refused(checkpoint, flashrank, tmp_path):
    for options in (["--tolerance", "1e-12"], ["--tolerance", "1e-9", "--int8", "--per-channel", "--reduce-range"]):
        found = flashrank("export", checkpoint("bert"), "out", *options)
        assert "above the tolerance of 1e-" in refused(found, tmp_path / "out")


def test_an_existing_directory_is_replaced_when_forced(checkpoint, flashrank, tmp_path):
    for _ in range(2):
        found = flashrank("export", checkpoint("bert"), "out", "--force")
        assert found.returncode == 0, found.stderr
    found = flashrank("export", checkpoint("bert"), "out")
    assert found.returncode == 1
    assert "exists; --force replaces it" in found.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith((".out", "out"))] == ["out"]


def test_every_operator_set_that_is_allowed(checkpoint, flashrank):
    for opset in (14, 20):
        found = flashrank("export", checkpoint("modernbert"), f"out-{opset}", "--opset", opset)
        assert found.returncode == 0, found.stderr


def test_a_template_of_ones_own(checkpoint, flashrank, tmp_path):
    template = "query: {query} passage: {passage}"
    assert flashrank("export", checkpoint("t5-encoder"), "out", "--template", template).returncode == 0
    assert json.loads((tmp_path / "out" / "flashrank.json").read_text(encoding="utf-8"))["template"] == template


@pytest.mark.parametrize(
    ("name", "entries", "message"),
    [
        (
            "bert",
            {"id2label": {str(i): str(i) for i in range(5)}},
            "the model has 5 labels; a cross-encoder has 1 or 2",
        ),
        (
            "bert",
            {"architectures": ["BertForMaskedLM"]},
            "architecture 'BertForMaskedLM'; allowed: sequence classifiers",
        ),
        ("bert", {"model_type": "gpt2"}, "config.json says model_type 'gpt2'"),
        ("bert", {"num_hidden_layers": 3}, "not in its safetensors: this part was never trained"),
        ("bert", {"hidden_size": 20}, "transformers cannot load it"),
        ("t5", {"architectures": ["T5EncoderModel"]}, "a T5 whose safetensors are not an encoder with a head"),
        ("t5-encoder", {"num_layers": 3}, "encoder.block.2.layer.0.SelfAttention.q.weight is not in its safetensors"),
        ("t5-encoder", {"d_ff": 40}, "its safetensors are not of the shapes that config.json says"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(name, entries, message, checkpoint, flashrank, tmp_path):
    found = flashrank("export", rewritten(checkpoint(name), tmp_path, **entries), "out")
    assert message in refused(found, tmp_path / "out")


def test_words_that_t5_does_not_have(checkpoint, flashrank, tmp_path):
    found = flashrank("export", checkpoint("t5"), "out", "--tokens", "▁nein", "▁ja")
    assert "the vocabulary has no token '▁nein'; say with --tokens" in refused(found, tmp_path / "out")


def test_weights_that_are_damaged(checkpoint, flashrank, tmp_path):
    for name in ("bert", "t5-encoder"):
        copy = shutil.copytree(checkpoint(name), tmp_path / name)
        content = (copy / "model.safetensors").read_bytes()
        (copy / "model.safetensors").write_bytes(content[: len(content) // 2])
        assert name in refused(flashrank("export", copy, "out"), tmp_path / "out")


def test_code_of_the_source_is_not_run(checkpoint, flashrank, tmp_path):
    copy = rewritten(
        checkpoint("bert"), tmp_path, auto_map={"AutoModelForSequenceClassification": "modeling_own.OwnModel"}
    )
    (copy / "modeling_own.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w')", encoding="utf-8")
    found = flashrank("export", copy, "out")
    assert found.returncode == 0, found.stderr  # the class of transformers is used
    assert not (tmp_path / "run").exists()


def test_a_vocabulary_without_a_tokenizer_json_is_converted(checkpoint, flashrank, tmp_path):
    source = checkpoint("bert")
    copy = shutil.copytree(source, tmp_path / "slow", ignore=shutil.ignore_patterns("tokenizer.json"))
    model = json.loads((source / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    pieces = sorted(model["vocab"], key=model["vocab"].__getitem__)
    (copy / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    assert flashrank("export", copy, "out").returncode == 0
    made = json.loads((tmp_path / "out" / "tokenizer.json").read_text(encoding="utf-8"))
    assert made["model"]["vocab"] == model["vocab"]


def test_a_sentencepiece_model_is_converted(checkpoint, flashrank, tmp_path):
    """As of many a T5: ``spiece.model`` and no ``tokenizer.json``."""
    sentencepiece = pytest.importorskip("sentencepiece", reason="sentencepiece is not installed: this did NOT run")
    copy = shutil.copytree(checkpoint("t5"), tmp_path / "slow", ignore=shutil.ignore_patterns("tokenizer.json"))
    sentences = [*PASSAGES, QUERY, "Query: true Document: false Relevant: true false"] * 20
    with (copy / "spiece.model").open("wb") as model:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sentences),
            model_writer=model,
            vocab_size=120,
            hard_vocab_limit=False,
            user_defined_symbols=["▁true", "▁false"],
            minloglevel=2,
            **{"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1},
        )
    found = flashrank("export", copy, "out")
    assert found.returncode == 0, found.stderr
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(copy / "spiece.model"))
    ranker = Ranker(tmp_path / "out", log_level="ERROR")
    (tokens,) = ranker._pairs.encode("the sun", ["Bread rises."])
    assert tokens.ids == [*pieces.encode("Query: the sun Document: Bread rises. Relevant:"), 1]


def test_a_row_without_an_archive_is_made_by_its_command(checkpoint, hub, tmp_path):
    """From a hub, in a process of its own: the weights are a tiny T5's, under the name of InRanker-small's."""
    spec = find_model("InRanker-small")
    for path in checkpoint("t5").iterdir():
        hub.files[spec.source, COMMIT, path.name] = path.read_bytes()
    hub.branches[spec.source, "main"] = COMMIT
    seen = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hub"), "PYTHONPATH": str(ROOT)}
    command = spec.export.removeprefix("flashrank ").split()
    (cache := tmp_path / "cache").mkdir()
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "flashrank", *command],
        env={**os.environ, **seen},
        cwd=cache,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith(f"{spec.source} at {COMMIT}: T5, judged by the first token that T5 decodes\n")
    recipe = read_recipe(cache / spec.name)
    assert (recipe.source, recipe.revision, recipe.template) == (spec.source, COMMIT, spec.template)
    scores = Ranker(spec.name, cache_dir=cache, offline=True, log_level="ERROR").score(QUERY, PASSAGES[:3]).scores
    committed = Ranker(FIXTURES / "architectures" / "t5", log_level="ERROR").score(QUERY, PASSAGES[:3]).scores
    assert scores == pytest.approx(committed, abs=1e-6)
