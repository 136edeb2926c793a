"""The program of a worker process: its protocol, and what it tells of its memory."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

import flashrank
from bench.measure import worker
from bench.measure.worker import peak_bytes, serve


def said(monkeypatch, capsys, load, *lines):
    """Return what a worker with the function ``load`` answers to some lines."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{json.dumps(line)}\n" for line in lines)))
    serve(load)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_it_is_ready_and_answers_every_request(monkeypatch, capsys):
    def load(setup):
        return lambda _query, texts: {"seconds": 1.0, "answer": [setup["factor"] * len(text) for text in texts]}

    request = {"query": "q", "texts": ["a", "bcd"]}
    ready, *answers = said(monkeypatch, capsys, load, {"factor": 2}, request, request)
    assert ready == {"ready": str(Path(flashrank.__file__).parent)}
    assert [(answer["seconds"], answer["answer"]) for answer in answers] == [(1.0, [2, 6])] * 2
    assert all(answer["peak_bytes"] > 1e6 for answer in answers)


def test_it_says_why_it_ends(monkeypatch, capsys):
    with pytest.raises(SystemExit) as ended:
        said(monkeypatch, capsys, lambda setup: setup["model"], {})
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out) == {"error": "KeyError: 'model'"}


def test_its_last_answer_is_one_line_though_the_error_has_more(monkeypatch, capsys):
    def load(_setup):
        raise ValueError("no model\n  in here")

    with pytest.raises(SystemExit):
        said(monkeypatch, capsys, load, {})
    assert json.loads(capsys.readouterr().out) == {"error": "ValueError: no model in here"}


def test_what_a_package_prints_is_no_answer(monkeypatch, capsys):
    def load(_setup):
        print("loading")
        return lambda query, _texts: {"printed": print(query)}

    monkeypatch.setattr(sys, "stdin", io.StringIO('{}\n{"query": "q", "texts": []}\n'))
    serve(load, "json")
    out, err = capsys.readouterr()
    ready, answer = map(json.loads, out.splitlines())
    assert ready == {"ready": str(Path(json.__file__).parent)}
    assert answer["printed"] is None
    assert err == "loading\nq\n"


def test_without_any_line_nothing_is_loaded(monkeypatch, capsys):
    assert said(monkeypatch, capsys, pytest.fail) == []


def test_it_imports_flashrank_and_the_standard_library_alone(fixtures):
    program = (
        f"import runpy, sys; sys.argv = [{worker.__file__!r}]; runpy.run_path({worker.__file__!r}, run_name='__main__')"
    )
    listed = f"{program}; print(sorted(name for name in sys.modules if name.split('.')[0] in ('bench', 'psutil')))"
    setup = {"model": str(fixtures / "one-logit-int8"), "cache_dir": None, "options": {}}
    lines = "".join(f"{json.dumps(line)}\n" for line in (setup, {"query": "q", "texts": ["a"]}))
    done = subprocess.run([sys.executable, "-c", listed], input=lines, capture_output=True, text=True, check=True)
    *_, modules = done.stdout.splitlines()
    assert modules == "[]"


def test_peak_memory_of_a_child_is_its_own():
    # The child holds 100 MB for a moment; whatever this process holds does not count.
    program = "from bench.measure.worker import peak_bytes; {}; print(peak_bytes())"
    small, large = (
        int(subprocess.run([sys.executable, "-c", program.format(body)], capture_output=True, check=True).stdout)
        for body in ("pass", "bytearray(b'x' * 100_000_000)")
    )
    assert 90e6 < large - small < 300e6


def test_peak_memory_without_proc(tmp_path):
    assert peak_bytes(tmp_path / "absent") > 1e6
