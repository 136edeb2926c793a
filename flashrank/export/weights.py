"""Loads weights from safetensors into a model of transformers, and refuses a model that lacks some."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from flashrank.errors import InvalidModel, first_line, logged
from flashrank.export.source import Source


def load_pretrained(auto_class: Any, source: Source) -> torch.nn.Module:
    """Load a model in float32, without code or pickles.

    Args:
        auto_class: One of the ``Auto`` classes of transformers.
        source: Where its files are.

    Raises:
        InvalidModel: transformers cannot load it, or a weight is missing and would be drawn at random.
    """
    try:
        model, info = auto_class.from_pretrained(
            source.directory,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.float32,
            attn_implementation="eager",
            output_loading_info=True,
        )
    except Exception as error:  # transformers' errors share no base class
        raise logged(InvalidModel(f"{source.name}: transformers cannot load it: {first_line(error)}"), error) from None
    if missing := sorted(info["missing_keys"]):
        raise InvalidModel(f"{source.name}: {_named(missing)} not in its safetensors: this part was never trained")
    if wrong := sorted(str(key[0]) for key in info["mismatched_keys"]):
        raise InvalidModel(f"{source.name}: {_named(wrong)} not of the shape that config.json says")
    loaded: torch.nn.Module = model.eval()
    return loaded


def read_tensors(directory: Path) -> dict[str, torch.Tensor]:
    """Return every tensor of a directory's safetensors, in float32.

    Raises:
        InvalidModel: A file is damaged.
    """
    tensors: dict[str, torch.Tensor] = {}
    for path in sorted(directory.glob("*.safetensors")):
        try:
            with safe_open(path, framework="pt") as file:
                tensors |= {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118  (no mapping)
        except SafetensorError as error:
            raise logged(InvalidModel(f"{path}: not a whole safetensors file: {first_line(error)}"), error) from None
    return tensors


def _named(keys: list[str]) -> str:
    return f"{keys[0]} and {len(keys) - 1} more are" if len(keys) > 1 else f"{keys[0]} is"
