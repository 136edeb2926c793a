"""Provenance: what keeps cells from standing in one table, and what is only to be said."""

from __future__ import annotations

import pytest

from bench.provenance.comparability import CellProvenance, Findings, examine
from bench.provenance.machine import machine_id

MACHINE = {
    "cpu": "Some CPU",
    "architecture": "x86_64",
    "cpu_family": [25, 1, 1],
    "cores": 2,
    "isa": ["avx2", "fma"],
    "versions": {"python": "3.11.7", "onnxruntime": "1.32.0", "llama_cpp_python": None},
    "commit": "a" * 40,
}
MANIFEST = {"kind": "quality", "code_versions": {"engine": 1, "quality": 1}}


def cell(rows="SciFact: nano", manifest=(), **machine):
    return CellProvenance.read(rows, {**MANIFEST, **dict(manifest)}, {**MACHINE, **machine})


def test_what_a_cell_says_of_itself():
    found = cell()
    assert found == CellProvenance(
        rows="SciFact: nano",
        timed=False,
        commit="a" * 40,
        code={"engine": 1, "quality": 1},
        libraries={"python": "3.11.7", "onnxruntime": "1.32.0"},
        machine=machine_id(MACHINE),
        where="Some CPU, 2 cores (avx2, fma)",
    )


def test_cells_of_one_measurement_have_nothing_to_be_said():
    cells = [cell(), cell("SciFact: BM25", {"code_versions": {"quality": 1}}), cell("grid", {"kind": "latency"})]
    assert examine(cells) == Findings()
    assert examine([]) == Findings()


@pytest.mark.parametrize(
    ("other", "error"),
    [
        (cell("x", commit="a" * 40 + "-dirty"), "measured with files that no commit has: x"),
        (cell("x", commit=None), "measured at no known commit: x"),
        (cell("x", commit="b" * 40), "measured at 2 commits: aaaaaaaaaaaa: SciFact: nano; bbbbbbbbbbbb: x"),
        (
            cell("x", {"code_versions": {"engine": 2, "sweep": 1}}),
            "measured by 2 versions of engine: 1: SciFact: nano; 2: x",
        ),
        (
            cell("x", versions={"onnxruntime": "1.31.0"}),
            "measured with 2 releases of onnxruntime: 1.32.0: SciFact: nano; 1.31.0: x",
        ),
    ],
)
def test_what_is_mixed_is_an_error(other, error):
    assert error in examine([cell(), other]).errors


@pytest.mark.parametrize("manifest", [{"kind": "latency"}, {"sweep": {}}])
def test_times_of_several_machines_are_an_error(manifest):
    cells = [cell("one", manifest), cell("two", manifest, cpu="Other CPU")]
    assert examine(cells).errors == (
        "timed on several machines: Some CPU, 2 cores (avx2, fma): one; Other CPU, 2 cores (avx2, fma): two",
    )


def test_quality_of_several_machines_is_a_note():
    found = examine([cell(), cell("x", isa=["avx512_vnni"])])
    assert found.errors == ()
    assert "compare no seconds per query" in found.notes[0]


def test_another_python_is_a_note():
    found = examine([cell(), cell("x", versions={**MACHINE["versions"], "python": "3.12.1"})])
    assert found == Findings(notes=("measured with 2 releases of python: 3.11.7: SciFact: nano; 3.12.1: x",))


def test_older_cells_are_told_apart_by_their_sources():
    old = [
        CellProvenance.read(rows, {"kind": "quality", "code": digest * 64}, MACHINE) for rows, digest in ("xa", "yb")
    ]
    assert examine(old).errors == ("measured by 2 versions of sources: aaaaaaaa: x; bbbbbbbb: y",)
