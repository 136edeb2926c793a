from __future__ import annotations

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.report.tables import writers
from bench.report.tables.latency import query_latency_table, request_latency_table
from bench.report.tables.quality import quality_table
from bench.report.tables.table import Table
from bench.stats.intervals import Interval

NASTY = r"a_b|c&d%e$f#g{h}~i^j<k>*l*`m`[n]\o"


def test_markdown_cells_are_as_many_as_columns_whatever_the_names(make_results):
    results = make_results(models=[NASTY, "plain"], datasets=[NASTY, "y"], notes={NASTY: NASTY})
    table = quality_table(results, "nDCG@10")
    lines = writers.to_markdown(table).split("\n\n")[0].splitlines()
    for line in lines:
        assert len(re.findall(r"(?<!\\)\|", line)) == len(table.frame.columns) + 1
    header, rule, first, *_ = lines
    assert r"a\_b\|c\&d%e\$f\#g\{h\}\~i^j\<k\>\*l\*\`m\`\[n\]\\o" in header
    assert rule == "| --- | ---: | ---: | ---: | ---: |"
    assert first.startswith(r"| a\_b\|c")
    assert "†" in first
    assert writers.to_markdown(table).split("\n\n")[1].startswith(r"† a\_b\|c")


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=1))
def test_markdown_escapes_can_be_undone(text):
    escaped = writers.escape_markdown(text)
    assert re.sub(r"\\([\\`*_{}\[\]<>|~#&$])", r"\1", escaped) == text
    assert not re.search(r"(?<!\\)(?:\\\\)*[|<_*`]", re.sub(r"\\[^\\]", "", escaped.replace(r"\\", "")))


def test_line_breaks_become_spaces():
    assert writers.escape_markdown("a\nb\r\n c") == "a b c"
    assert writers.escape_latex("a\nb") == "a b"


def test_markdown_sets_the_best_in_bold():
    frame = pd.DataFrame({"dataset": ["x"], "BM25": [0.25], "a": [0.5]})
    table = Table("t", "c", frame, {"BM25": "{:.3f}".format, "a": "{:.3f}".format}, best=frozenset({(0, "a")}))
    assert "| x | 0.250 | **0.500** |" in writers.to_markdown(table)
    assert r"x & 0.250 & \textbf{0.500} \\" in writers.to_latex(table)


def test_intervals_and_superscripts_stand_beside_the_number():
    table = Table(
        "t",
        "c",
        pd.DataFrame({"dataset": ["x"], "BM25": [0.25], "m": [0.5]}),
        {"BM25": "{:.2f}".format, "m": "{:.2f}".format},
        best=frozenset({(0, "m")}),
        intervals={(0, "m"): Interval(0.401, 0.6)},
        letters={"BM25": "a", "m": "b"},
        superscripts={(0, "m"): "a"},
        exact=pd.DataFrame({"m low": [0.401], "m high": [0.6]}),
    )
    head, _, cells = writers.to_markdown(table).splitlines()
    assert head == "| dataset | BM25<sup>a</sup> | m<sup>b</sup> |"
    assert cells == "| x | 0.25 | **0.50**<sup>a</sup> \\[0.40,\N{NO-BREAK SPACE}0.60\\] |"
    latex = writers.to_latex(table)
    assert r"dataset & BM25$^{a}$ & m$^{b}$ \\" in latex
    assert r"x & 0.25 & \textbf{0.50}$^{a}$ {\scriptsize [0.40, 0.60]} \\" in latex
    assert writers.to_csv(table) == "dataset,BM25,m,m low,m high\nx,0.25,0.5,0.401,0.6\n"


@pytest.mark.parametrize(
    ("character", "expected"),
    [
        ("_", r"\_"),
        ("&", r"\&"),
        ("%", r"\%"),
        ("$", r"\$"),
        ("#", r"\#"),
        ("{", r"\{"),
        ("\\", r"\textbackslash{}"),
        ("^", r"\textasciicircum{}"),
        ("~", r"\textasciitilde{}"),
        ("|", r"\textbar{}"),
        ("<", r"\textless{}"),
        ("†", r"\textdagger{}"),
        ("\N{EN DASH}", "--"),
        ("\N{MINUS SIGN}", "$-$"),
    ],
)
def test_latex_escapes(character, expected):
    assert writers.escape_latex(f"a{character}b") == f"a{expected}b"


def test_latex_is_a_table_of_equal_rows(make_results):
    results = make_results(models=[NASTY], datasets=[NASTY, "y"], notes={"y": NASTY})
    table = quality_table(results, "nDCG@10")
    text = writers.to_latex(table)
    assert text.count(r"\begin{") == text.count(r"\end{") == 2
    assert r"\begin{tabular}{lrrr}" in text
    rows = [line for line in text.splitlines() if line.endswith(r" \\")]
    assert len(rows) == 1 + len(table.frame)
    assert all(len(re.findall(r"(?<!\\)&", row)) == len(table.frame.columns) - 1 for row in rows)
    bare = re.sub(r"\$\^\{[ab]\}\$", "", text)
    assert text.count("$^{a}$") > bare.count("$^{a}$") == 0
    assert not re.search(r"(?<!\\)[#$%_](?! ?Needs)", re.sub(r"\\label\{.*?\}", "", bare))
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    assert r"\par\footnotesize \textdagger{} " in text


@pytest.mark.parametrize("build", [query_latency_table, request_latency_table])
def test_csv_round_trip_keeps_whole_numbers_and_four_digits_of_others(make_results, build):
    table = build(make_results(models=["a,b", 'c"d'], notes={"dataset-0": "with, comma"}))
    back = list(csv.DictReader(io.StringIO(writers.to_csv(table))))
    assert len(back) == len(table.frame)
    for read, written in zip(back, table.frame.to_dict("records"), strict=True):
        assert read.pop("note", "") == ("with, comma" if written.get("dataset") == "dataset-0" else "")
        for name, value in read.items():
            exactly = written[name]
            assert type(exactly)(value) == (pytest.approx(exactly, rel=5e-4) if type(exactly) is float else exactly)
            assert len(value) <= 12


def test_csv_of_quality_has_four_decimals_and_the_note(make_results):
    table = quality_table(make_results(datasets=["x", "y"], notes={"y": "pool"}), "nDCG@10")
    back = list(csv.DictReader(io.StringIO(writers.to_csv(table))))
    assert [row["note"] for row in back] == ["", "pool", "pool"]
    assert [row["BM25"] for row in back] == [f"{value:.4f}" for value in table.frame["BM25"]]
    assert [row["queries"] for row in back] == ["5", "5", ""]
    assert [row["BM25 queries"] for row in back] == ["5", "5", ""]
    for number, row in enumerate(back):
        interval = table.intervals[number, "BM25"]
        assert (row["BM25 low"], row["BM25 high"]) == (f"{interval.low:.4f}", f"{interval.high:.4f}")


def test_csv_leaves_missing_cells_empty():
    frame = pd.DataFrame({"dataset": ["x"], "a": [float("nan")], "b": [1.0]})
    assert writers.to_csv(Table("t", "c", frame)) == "dataset,a,b\nx,,1.0\n"
