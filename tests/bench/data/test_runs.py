import gzip
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.common.errors import BenchError
from bench.data.runs import read_run, write_run
from bench.data.ties import best_first

# Everything but ASCII whitespace, NUL and lone surrogates may be in an id; other spaces (U+00A0, U+2028) are, in
# real ones.
ids = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=" \t\n\r\v\f\0"), min_size=1, max_size=6)
scores = st.floats(allow_nan=False, allow_infinity=False)
rankings = st.dictionaries(ids, scores, min_size=1, max_size=6).map(lambda scored: best_first(scored.items()))


def write(tmp_path, text):
    path = tmp_path / "run.trec"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@given(candidates=st.dictionaries(ids, rankings, max_size=4), tag=ids)
def test_what_is_written_reads_back_exactly(tmp_path_factory, candidates, tag):
    path = tmp_path_factory.mktemp("runs") / "run.trec"
    write_run(path, candidates, tag)
    assert read_run(path) == candidates
    assert list(read_run(path)) == list(candidates)


def test_written_lines_have_ranks_from_one_and_shortest_exact_scores(tmp_path):
    path = tmp_path / "new" / "run.trec"
    score = struct.unpack("f", struct.pack("f", 15.7806))[0]
    write_run(path, {"q2": [("d1", score), ("d9", 1.0)], "q1": [("d1", 0.1)]}, "BM25")
    assert path.read_bytes() == (b"q2 Q0 d1 1 15.780599594116211 BM25\nq2 Q0 d9 2 1.0 BM25\nq1 Q0 d1 1 0.1 BM25\n")
    write_run(path, {}, "BM25")
    assert path.read_bytes() == b""
    assert list(path.parent.iterdir()) == [path]


def test_a_run_that_cannot_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "run.trec"
    write_run(path, {"q": [("d", 1.0)]}, "old")
    with pytest.raises(BenchError, match="whitespace"):
        write_run(path, {"q": [("d", 2.0)], "q 2": [("d", 1.0)]}, "new")
    assert path.read_text() == "q Q0 d 1 1.0 old\n"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("query_id", "doc_id", "tag"), [("q", "d 1", "t"), ("", "d", "t"), ("q", "d", "my tag"), ("q\0", "d", "t")]
)
def test_ids_and_tags_that_no_run_file_can_hold_are_refused(tmp_path, query_id, doc_id, tag):
    with pytest.raises(BenchError, match="cannot be written to a run file"):
        write_run(tmp_path / "run.trec", {query_id: [(doc_id, 1.0)]}, tag)


@pytest.mark.parametrize(
    ("ranking", "wrong"),
    [
        ([("a", 1.0), ("b", 2.0)], "best first"),
        ([("a", 1.0), ("a", 1.0)], "repeats"),
        ([("a", math.nan)], "finite"),
        ([("a", math.inf)], "finite"),
    ],
)
def test_rankings_that_are_none_are_refused(tmp_path, ranking, wrong):
    with pytest.raises(ValueError, match=wrong):
        write_run(tmp_path / "run.trec", {"q": ranking}, "t")


def test_order_is_trec_evals_whatever_rank_and_place_say(tmp_path):
    path = write(
        tmp_path,
        "q1 Q0 low 1 1.5 t\nq1 Q0 first 7 2e0 t\nq2\tQ0\tother  - -3 t\r\n\nq1 Q0 second 2 2.0 t\nq1 Q0 third x 2.0 t",
    )
    assert read_run(path) == {
        "q1": [("third", 2.0), ("second", 2.0), ("first", 2.0), ("low", 1.5)],
        "q2": [("other", -3.0)],
    }


def test_columns_are_separated_by_ascii_whitespace_only(tmp_path):
    assert read_run(write(tmp_path, "\ufeffq Q0 d\u00a0e\u2028f 1 1 t\n")) == {"q": [("d\u00a0e\u2028f", 1.0)]}


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("q Q0 d 1 2.0", "5 columns instead of 6"),
        ("q Q0 d 1 2.0 my tag", "7 columns instead of 6"),
        ("q Q0 d 1 good t", "score 'good' is not a finite number"),
        ("q Q0 d 1 nan t", "score 'nan' is not a finite number"),
        ("q Q0 d 1 -inf t", "score '-inf' is not a finite number"),
        ("q Q0 d 1 1e400 t", "score '1e400' is not a finite number"),
        ("q Q0 d 1 1_0 t", "score '1_0' is not a finite number"),
        ("q Q0 d 1 \u0661 t", "score '\u0661' is not a finite number"),
        ("q Q0 same 9 0.5 t", "document 'same' is named twice for query 'q'"),
        (b"q Q0 \xff 1 1.0 t", "not UTF-8"),
        ("q Q0 same\0more 1 1.0 t", r"id 'same\\x00more' has a NUL in it"),
        ("q\0 Q0 d 1 1.0 t", r"id 'q\\x00' has a NUL in it"),
    ],
)
def test_bad_lines_are_refused_by_file_and_line(tmp_path, line, wrong):
    line = line if isinstance(line, bytes) else line.encode()
    path = write(tmp_path, b"q Q0 same 1 1.0 t\n\n" + line + b"\n")
    with pytest.raises(BenchError, match=wrong) as caught:
        read_run(path)
    assert str(caught.value).startswith(f"{path}:3: ")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_a_bench_error(tmp_path):
    with pytest.raises(BenchError, match=r"no\.trec: cannot be read: No such file"):
        read_run(tmp_path / "no.trec")


def test_a_gzipped_run_reads_as_a_plain_one(tmp_path):
    lines = b"q1 Q0 d2 1 2.5 t\nq1 Q0 d1 2 1.5 t\n"
    plain, gzipped = write(tmp_path, lines), tmp_path / "first.trec.gz"
    gzipped.write_bytes(gzip.compress(lines))
    assert read_run(gzipped) == read_run(plain) == {"q1": [("d2", 2.5), ("d1", 1.5)]}
