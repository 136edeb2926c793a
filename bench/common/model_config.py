"""What the JSON files of a model's directory say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.common.errors import BenchError


def read_model_config(directory: Path, file: str = "config.json") -> dict[str, Any]:
    """Return the object in a JSON file of a model's directory; an empty one where there is no such file.

    Raises:
        BenchError: The file cannot be read or holds no JSON object.
    """
    path = directory / file
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:  # the last one for thousands of brackets
        raise BenchError(f"{path}: cannot be read as JSON: {error}") from error
    if not isinstance(config, dict):
        raise BenchError(f"{path}: expected a JSON object")
    return config
