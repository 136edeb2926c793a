"""A hub with a model, and what fetches it."""

from __future__ import annotations

import json

import pytest

from flashrank.models.hub import repository as hub_module
from flashrank.models.hub.client import HubFile, Listing
from tests.flashrank.conftest import write

from .repository import CONTENT, FIRST, NAME

# Resolves a model in a process of its own, as the client reads its environment when it is imported.
RESOLVE = """
import json, logging, sys
logging.basicConfig(level="INFO", format="%(name)s: %(message)s")
from flashrank.errors import FlashRankError
from flashrank.models.store import resolve_model
name, cache_dir, options = json.load(sys.stdin)
try:
    files = resolve_model(name, cache_dir, **options)
    print(json.dumps({"directory": str(files.directory), "weights": str(files.weights)}))
except FlashRankError as error:
    print(json.dumps({"error": type(error).__name__, "message": str(error)}))
"""


@pytest.fixture(autouse=True)
def always_online(online):
    """Every test here is of a client that may go online."""


@pytest.fixture
def publish(hub):
    """Publish files at a commit, to which ``main`` then points."""

    def publish(content, commit=FIRST, name=NAME):
        hub.files.update({(name, commit, file): data for file, data in content.items()})
        hub.branches[name, "main"] = commit
        return hub

    return publish


@pytest.fixture
def published(publish):
    return publish(CONTENT)


@pytest.fixture
def start(start_process, cache):
    """Start a process that resolves the model."""

    def start(name=NAME, options=None, **changes):
        return start_process(RESOLVE, json.dumps([name, str(cache), options or {}]), **changes)

    return start


@pytest.fixture
def serve(monkeypatch):
    """Answer as the client would for a repository with these files."""

    def serve(content):
        listing = Listing(FIRST, {file: HubFile(len(data), None) for file, data in content.items()})
        monkeypatch.setattr(hub_module, "list_files", lambda *_: listing)
        monkeypatch.setattr(hub_module, "fetch_file", lambda _, __, file, folder: write(folder, {file: content[file]}))

    return serve
