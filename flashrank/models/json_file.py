"""The JSON files of a model directory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flashrank.errors import InvalidModel, logged


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in ``path``, or an empty one where there is no such file.

    Raises:
        InvalidModel: It holds something else.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:  # the last one for thousands of brackets
        raise logged(InvalidModel(f"{path}: cannot be read as JSON: {error}"), error) from None
    if not isinstance(value, dict):
        raise InvalidModel(f"{path}: expected a JSON object")
    return value
