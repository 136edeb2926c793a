"""The systems that can be compared, each a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bench.common.errors import BenchError

PROGRAMS = Path(__file__).with_name("programs")


@dataclass(frozen=True, slots=True)
class System:
    """A library that reranks, and how it is run.

    Attributes:
        name: What experiments call it.
        label: What tables and charts call it.
        requirements: What pip installs into its environment, at exact versions; nothing for this checkout.
        program: The file that its worker process runs, as ``system_worker`` describes it.
        options: What the program is told beside the model, as JSON values.
        weights: Which weights it reads: the model's ONNX file, or the same weights in float32 as transformers has them.
    """

    name: str
    label: str
    requirements: tuple[str, ...]
    program: Path
    options: Mapping[str, Any] = field(default_factory=dict)
    weights: Literal["onnx", "float32"] = "onnx"


_ONNXRUNTIME = ("numpy==2.4.6", "onnxruntime==1.32.0")
_TORCH = ("numpy==2.4.6", "torch==2.13.0")

# Versions are the newest that pip installed together on 2026-11-28 with Python 3.11.
SYSTEMS = (
    System("flashrank", "flashrank", (), PROGRAMS / "flashrank_checkout.py"),
    System(
        "flashrank-as-shipped",
        "flashrank, graph as shipped",
        (),
        PROGRAMS / "flashrank_checkout.py",
        {"graph": "as-shipped"},
    ),
    System(
        "flashrank-0.2.10",
        "FlashRank 0.2.10",
        ("FlashRank==0.2.10", "tokenizers==0.23.3", *_ONNXRUNTIME),
        PROGRAMS / "flashrank_release.py",
    ),
    System(
        "sentence-transformers",
        "sentence-transformers, torch",
        ("sentence-transformers==6.2.0", "transformers==5.24.0", "tokenizers==0.23.3", *_TORCH),
        PROGRAMS / "sentence_transformers.py",
        {"backend": "torch"},
        "float32",
    ),
    # optimum-onnx 0.1.0, the newest, takes no transformers 5, and sentence-transformers 6 no 4.
    System(
        "sentence-transformers-onnx",
        "sentence-transformers, onnx",
        (
            "sentence-transformers[onnx]==5.7.0",
            "optimum-onnx==0.1.0",
            "transformers==4.57.6",
            "tokenizers==0.22.2",
            "onnxruntime==1.32.0",
            *_TORCH,
        ),
        PROGRAMS / "sentence_transformers.py",
        {"backend": "onnx"},
    ),
    System(
        "rerankers",
        "rerankers, torch",
        ("rerankers[transformers]==0.10.0", "transformers==5.24.0", "tokenizers==0.23.3", *_TORCH),
        PROGRAMS / "rerankers.py",
        weights="float32",
    ),
    System(
        "fastembed", "fastembed", ("fastembed==0.9.1", "tokenizers==0.23.3", *_ONNXRUNTIME), PROGRAMS / "fastembed.py"
    ),
)


def find_system(name: str) -> System:
    """Return the row of a name.

    Raises:
        BenchError: There is none.
    """
    for system in SYSTEMS:
        if system.name == name:
            return system
    raise BenchError(f"no system is called {name!r}; there are: {', '.join(system.name for system in SYSTEMS)}")
