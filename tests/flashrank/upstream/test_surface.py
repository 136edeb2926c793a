"""What FlashRank 0.2.10 offers is offered here, but for what ``flashrank/DIFFERENCES.md`` lists, each with its reason.

``upstream.json`` is what 0.2.10 says of itself, so that this needs no network; that it still says so is a test of its
own, which needs 0.2.10 in an environment of its own: that of ``$FLASHRANK_UPSTREAM_PYTHON``, or one made in the user's
cache.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import platformdirs
import pytest
from filelock import FileLock

import flashrank

HERE = Path(__file__).parent
TABLE = HERE / "upstream.json"
UPSTREAM = json.loads(TABLE.read_text(encoding="utf-8"))
DIFFERENCES = Path(flashrank.__file__).with_name("DIFFERENCES.md")
PACKAGE = "FlashRank==0.2.10"


def surface(python: str | Path, *options: str | Path) -> dict[str, str]:
    """Return what ``surface.py`` prints when that Python runs it, with nothing of this one's."""
    command = [python, "-I", HERE / "surface.py", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def ours() -> dict[str, str]:
    return surface(sys.executable, "--names", TABLE, "--path", Path(flashrank.__file__).parents[1])


@pytest.fixture(scope="module")
def upstream_python() -> Path:
    """A Python that imports FlashRank 0.2.10; where there is none and none can be made, the test is skipped."""
    if given := os.environ.get("FLASHRANK_UPSTREAM_PYTHON"):
        return Path(given)
    place = platformdirs.user_cache_path("flashrank-tests", appauthor=False) / f"upstream-py{sys.version_info.minor}"
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    place.mkdir(parents=True, exist_ok=True)
    with FileLock(place.with_suffix(".lock")):
        if not (place / "whole").exists():
            if not (place / "has-pip").exists():
                venv.create(place, clear=True, with_pip=True)
                (place / "has-pip").touch()
            install = [python, "-m", "pip", "install", "--quiet", "--retries", "0", "--timeout", "10", PACKAGE]
            done = subprocess.run(install, capture_output=True, text=True)
            if done.returncode:
                pytest.skip(
                    f"{PACKAGE} cannot be installed here, set FLASHRANK_UPSTREAM_PYTHON: this check did NOT run"
                )
            (place / "whole").touch()
    return python


def listed() -> dict[str, tuple[str, str]]:
    """Return what every row of ``DIFFERENCES.md`` says: a key of the table -> upstream's answer, and the one here."""
    found = {}
    for line in DIFFERENCES.read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            keys, upstream, here, reason = (cell.strip() for cell in line.strip("|").split(" | "))
            assert reason, line
            for key in re.findall(r"`([^`]+)`", keys):
                assert key not in found, f"{key} is listed twice"
                found[key] = (upstream.strip("`"), here.strip("`"))
    return found


def test_every_difference_is_listed_and_nothing_else(ours):
    """A parameter of a method that is not here is no difference of its own."""
    found = {
        key: (said, ours.get(key, "absent"))
        for key, said in UPSTREAM.items()
        if said != ours.get(key) and ours.get(key.partition("(")[0]) != "absent"
    } | {key: (said, "absent") for key, said in UPSTREAM.items() if ours.get(key) == "absent"}
    explained = listed()
    assert {key: row for key, row in found.items() if explained.get(key) != row} == {}, "not, or not rightly, listed"
    assert sorted(explained.keys() - found.keys()) == [], "listed, and no difference"


def test_the_table_is_what_upstream_says(upstream_python):
    assert surface(upstream_python) == UPSTREAM


def test_what_was_found_in_public_code_is_no_difference():
    """What programs are known to use; that these are in the table is what this is about."""
    for key in (
        "flashrank.Ranker:model_file_map['ms-marco-MiniLM-L-12-v2']",
        "flashrank.Ranker:default_model",
        "flashrank.Ranker:listwise_rankers",
        "ranker session deleted and set",
        "ranker session None and set",
        "ranker llm model",
        "Ranker._download_model_files(model_name)",
        "a model that is missing",
        "the level that an application set and no log level",
    ):
        assert key in UPSTREAM
        assert key not in listed()
