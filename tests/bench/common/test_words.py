"""Words for numbers."""

from __future__ import annotations

from bench.common.words import count_of, noun_of, without_folders


def test_counts_have_their_plural():
    assert count_of(1, "query") == "1 query"
    assert count_of(1535, "query") == "1,535 queries"
    assert count_of(2, "thread") == "2 threads"
    assert [noun_of(number, "query") for number in (0, 1, 2)] == ["queries", "query", "queries"]


def test_folders_of_absolute_paths_are_left_out():
    said = "/a/b-c/model.onnx: it fails (see '/x/y.json', https://a.org/b/c and d/e.txt); C:\\a\\b.onnx is 1/2 of /b/d"
    left = "model.onnx: it fails (see 'y.json', https://a.org/b/c and d/e.txt); b.onnx is 1/2 of d"
    assert without_folders(said) == left
