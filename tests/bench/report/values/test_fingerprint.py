from __future__ import annotations

from bench.report.values.fingerprint import instruction_sets, machine_rows, processor, threads_used
from bench.report.values.text import NOTHING


def test_known_properties_come_first_and_unknown_ones_are_not_lost():
    rows = machine_rows(
        {
            "swap_bytes": 2**29,
            "load_average": 0.5,
            "commit": None,
            "versions": {"numpy": "2.0", "onnxruntime": "1.20"},
            "isa": ["avx2", "fma"],
            "cores": {"physical": 2, "logical": 4},
            "memory_bytes": 8 * 2**30,
            "cpu": "Some CPU",
        }
    )
    assert rows == [
        ("CPU", "Some CPU"),
        ("Cores", "physical 2, logical 4"),
        ("Instruction sets", "avx2, fma"),
        ("Memory", "8.0 GiB"),
        ("Versions", "numpy 2.0, onnxruntime 1.20"),
        ("Commit", NOTHING),
        ("Swap", "0.5 GiB"),
        ("Load average", "0.5"),
    ]


def test_what_charts_say_of_the_machine():
    assert processor({"cpu": "Some CPU"}) == "Some CPU"
    assert threads_used({"threads": 1}) == "1 thread"
    assert processor({}) == threads_used({}) == instruction_sets({}) == ""
    assert instruction_sets({"isa": ["avx2", "avx512_vnni", "avx512bw", "avx_vnni", "fma"]}) == "AVX-512, VNNI"
    assert instruction_sets({"isa": ["avx2", "avx_vnni", "fma"]}) == "AVX2, VNNI"
    assert instruction_sets({"isa": ["asimd", "asimddp"]}) == "NEON, dot product"
