"""Another library's error as one line."""

from __future__ import annotations

from bench.common.errors import one_line


def test_class_and_message_are_one_line():
    assert one_line(ValueError("first\n  second\tthird")) == "ValueError: first second third"
    assert one_line(KeyError("text")) == "KeyError: 'text'"
