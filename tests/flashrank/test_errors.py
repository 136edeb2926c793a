"""An error of the library ends in flashrank's own frames; what caused it is logged at DEBUG."""

from __future__ import annotations

import logging

import pytest

from flashrank.errors import InvalidModel, logged
from flashrank.models.files import read_json
from tests.flashrank.models.tiny_archive import arguments

from .conftest import finish

# A user's program, with the traceback that it would print.
PROGRAM = """
import json, logging, sys, traceback
logging.basicConfig(level="DEBUG", format="%(name)s %(levelname)s: %(message)s")
from flashrank import Ranker
from flashrank.models import model_list as models
row, name, cache_dir = json.load(sys.stdin)
models.ROWS = (models.ModelSpec(**row),)
try:
    Ranker(name, cache_dir=cache_dir)
except Exception:
    print(json.dumps({"trace": traceback.format_exc()}))
"""


@pytest.mark.usefixtures("online")
def test_a_failed_download_is_a_short_traceback_with_its_cause_in_the_log(hub, cache, start_process):
    hub.__exit__(None, None, None)
    answer = finish(start_process(PROGRAM, arguments(cache)))
    trace, log = answer["trace"], answer["stderr"]
    frames = [line for line in trace.splitlines() if line.startswith("  File ")]
    assert len(frames) <= 10
    assert all("flashrank" in frame for frame in frames[1:])
    assert "During handling" not in trace
    assert "direct cause" not in trace
    assert trace.splitlines()[-1].startswith("flashrank.errors.ModelUnavailable: model 'tiny' is not in")
    _, _, logged_cause = log.partition("flashrank DEBUG: model 'tiny' is not in")
    assert "Traceback" in logged_cause
    assert "huggingface_hub" in logged_cause
    assert "refused" in logged_cause


def test_the_cause_is_logged_with_its_traceback(tmp_path, caplog):
    (tmp_path / "config.json").write_bytes(b"{")
    with caplog.at_level(logging.DEBUG, logger="flashrank"), pytest.raises(InvalidModel) as caught:
        read_json(tmp_path / "config.json")
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None
    (record,) = caplog.records
    assert record.levelname == "DEBUG"
    assert record.message == str(caught.value)
    assert record.exc_info[1] is caught.value.__context__


def test_logging_gives_the_error_back():
    error = InvalidModel("model.onnx: broken")
    assert logged(error, ValueError("why")) is error
