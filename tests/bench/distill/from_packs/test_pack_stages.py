"""The whole command in a few seconds on a CPU, over a tiny pack in parcels, with nothing installed but the least."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: NO rehearsal of training on a device ran")

from bench.distill.__main__ import main  # noqa: E402
from bench.distill.from_packs.device_training import TimedTraining  # noqa: E402
from bench.distill.packs.label_arrays import load_label_arrays  # noqa: E402
from bench.distill.packs.pack import find, read_pack  # noqa: E402
from bench.distill.student.training_log import read_checks  # noqa: E402
from flashrank import Ranker  # noqa: E402

ROOT = Path(__file__).parents[4]
# What a machine with a GPU may lack.
ABSENT = (
    "bm25s",
    "Stemmer",
    "platformdirs",
    "pydantic",
    "onnxruntime",
    "filelock",
    "huggingface_hub",
    "rich",
    "pandas",
)
SMALL = ["--layers", "0,1", "--table", "16", "--feed-forward", "48", "--vocabulary", "512", "--max-length", "64"]


@pytest.fixture(scope="module")
def parcels(tiny, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("parcels")
    command = ["pack", "--pack", str(tiny.folder), "--teacher", str(tiny.teacher), "--parcels", str(out)]
    assert main([*command, "--parcel", "0.2"]) == 0
    return out


def command(parcels: Path, out: Path, *more: str) -> list[str]:
    return ["--parcels", str(parcels), "--out", str(out), "--held-back", "titles", *SMALL, *more]


def rehearsed(parcels: Path, out: Path, *more: str) -> str:
    """Run the command in a Python that has few modules; return what it printed."""
    code = f"import sys; sys.modules.update(dict.fromkeys({ABSENT})); from bench.distill.__main__ import main"
    arguments = command(parcels, out, *more)
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{code}; sys.exit(main({arguments}))"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        timeout=600,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def test_one_command_does_it_all_in_its_time(tiny, parcels, tmp_path):
    # Labels first, as long as they take: what can be labelled in a share of the time depends on the machine.
    said = rehearsed(parcels, tmp_path, "label", "--minutes", "9")
    rehearsed(parcels, tmp_path, "--minutes", "0.15", "--rate", "0.003")
    assert "correlation 1.0000" in said
    logits = np.load(tmp_path / "logits.npy")
    labels = load_label_arrays(find(parcels, "labels.npz"), read_pack(parcels))
    has = (tiny.pack.candidates >= 0).any(axis=1)
    not_labelled = np.zeros(len(has), dtype=bool)
    not_labelled[[*labels.query[labels.query < len(has)], 20, 21, 22]] = True
    np.testing.assert_array_equal(np.isfinite(logits[: len(has)]).any(axis=1), has & ~not_labelled)
    query = int(np.flatnonzero(has & ~not_labelled)[0])
    shown = tiny.pack.candidates[query][tiny.pack.candidates[query] >= 0]
    scores = Ranker(tiny.teacher, offline=True).score(tiny.pack.queries[query], [tiny.pack.passages[i] for i in shown])
    made = logits[query][np.isfinite(logits[query])]
    np.testing.assert_allclose(1 / (1 + np.exp(-made.astype(float))), scores.scores, atol=2e-2)
    checks = read_checks(tmp_path)
    assert min(row["margin_error"] for row in checks[1:]) < checks[0]["margin_error"]
    rows = [json.loads(line) for line in (tmp_path / "held_back.json").read_text().splitlines()]
    assert {(row["kind"], row["source"]) for row in rows} >= {
        ("held back", "all"),
        ("held back", "titles"),
        ("test", "all"),
    }
    assert {row["source"] for row in rows if row["kind"] == "held back"} == {"all", "titles"}
    assert next(row["queries"] for row in rows if row["kind"] == "test") == 4
    passages = [tiny.pack.passages[i] for i in range(3)]
    assert len(set(Ranker(tmp_path / "export", offline=True).score("cat", passages).scores)) > 1


def test_stages_one_by_one(parcels, tmp_path, capsys):
    assert main(command(parcels, tmp_path, "label", "--minutes", "0.05")) == 0
    made = np.load(tmp_path / "logits.npy")
    assert main(command(parcels, tmp_path, "train", "--minutes", "0.05")) == 0
    seen = read_checks(tmp_path)[-1]["pairs"]
    assert main(command(parcels, tmp_path, "--minutes", "0.05")) == 0
    assert f"going on after {seen} pairs" in capsys.readouterr().out
    assert read_checks(tmp_path)[-1]["pairs"] == seen  # it had come to its end
    np.testing.assert_array_equal(np.load(tmp_path / "logits.npy"), made)
    assert (tmp_path / "export" / "config.json").exists()


def test_sigterm_ends_the_training_and_exports_what_there_is(parcels, tmp_path, monkeypatch):
    step, handler = TimedTraining._step, signal.getsignal(signal.SIGTERM)

    def stopping(self, lists):
        os.kill(os.getpid(), signal.SIGTERM)
        return step(self, lists)

    monkeypatch.setattr(TimedTraining, "_step", stopping)
    assert main(command(parcels, tmp_path, "label", "--minutes", "0.05")) == 0
    assert main(command(parcels, tmp_path, "train", "--minutes", "30")) == 0
    seen = read_checks(tmp_path)[-1]["pairs"]
    assert 0 < seen <= 8 * 16
    assert signal.getsignal(signal.SIGTERM) is handler
    monkeypatch.setattr(TimedTraining, "_step", step)
    assert main(command(parcels, tmp_path, "--minutes", "0.05")) == 0
    assert read_checks(tmp_path)[-1]["pairs"] > seen


def test_training_in_half_precision(parcels, tmp_path):
    assert main(command(parcels, tmp_path, "--minutes", "0.03", "--precision", "bfloat16")) == 0
    assert read_checks(tmp_path)[-1]["margin_error"] > 0


@pytest.mark.parametrize("design", [("--width", "16"), ("--init", "random"), ("--width", "16", "--init", "random")])
def test_students_of_other_shapes(parcels, tmp_path, design):
    assert main(command(parcels, tmp_path, "--minutes", "0.03", *design)) == 0
    config = json.loads((tmp_path / "export" / "config.json").read_text())
    assert config["hidden_size"] == (16 if "--width" in design else 32)
    assert np.isfinite(Ranker(tmp_path / "export", offline=True).score("cat", ["a cat", "dogs"]).scores).all()


def test_an_exported_student_is_trained_further(parcels, tmp_path):
    assert main(command(parcels, tmp_path / "first", "--minutes", "0.03")) == 0
    start = ("--start", str(tmp_path / "first" / "export"))
    assert main(command(parcels, tmp_path / "second", "--minutes", "0.03", *start)) == 0
    assert {row["start_share"] for row in read_checks(tmp_path / "second")} == {0.0, 0.2, 0.4}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--device", "cuda"), "there is no CUDA device here; expected cpu"),
        (("--minutes", "0"), "--minutes is 0; expected more than 0"),
        (("--width", "15"), "--width is 15; expected a multiple of 8, an attention head's, up to 32"),
        (("--layers", "0,5"), "the teacher has layers 0 to 1, not 5"),
        (("--held-back", "nothing"), "--held-back: no query is from nothing; the sources are forum, titles, web"),
        (("--parcels", "nowhere"), "nowhere: no file passages.1.txt, passages.1.txt.xz or passages.1.txt.gz"),
        (("--start", "nobody"), "neither a directory nor a bundled model"),
    ],
)
def test_what_cannot_be_is_one_line(parcels, tmp_path, capsys, more, message):
    if "cuda" in more and torch.cuda.is_available():
        pytest.skip("there is a CUDA device: its absence was NOT tested")
    assert main(command(parcels, tmp_path, "--minutes", "0.02", *more)) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
