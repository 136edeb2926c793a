"""Content hashes: the same for the same content, another for any other."""

from __future__ import annotations

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from bench.common.digest import digest_files, digest_of

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_a_value_is_hashed_as_its_json(value):
    text = json.dumps(value, separators=(",", ":"))
    assert digest_of(value) == hashlib.sha256(text.encode()).hexdigest()


def test_tuples_count_as_the_lists_they_are_written_as():
    assert digest_of({"q": [("a", 1.5)]}) == digest_of({"q": [["a", 1.5]]})


def test_names_and_bytes_of_files_both_count(tmp_path):
    for name, content in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / name).write_bytes(content)
    digests = {digest_files([tmp_path / name]) for name in "abc"}
    assert len(digests) == 3
    assert digest_files([tmp_path / "a"]) in digests
