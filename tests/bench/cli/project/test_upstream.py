"""The comparison with upstream, as a user types it."""

from __future__ import annotations

import subprocess
import sys
import venv

from tests.bench.conftest import ROOT


def test_an_environment_without_upstream_is_one_line(fixtures, collection, tmp_path):
    venv.create(tmp_path / "peer", symlinks=True)
    peer = tmp_path / "peer" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    arguments = ["--peer", peer, "--cache-dir", ".", "--collection", collection, "--passages", "3"]
    done = subprocess.run(
        [sys.executable, "-m", "bench", "upstream", *arguments, "--model", fixtures / "one-logit-int8"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == f"bench: {peer}: ModuleNotFoundError: No module named 'flashrank'\n"
