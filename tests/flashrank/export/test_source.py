"""The original is found, and of a hub repository data alone is fetched, at one commit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flashrank.errors import InvalidModel, InvalidRequest, ModelUnavailable
from flashrank.export.source import find_source

ROOT = Path(__file__).parents[3]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
CONFIG = {"model_type": "bert", "architectures": ["BertForSequenceClassification"]}
FIND = """
import sys
from flashrank.errors import FlashRankError
from flashrank.export.source import find_source
try:
    found = find_source(sys.argv[1], sys.argv[2] or None)
except FlashRankError as error:
    sys.exit(f"{type(error).__name__}: {error}")
print(found.name, found.revision, found.languages, found.license, repr(found.template))
print(*sorted(path.name for path in found.directory.iterdir()))
"""


def write(directory, **files):
    directory.mkdir(exist_ok=True)
    (directory / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    for name, content in files.items():
        (directory / name.replace("__", ".")).write_bytes(content)
    return directory


def test_a_directory(tmp_path):
    card = b"---\nlanguage: de\nlicense: mit\n---\n# A model\n"
    source = find_source(str(write(tmp_path / "mine", model__safetensors=b"x", README__md=card)), None)
    assert (source.name, source.revision, source.spec, source.template) == ("mine", None, None, None)
    assert (source.languages, source.license) == (("de",), "mit")
    assert source.config == CONFIG


def test_a_directory_that_says_how_it_is_used(tmp_path):
    said = {"format": 1, "template": "{query} {passage}", "languages": ["yo"], "license": "MIT"}
    recipe = json.dumps(said).encode()
    source = find_source(str(write(tmp_path / "mine", model__safetensors=b"x", flashrank__json=recipe)), None)
    assert (source.template, source.languages, source.license) == ("{query} {passage}", ("yo",), "MIT")


def test_pickles_are_named_and_refused(tmp_path):
    directory = write(tmp_path / "mine", pytorch_model__bin=b"x")
    with pytest.raises(InvalidModel, match=r"only pickles \(pytorch_model.bin\), which can run code"):
        find_source(str(directory), None)


def test_what_is_no_model(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidModel, match=r"empty: there is no config.json"):
        find_source(str(tmp_path / "empty"), None)
    with pytest.raises(InvalidModel, match="there are no safetensors"):
        find_source(str(write(tmp_path / "mine")), None)
    with pytest.raises(InvalidRequest, match="--revision goes with a hub id"):
        find_source(str(write(tmp_path / "mine")), "main")
    for name in ("nowhere", "a/b/c", ""):
        with pytest.raises((ModelUnavailable, InvalidModel)):
            find_source(name, None)


@pytest.fixture
def find(hub, tmp_path):
    """Find a source in a process that sees the hub on loopback."""

    def run(source, revision="", **environment):
        seen = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", FIND, source, revision],
            env={**os.environ, **seen, "PYTHONPATH": str(ROOT), "HF_HUB_DISABLE_TELEMETRY": "1", **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def publish(hub, repo, files):
    hub.files |= {(repo, COMMIT, name): content for name, content in files.items()}
    hub.branches[repo, "main"] = COMMIT


def test_a_repository_is_fetched_at_its_commit_and_only_its_data(hub, find):
    publish(
        hub,
        "org/name",
        {
            "config.json": json.dumps(CONFIG).encode(),
            "model.safetensors": b"weights",
            "pytorch_model.bin": b"pickle",
            "modeling_own.py": b"print('code')",
            "onnx/config.json": b"{}",
            "README.md": b"---\nlanguage:\n- en\n- fr\nlicense: apache-2.0\n---\n",
        },
    )
    found = find("org/name")
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines() == [
        f"org/name {COMMIT} ('en', 'fr') apache-2.0 None",
        "README.md config.json model.safetensors",
    ]
    assert not [request for request in hub.lookups() if request.target.endswith((".bin", ".py"))]
    again = find("org/name", COMMIT, HF_HUB_OFFLINE="1")  # which commit main is, only the hub knows
    assert again.stdout == found.stdout


def test_a_repository_of_pickles_is_refused_with_what_can_be_done(hub, find):
    publish(hub, "org/name", {"config.json": json.dumps(CONFIG).encode(), "pytorch_model.bin": b"pickle"})
    found = find("org/name")
    assert found.returncode == 1
    assert found.stderr.startswith("InvalidModel: org/name: there are no safetensors, only pickles (pytorch_model.bin)")
    assert "--revision refs/pr/N" in found.stderr
    assert not hub.downloads()


def test_a_row_knows_its_template(hub, find):
    files = {"config.json": b'{"model_type": "t5"}', "model.safetensors": b"weights"}
    publish(hub, "unicamp-dl/InRanker-small", files)
    found = find("unicamp-dl/InRanker-small")
    assert "('en',)" in found.stdout
    assert "'Query: {query} Document: {passage} Relevant:'" in found.stdout


@pytest.mark.parametrize(
    ("repo", "revision", "environment", "message"),
    [
        ("org/none", "", {}, "'org/none' is not a directory, and the hub shows no repository org/none"),
        ("org/name", "v9", {}, "'org/name' is not a directory, and org/name has no such branch, tag or commit"),
        ("org/name", "", {"HF_HUB_OFFLINE": "1"}, "'org/name' is not a directory, and "),
    ],
)
def test_what_the_hub_does_not_have(hub, find, repo, revision, environment, message):
    publish(hub, "org/name", {"config.json": b"{}", "model.safetensors": b"weights"})
    found = find(repo, revision, **environment)
    assert found.returncode == 1
    assert found.stderr.startswith(f"ModelUnavailable: {message}")
    assert len(found.stderr.splitlines()) == 1
