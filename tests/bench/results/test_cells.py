"""Labels become file names, and two labels never the same one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.results.cells import file_name


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_labels_become_file_names_and_stay_distinct(one, other):
    for name in (file_name(one), file_name(other)):
        assert name
        assert not set(name) & set('/\\:*?"<>| \0')
        assert name not in {".", ".."}
    assert (file_name(one) == file_name(other)) == (one == other)
