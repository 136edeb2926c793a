"""Which files a model's directory must hold, and what is wrong with one that does not."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from flashrank.errors import InvalidModel
from flashrank.models.external_data import external_data_defect, stays_inside
from flashrank.models.files import read_json
from flashrank.models.recipe import RECIPE_FILE

TOKENIZER_FILE = "tokenizer.json"
#: What a model's directory must hold beside its ONNX file.
REQUIRED_FILES = ("config.json", TOKENIZER_FILE)


def defect(directory: Path, files: Iterable[str]) -> str | None:
    """Return what keeps a directory from being a whole model, naming the file at fault, if anything does.

    Args:
        directory: The model's directory, there or not.
        files: What it must hold: not empty, JSON and ONNX well-formed, an ONNX file's external data in its directory.
            Of the tokenizer only its two ends are looked at: it is read once, when it is loaded.
    """
    file = directory.name
    try:
        if not directory.is_dir():
            return "no such directory"
        for file in files:
            path = directory / file
            if not path.is_file():
                return f"{file} is missing"
            if path.stat().st_size == 0:
                return f"{file} is empty"
            if file == TOKENIZER_FILE:
                content = path.read_bytes().strip()
                if (content[:1], content[-1:]) != (b"{", b"}"):  # cut off, or a page of a web server
                    raise ValueError
            elif file.endswith(".json"):
                json.loads(path.read_bytes())
            elif file.endswith(".onnx") and (fault := external_data_defect(path)):
                return fault
    except (ValueError, RecursionError):  # the latter for thousands of brackets
        return f"{file} is not {'valid JSON' if file.endswith('.json') else 'an ONNX model'}"
    except OSError as error:
        return f"{file} cannot be read ({error.strerror})"
    return None


def is_model_file(path: str) -> bool:
    """Return whether a relative path is that of an ONNX or GGUF file inside the directory it starts from."""
    return path.endswith((".onnx", ".gguf")) and stays_inside(path)


def recorded_file(directory: Path) -> str | None:
    """Return which of its files ``flashrank.json`` says is the model, if it says so.

    Other endings are refused, because ``defect`` knows by its ending the ONNX file whose external data it must check.

    Raises:
        InvalidModel: It is not a JSON object, or names something else than an ONNX or GGUF file of the directory.
    """
    file = read_json(directory / RECIPE_FILE).get("file")
    if file is not None and not (isinstance(file, str) and is_model_file(file)):
        raise InvalidModel(
            f"{directory / RECIPE_FILE}: file is {file!r};"
            " expected the path in this directory of an .onnx or .gguf file, or null"
        )
    return file
