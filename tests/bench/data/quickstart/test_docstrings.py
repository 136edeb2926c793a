import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.common.errors import BenchError
from bench.data.quickstart.docstrings import MIN_CHARACTERS, MODULES, read_passages

ROOT = Path(__file__).parents[4]
DUMP = """
import sys
sys.path.insert(0, sys.argv[1])
for module in sys.argv[2:]:
    __import__(module)
from bench.data.quickstart.docstrings import read_passages
passages = read_passages()
sys.stdout.buffer.write(repr([(p.name, p.title, p.text) for p in passages]).encode())
"""


@pytest.fixture(scope="module")
def passages():
    return {passage.name: passage for passage in read_passages()}


def dump(cwd, *imported, flags=("-W", "error"), **environment):
    return subprocess.run(
        [sys.executable, *flags, "-c", DUMP, str(ROOT), *imported],
        cwd=cwd,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        timeout=60,
    )


def test_the_same_interpreter_always_gives_the_same_bytes_and_prints_nothing_and_writes_nothing(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    runs = [
        dump(here, PYTHONHASHSEED="1", LC_ALL="C", TZ="UTC", HOME=str(here), COLUMNS="80"),
        dump(there, PYTHONHASHSEED="2", LC_ALL="C.UTF-8", TZ="Asia/Tokyo", HOME=str(there), COLUMNS="33"),
        # What others have imported before, submodules above all, must not show.
        dump(there, "email.mime.text", "xml.dom.expatbuilder", "asyncio.events", "os.path", "numpy", flags=()),
    ]
    assert [(run.returncode, run.stderr) for run in runs] == [(0, b"")] * 3
    assert runs[0].stdout == runs[1].stdout == runs[2].stdout
    assert [*here.iterdir(), *there.iterdir()] == []


def test_it_is_some_thousands_of_distinct_passages_in_order(passages):
    assert 3_000 <= len(passages) <= 8_000
    assert len(read_passages()) == len(passages)
    assert list(passages) == sorted(passages)
    assert len({passage.text for passage in passages.values()}) == len(passages)
    for passage in passages.values():
        assert len(passage.text) >= MIN_CHARACTERS
        assert re.fullmatch(r"[\w.]+", passage.name), passage.name
        assert passage.title == passage.name or passage.title.startswith(f"{passage.name}(")


def test_nothing_of_the_machine_shows(passages):
    everything = json.dumps([[passage.title, passage.text] for passage in passages.values()])
    assert not re.search(r" at 0x[0-9a-fA-F]+", everything)
    for place in (Path.home(), Path.cwd(), ROOT, Path(sys.prefix), Path(os.__file__).parent):
        assert len(place.parts) < 2 or str(place) not in everything
    assert "_Helper" not in everything  # what site adds to the built-ins is not documentation of Python


@pytest.mark.parametrize(
    "name",
    [
        "shutil.copytree",
        "os.path.join",
        "json",
        "len",
        "open",
        "OSError",
        "type",
        "str.split",
        "random.shuffle",
        "socket.socket.settimeout",
        "argparse.ArgumentParser.add_argument",
        "io.IOBase.readline",
        "typing.Optional",
        "concurrent.futures.ThreadPoolExecutor",
        "bisect.insort_left",
        "set.union",
        "collections.Counter.most_common",
        "tracemalloc.start",
    ],
)
def test_objects_have_the_names_users_know_them_by(passages, name):
    assert name in passages


def test_a_passage_is_what_help_says(passages):
    passage = passages["shutil.copytree"]
    assert passage.title.startswith("shutil.copytree(src, dst, symlinks, ignore, copy_function, ")
    assert passage.text.startswith("Recursively copy a directory tree")
    assert "\n    " not in passage.text.split("\n\n")[1]
    assert "seconds" in passages["threading.Timer"].text


def test_a_class_is_documented_with_its_constructor(passages):
    import threading

    assert "constructor" in threading.Thread.__init__.__doc__
    assert "constructor" in passages["threading.Thread"].text


def test_aliases_and_private_names_are_left_out(passages):
    assert not {"EnvironmentError", "IOError", "socket.error", "heapq._heapify_max"} & set(passages)
    assert not [name for name in passages if any(part.startswith("_") for part in name.split(".")[1:])]


def test_every_module_of_the_list_is_one_of_the_standard_library():
    assert {name.partition(".")[0] for name in MODULES} <= sys.stdlib_module_names | {"__future__", "builtins"}
    assert len(set(MODULES)) == len(MODULES)


def test_python_without_docstrings_is_refused(tmp_path):
    run = dump(tmp_path, flags=("-OO",))
    assert run.returncode != 0
    assert run.stdout == b""
    assert run.stderr.decode().splitlines()[-1].startswith(f"{BenchError.__module__}.BenchError: Python runs with -OO")
