"""A model directory's tokenizer, set up as FlashRank sets it up, but for padding: nothing here is padded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Tokenizer

from flashrank.errors import InvalidModel


def load_tokenizer(directory: Path, max_length: int, model_limit: int | None = None) -> tuple[Tokenizer, int]:
    """Load ``tokenizer.json`` and enable longest-first truncation.

    Args:
        directory: A model directory in FlashRank's layout.
        max_length: Most tokens per pair that the caller wants.
        model_limit: Most tokens the model takes, where it is known beforehand.

    Returns:
        The tokenizer, and the length it truncates at: the smallest of ``max_length``, ``model_limit``, the
        tokenizer's ``model_max_length`` and the model's position table.

    Raises:
        InvalidModel: A file cannot be parsed.
    """
    config = read_json(directory / "config.json")
    tokenizer_config = read_json(directory / "tokenizer_config.json")
    path = directory / "tokenizer.json"
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception
        raise InvalidModel(f"{path}: not a tokenizer that the tokenizers library reads: {error}") from error
    limits = (model_limit, tokenizer_config.get("model_max_length"), config.get("max_position_embeddings"))
    length = min([max_length, *(int(limit) for limit in limits if limit)])
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=length)
    for token in read_json(directory / "special_tokens_map.json").values():
        if isinstance(token, str):
            tokenizer.add_special_tokens([token])
        elif isinstance(token, dict):
            tokenizer.add_special_tokens([AddedToken(**token)])
    return tokenizer, length


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in ``path``, or an empty one where there is no such file.

    Raises:
        InvalidModel: It holds something else.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InvalidModel(f"{path}: cannot be read as JSON: {error}") from error
    if not isinstance(value, dict):
        raise InvalidModel(f"{path}: expected a JSON object")
    return value
