"""Terminals and pipes that cannot show every character: every verb ends as it would elsewhere, and files are UTF-8."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest
import yaml

from tests.bench.conftest import ROOT

ENCODINGS = ("ascii", "latin-1", "cp437", "cp932", "cp1252")
#: Latin, Greek and Chinese: each encoding lacks something of it.
NAME = "Café Ωμέγα 検索"
_EACH = """
import json, sys
import bench.report.write
from bench.cli.main import main
bench.report.write.save = lambda *_: []  # drawing takes most of the time, and prints nothing
for words in json.loads(sys.argv[1]):
    code = main(words)
    if code != (3 if words[0] == "compare" else 0):  # two queries are too few to judge
        sys.exit(f"failed: {words}: {code}")
"""


def escaped(text: str, encoding: str) -> str:
    """Return what is to be read where ``text`` was printed."""
    return text.encode(encoding, "backslashreplace").decode(encoding)


def python(*arguments, cwd, **environment):
    """Run Python with a pipe at both ends, whose bytes are left as they are."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", **environment}
    return subprocess.run([sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, check=False)


@pytest.fixture
def accented(experiment_file, collection, tmp_path):
    """The experiment with two datasets of names that few encodings have, in a file of such a name."""
    for folder in ("a", "b"):
        shutil.copytree(collection, tmp_path / f"{NAME} {folder}")
    experiment = yaml.safe_load(experiment_file.read_text(encoding="utf-8"))
    experiment["datasets"] = [{"path": f"{NAME} {folder}", "note": f"of {NAME}"} for folder in ("a", "b")]
    experiment |= {"name": "accented", "models": experiment["models"][:1]}
    path = tmp_path / f"{NAME}.yaml"
    path.write_text(yaml.safe_dump(experiment), encoding="utf-8")
    return path


@pytest.mark.slow
def test_every_verb_ends_well_in_every_encoding(bench, accented, tmp_path):
    folder = tmp_path / f"runs of {NAME}\udcff"
    done = bench("run", accented.name, "--limit", 2, "--out", folder.name, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"report: runs of {escaped(NAME, 'ascii')}\\udcff/report/report.html" in done.stdout
    page = (folder / "report" / "report.md").read_bytes()
    assert f"{NAME} a" in page.decode("utf-8")
    verbs = [
        ["report", folder.name],
        ["validate", accented.name],
        ["ls"],
        ["compare", folder.name, folder.name, "--only", "quality"],
    ]
    for encoding, words in zip(ENCODINGS, [verbs, verbs[:1], verbs[:1], verbs[:2], verbs[:1]], strict=True):
        done = python("-c", _EACH, json.dumps(words), cwd=tmp_path, PYTHONIOENCODING=encoding)
        assert (done.returncode, done.stderr) == (0, b""), encoding
        printed = done.stdout.decode(encoding)
        assert escaped(f"{NAME} a", encoding) in "".join(printed.split("\n"))
        assert "Average" in printed
        assert (folder / "report" / "report.md").read_bytes() == page


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_mistakes_are_still_one_line(tmp_path, encoding):
    done = python("-m", "bench", "report", f"{NAME}\udcff", cwd=tmp_path, PYTHONIOENCODING=encoding)
    (line,) = done.stderr.decode(encoding).splitlines()
    assert done.returncode == 2
    assert line.startswith(f"bench: {escaped(f'runs/{NAME}', encoding)}\\udcff: no run here")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no file names that are not UTF-8")
@pytest.mark.slow
def test_what_a_run_cannot_record_is_refused_in_one_line(bench, accented, tmp_path):
    folder = tmp_path / "\udcff"
    folder.mkdir()
    shutil.copy(accented, folder)
    for verb in ("run", "validate"):
        done = bench(verb, folder / accented.name, PYTHONIOENCODING="ascii")
        assert done.returncode == 2
        assert done.stderr.endswith(
            "/\\udcff/Caf\\xe9 \\u03a9\\u03bc\\u03ad\\u03b3\\u03b1 \\u691c\\u7d22 a: the name "
            "is not UTF-8, so that no run can record it; rename or move it\n"
        )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_bar_in_a_terminal_of_that_encoding_is_drawn(encoding):
    import pty

    script = """
from rich.console import Console
from bench.run.progress import track
from bench.common.terminal import escape_unencodable
escape_unencodable()
done = list(track(range(3), label=__import__("sys").argv[1], total=3, unit="queries", console=Console()))
print("done", done)
"""
    ours, theirs = pty.openpty()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": encoding,
        "TERM": "xterm",
        "COLUMNS": "90",
    }
    done = subprocess.run(
        [sys.executable, "-c", script, NAME], stdout=theirs, stderr=theirs, env=environment, check=False
    )
    os.close(theirs)
    printed = os.read(ours, 100_000).decode(encoding)
    os.close(ours)
    assert done.returncode == 0, printed
    assert escaped(NAME, encoding) in printed
    assert "3/3" in printed
    assert "done [0, 1, 2]" in printed


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_flashrank_command_too(tmp_path, encoding):
    helped = python("-m", "flashrank", "export", "--help", cwd=tmp_path, PYTHONIOENCODING=encoding)
    assert (helped.returncode, helped.stderr) == (0, b"")
    assert escaped("▁true", encoding) in helped.stdout.decode(encoding)
    refused = python("-m", "flashrank", "export", f"{NAME}\udcff", "out", cwd=tmp_path, PYTHONIOENCODING=encoding)
    assert refused.returncode == 1
    assert refused.stderr.decode(encoding).startswith("flashrank: ")
    assert len(refused.stderr.splitlines()) == 1
