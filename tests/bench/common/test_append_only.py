"""Records are on disk as soon as they are added."""

from __future__ import annotations

from bench.common.append_only import AppendOnlyFile


def test_records_are_kept_in_order_and_seen_by_others_at_once(tmp_path):
    with AppendOnlyFile(tmp_path / "records") as file:
        file.add(b"one")
        assert (tmp_path / "records").read_bytes() == b"one"
        file.add(b"two")
    with AppendOnlyFile(tmp_path / "records") as file:
        assert file.content() == b"onetwo"


def test_what_is_torn_is_cut_off_and_the_next_record_follows_the_whole_ones(tmp_path):
    with AppendOnlyFile(tmp_path / "records") as file:
        file.add(b"one" + b"tw")
    with AppendOnlyFile(tmp_path / "records") as file:
        assert file.content() == b"onetw"
        file.keep(3)
        file.add(b"two")
        assert file.content() == b"onetwo"
