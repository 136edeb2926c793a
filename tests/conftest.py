"""What several test modules share."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from .hub import Hub

FIXTURES = Path(__file__).parent / "fixtures"
SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(autouse=True)
def no_log_level() -> None:
    """What another test's Ranker set is not this test's."""
    logging.getLogger("flashrank.Ranker").setLevel(logging.NOTSET)


@pytest.fixture(autouse=True)
def nothing_left_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever runs the tests may have used this library, or FlashRank 0.2.10, on this machine."""
    monkeypatch.setenv("FLASHRANK_CACHE_DIR", str(tmp_path / "users-cache"))
    monkeypatch.setattr("flashrank.models.upstream_cache.UPSTREAM_CACHE", tmp_path / "no-such-cache")


@pytest.fixture(scope="session")
def fixtures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the folder of tiny models in FlashRank's layout: graphs are kept beside the models that are loaded."""
    return Path(shutil.copytree(FIXTURES, tmp_path_factory.mktemp("fixtures") / "fixtures"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real models and collections beside the checkout; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"real models and collections are not at {SHARED}: this check did NOT run")
    return SHARED


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A model hub on loopback: put content into ``hub.files`` and point the client at ``hub.url``."""
    with Hub() as server:
        yield server
