"""Memory and energy of a model, against another reading of the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench.common.errors import BenchError
from bench.measure.footprint import Footprint, measure_footprint
from flashrank import RerankRequest

REQUEST = RerankRequest("good time", [{"id": 1, "text": "a good day"}, {"id": 2, "text": "the end of the year"}])


def footprint(fixtures, model, tmp_path, **arguments) -> Footprint:
    arguments = {"model_name": str(fixtures / model), "threads": 1, "log_level": "ERROR"} | arguments
    return measure_footprint(arguments, REQUEST, tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="the independent reading is Linux's: this check did NOT run")
def test_the_memory_is_that_of_a_process_with_the_model_and_nothing_else(fixtures, tmp_path) -> None:
    code = (
        "import sys\n"
        "from flashrank import Ranker, RerankRequest\n"
        "passages = [{'text': 'a good day'}, {'text': 'the end of the year'}]\n"
        "Ranker(sys.argv[1], threads=1).rerank(RerankRequest('good time', passages))\n"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))\n"
    )
    model = str(fixtures / "one-logit-int8")
    bare = subprocess.run([sys.executable, "-c", code, model], capture_output=True, text=True, check=True)
    found = footprint(fixtures, "one-logit-int8", tmp_path)
    assert found.requests > 1
    assert found.peak_bytes == pytest.approx(int(bare.stdout) * 1024, rel=0.1)


def test_energy_is_per_request_where_the_machine_tells(fixtures, tmp_path) -> None:
    assert footprint(fixtures, "one-logit-int8", tmp_path).joules is None
    zone = tmp_path / "intel-rapl:0"
    zone.mkdir()
    for name, text in (("name", "package-0"), ("energy_uj", "1000"), ("max_energy_range_uj", "100000")):
        (zone / name).write_text(text)
    assert footprint(fixtures, "one-logit-int8", tmp_path).joules == 0.0


def test_a_model_that_cannot_be_used_is_named(fixtures, tmp_path) -> None:
    with pytest.raises(BenchError, match="nan-logits"):
        footprint(fixtures, "nan-logits", tmp_path, model_name=str(tmp_path / "nan-logits"))
    with pytest.raises(BenchError, match="NaN"):
        footprint(fixtures, "nan-logits", tmp_path)
