"""A model directory's tokenizer, set up as FlashRank sets it up, but without padding."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import Any, NamedTuple

from tokenizers import AddedToken, Tokenizer

from flashrank.errors import InvalidModel, logged
from flashrank.models.files import read_json

log = logging.getLogger("flashrank")

# Models whose first token has the position pad_token_id + 1, so that their position table holds as many tokens less:
# those of transformers with a padding_idx in create_position_ids_from_input_ids, and 1 as their default pad_token_id.
_POSITIONS_AFTER_PADDING = {
    *("roberta", "roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl", "xmod", "camembert", "longformer"),
    *("mpnet", "ibert", "data2vec-text", "luke", "lilt", "markuplm"),
}
_USUAL_PADDING = 1


class Limit(NamedTuple):
    """A number of tokens, and what sets it: a file, or the caller."""

    tokens: int
    source: str


def length_limit(directory: Path, max_length: int, model_limit: int | None = None) -> Limit:
    """Return the most tokens a pair may have: what the caller wants, or the least that any file allows.

    Args:
        directory: A model directory in FlashRank's layout.
        max_length: Most tokens per pair that the caller wants.
        model_limit: Most tokens the model takes, where it is known beforehand.

    Raises:
        InvalidModel: A file cannot be parsed.
    """
    limits = [Limit(max_length, "max_length")]
    if model_limit:
        limits.append(Limit(model_limit, "the model"))
    path = directory / "tokenizer_config.json"
    if tokens := _count(path, read_json(path), "model_max_length"):
        limits.append(Limit(tokens, str(path)))
    path = directory / "config.json"
    config = read_json(path)
    if positions := _count(path, config, "max_position_embeddings"):
        limits.append(Limit(max(0, positions - _positions_unused(path, config)), str(path)))
    return min(limits, key=lambda limit: limit.tokens)


def truncating_tokenizer(directory: Path, length: int) -> Tokenizer:
    """Load the tokenizer of a model directory, to truncate pairs at ``length`` tokens, the longer text first.

    Raises:
        InvalidModel: A file cannot be parsed.
    """
    path = directory / "tokenizer.json"
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception
        raise logged(
            InvalidModel(f"{path}: not a tokenizer that the tokenizers library reads: {error}"), error
        ) from None
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=length)
    path = directory / "special_tokens_map.json"
    for name, token in read_json(path).items():
        if isinstance(token, str):
            tokenizer.add_special_tokens([token])
        elif isinstance(token, dict):
            try:
                tokenizer.add_special_tokens([AddedToken(**token)])
            except TypeError as error:
                raise logged(InvalidModel(f"{path}: {name} is not a token: {error}"), error) from None
    return tokenizer


def _count(path: Path, entries: dict[str, Any], key: str) -> int | None:
    """Return a number of tokens, or None where there is none or it says nothing."""
    value = entries.get(key)
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value) if 0 < value < math.inf else None
    raise InvalidModel(f"{path}: {key} is {value!r}; expected a number")


def _positions_unused(path: Path, config: dict[str, Any]) -> int:
    """Return how many rows of the position table no token uses."""
    kind = config.get("model_type")
    if kind not in _POSITIONS_AFTER_PADDING:
        return 0
    padding = config.get("pad_token_id")
    if padding is None:
        log.warning("%s: no pad_token_id, from which %s counts positions: taken to be %d", path, kind, _USUAL_PADDING)
        padding = _USUAL_PADDING
    if not isinstance(padding, int):
        raise InvalidModel(f"{path}: pad_token_id is {padding!r}; expected a whole number")
    return padding + 1
