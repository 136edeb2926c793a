"""What the tests of listwise reranking share: tiny models for the real llama.cpp, made when first asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from flashrank.listwise.scorer import ListwiseScorer

WriteModel = Callable[..., Path]


@pytest.fixture(scope="session")
def write_gguf(tmp_path_factory) -> WriteModel:
    """Write a tiny GGUF; takes ``tiny.write_model``'s arguments. Tests that use it need llama.cpp and gguf."""
    for module in ("llama_cpp", "gguf"):
        pytest.importorskip(module, reason=f"{module} is not installed: listwise through llama.cpp was NOT tested")
    from .tiny import write_model

    def write(name: str, *args, **options) -> Path:
        path = tmp_path_factory.getbasetemp() / f"{name}.gguf"
        return path if path.exists() else write_model(path, *args, **options)

    return write


@pytest.fixture(scope="session")
def reverser(write_gguf) -> ListwiseScorer:
    """A scorer whose model always answers ``[20][19]...[1]``."""
    return ListwiseScorer(
        write_gguf("reverser", range(20, 0, -1)), max_length=512, threads=1, logger=logging.getLogger("listwise")
    )
