"""Journals: what was measured survives a kill at any byte."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.results.journal import Journal

ENTRIES = [{"query_id": "q\n1", "seconds": 0.1}, {"query_id": "ü", "scores": [1e-5, 0.3]}]


def test_entries_are_found_again(tmp_path):
    path = tmp_path / "j.jsonl"
    for entry in ENTRIES:
        with Journal(path, "key") as journal:
            journal.append(entry)
    with Journal(path, "key") as journal:
        assert journal.entries == ENTRIES


def test_another_key_starts_afresh(tmp_path):
    with Journal(tmp_path / "j", "key") as journal:
        journal.append(ENTRIES[0])
    with Journal(tmp_path / "j", "other") as journal:
        assert journal.entries == []


@given(cut=st.integers(0, 200))
def test_a_kill_at_any_byte_loses_at_most_the_line_it_tears(tmp_path_factory, cut):
    path = tmp_path_factory.mktemp("journal") / "j"
    with Journal(path, "key") as journal:
        for entry in ENTRIES:
            journal.append(entry)
    content = path.read_bytes()
    path.write_bytes(content[:cut])
    whole_lines = content[:cut].count(b"\n")
    with Journal(path, "key") as journal:
        assert journal.entries == ENTRIES[: max(0, whole_lines - 1)]
        journal.append({"after": True})
    with Journal(path, "key") as journal:
        assert journal.entries[-1] == {"after": True}


def test_a_damaged_line_ends_what_is_trusted(tmp_path):
    path = tmp_path / "j"
    path.write_bytes(b'{"key": "key"}\n{"a": 1}\nnonsense\n{"b": 2}\n')
    with Journal(path, "key") as journal:
        assert journal.entries == [{"a": 1}]


def test_reopening_writes_nothing_over_what_is_there(tmp_path):
    path = tmp_path / "j"
    with Journal(path, "key") as journal:
        journal.append(ENTRIES[0])
    before = path.stat()
    with Journal(path, "key"):
        pass
    assert (path.stat().st_ino, path.stat().st_size) == (before.st_ino, before.st_size)
