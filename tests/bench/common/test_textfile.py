"""Text files: plain or gzipped, and what else is refused by name."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from bench.common.errors import BenchError
from bench.common.textfile import check_readable, is_field, numbered_lines

TEXT = "\ufefferste\r\n\n  \nviert\u00e9\n".encode()
LINES = [(1, "erste\r\n"), (4, "viert\u00e9\n")]


def archive(kind):
    made = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(made, "w") as file:
            file.writestr("run.trec", TEXT)
    else:
        with tarfile.open(fileobj=made, mode="w") as file:
            file.addfile(tarfile.TarInfo("run.trec"))
    return made.getvalue()


@pytest.mark.parametrize("name", ["run.trec", "run.trec.gz"])
@pytest.mark.parametrize(
    "data",
    [TEXT, gzip.compress(TEXT), gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:]), gzip.compress(TEXT) + b"\0" * 9],
    ids=["plain", "gzip", "members", "padded"],
)
def test_lines_are_those_of_the_text_whatever_the_name_says(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    assert list(numbered_lines(path)) == [(f"{path}:{number}", line) for number, line in LINES]
    check_readable(path)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (bz2.compress(TEXT), "bzip2"),
        (lzma.compress(TEXT), "xz"),
        (b"\x28\xb5\x2f\xfd\x04\x00", "Zstandard"),
        (archive("zip"), "zip"),
        (archive("tar"), "tar"),
        (gzip.compress(archive("tar")), "tar"),
        (gzip.compress(gzip.compress(TEXT)), "twice gzipped"),
        (b"PAR1\x15\x04", "Parquet"),
    ],
    # Every process that collects the tests must call them the same, and gzip writes the time of day.
    ids=["bzip2", "xz", "zstd", "zip", "tar", "gzipped tar", "twice gzipped", "parquet"],
)
def test_other_formats_are_refused_by_name(tmp_path, data, what):
    path = tmp_path / "run.trec"
    path.write_bytes(data)
    for read in (check_readable, lambda path: list(numbered_lines(path))):
        with pytest.raises(BenchError) as caught:
            read(path)
        assert str(caught.value) == f"{path}: a {what} file; unpack it: text is read plain or gzipped once"


@pytest.mark.parametrize("text", [b"BZh9 Q0 d 1 1 t\n", b"PAR1 Q0 d 1 1 t\n", b"7z Q0 d 1 1 t\n"])
def test_text_that_begins_as_a_format_does_is_text(tmp_path, text):
    path = tmp_path / "run.trec"
    path.write_bytes(text)
    assert [line for _, line in numbered_lines(path)] == [text.decode()]


def test_a_gzip_file_that_is_cut_or_altered_is_one_line(tmp_path):
    path, whole = tmp_path / "run.trec.gz", gzip.compress("\n".join(map(str, range(20_000))).encode())
    altered = bytearray(whole)
    altered[-6] ^= 1
    for damaged in (whole[: len(whole) // 2], whole[:12], bytes(altered), whole[:200] + b"\xff" * 60 + whole[260:]):
        path.write_bytes(damaged)
        with pytest.raises(BenchError, match=r"run\.trec\.gz: damaged gzip file \(.*\); fetch or compress it again$"):
            list(numbered_lines(path))


def test_a_wrong_line_of_a_gzipped_file_has_its_number(tmp_path):
    path = tmp_path / "run.trec.gz"
    path.write_bytes(gzip.compress(b"one\n\nth\xff\n"))
    with pytest.raises(BenchError, match=r"run\.trec\.gz:3: not UTF-8 text \(byte 3 of the line\)"):
        list(numbered_lines(path))


def test_what_can_be_an_id():
    assert all(map(is_field, ["d", "0", "d\u00a0e", "\U0001f375", "a\x01"]))
    assert not any(map(is_field, ["", " ", "d e", "d\n", "d\0", "\0", "\ud83c"]))
