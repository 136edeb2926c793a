"""The log of the measurements: which of them is the student that was kept."""

from __future__ import annotations

import pytest

from bench.common.errors import BenchError
from bench.distill.student.training_log import append_check, kept_check, read_checks


def test_the_last_that_was_kept_is_the_student(tmp_path):
    rows = [{"agreement": agreement, "kept": kept} for agreement, kept in ((0.9, True), (0.7, True), (0.6, False))]
    for row in rows:
        append_check(tmp_path, row)
    assert read_checks(tmp_path) == rows
    assert kept_check(tmp_path) == rows[1]


def test_before_training_it_says_what_to_run(tmp_path):
    with pytest.raises(BenchError, match="run the stage `train` first"):
        kept_check(tmp_path)
