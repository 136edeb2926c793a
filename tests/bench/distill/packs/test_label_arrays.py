"""Labels as arrays: a journal that survives a kill at any byte."""

from __future__ import annotations

import numpy as np
import pytest

from bench.common.errors import BenchError
from bench.distill.packs.label_arrays import (
    LabelArrays,
    LabelJournal,
    load_label_arrays,
    read_journal,
    save_label_arrays,
)

KEY, OTHER = "ab" * 32, "cd" * 32


def test_a_journal_goes_on(tmp_path):
    for first in (0, 2):
        with LabelJournal(tmp_path / "labels", KEY) as journal:
            assert len(journal.labels) == first
            journal.append(7 + first, [1, 2], [0.5, -3.25])
    found = read_journal(tmp_path / "labels")
    assert (found.query.tolist(), found.passage.tolist()) == ([7, 7, 9, 9], [1, 2, 1, 2])
    assert found.logit.tolist() == [0.5, -3.25, 0.5, -3.25]


@pytest.mark.parametrize("kept", range(0, 57, 4))
def test_a_torn_record_is_cut_off(tmp_path, kept):
    path = tmp_path / "labels"
    with LabelJournal(path, KEY) as journal:
        journal.append(1, [1, 2], [1.0, 2.0])
    path.write_bytes(path.read_bytes()[:kept])
    whole = max(0, kept - 32) // 12
    with LabelJournal(path, KEY) as journal:
        assert journal.labels.passage.tolist() == [1, 2][:whole]
        journal.append(1, [3], [3.0])
    assert read_journal(path).passage.tolist() == [*[1, 2][:whole], 3]


def test_labels_of_something_else_are_left_alone(tmp_path):
    with LabelJournal(tmp_path / "labels", KEY) as journal:
        journal.append(1, [1], [1.0])
    with pytest.raises(BenchError, match="of other texts or of another teacher"):
        LabelJournal(tmp_path / "labels", OTHER)
    assert len(read_journal(tmp_path / "labels")) == 1


def test_two_processes_do_not_write_one_journal(tmp_path):
    with LabelJournal(tmp_path / "labels", KEY), pytest.raises(BenchError, match="another process"):
        LabelJournal(tmp_path / "labels", KEY)


def test_of_a_pair_with_two_labels_the_first_counts():
    columns = np.array([[1, 1, 2], [5, 6, 5]], np.int32)
    labels = LabelArrays(*columns, np.array([1, 2, 3], np.float32))
    more = LabelArrays(columns[0] + np.int32(1), columns[1], np.array([4, 5, 6], np.float32))
    found = LabelArrays.merge([labels, more])
    assert list(zip(found.query, found.passage, found.logit, strict=True)) == [
        (1, 5, 1),
        (1, 6, 2),
        (2, 5, 3),
        (2, 6, 5),
        (3, 5, 6),
    ]


def test_numbers_of_another_pack_are_refused(tiny, tmp_path):
    numbers = np.array([3], np.int32)
    save_label_arrays(tmp_path / "labels.npz", LabelArrays(numbers, numbers + np.int32(500), np.array([1], np.float32)))
    with pytest.raises(BenchError, match="has the number 503, of 200 texts"):
        load_label_arrays(tmp_path / "labels.npz", tiny.pack)
