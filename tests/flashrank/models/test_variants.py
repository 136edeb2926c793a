from __future__ import annotations

import pytest

from flashrank.errors import InvalidModel, InvalidRequest
from flashrank.models.variants import choose, cpu_features, features

# The first lines of /proc/cpuinfo, as kernels print them.
CPUINFO = {
    "Zen 3": ("x86_64", "flags\t\t: fpu sse4_2 avx avx2 bmi2 vaes\n"),
    "Skylake-SP": ("x86_64", "flags\t\t: avx avx2 avx512f avx512dq avx512cd avx512bw avx512vl\n"),
    "Ice Lake": ("x86_64", "flags\t\t: avx2 avx512f avx512dq avx512bw avx512vl avx512_vnni\n"),
    "Alder Lake": ("AMD64", "flags\t\t: avx2 avx_vnni vaes\n"),
    "Nehalem": ("x86_64", "flags\t\t: sse4_2 popcnt\n"),
    "Graviton": ("aarch64", "Features\t: fp asimd asimddp\n"),
    "Apple": ("arm64", ""),
    "Windows": ("AMD64", ""),
    "Rosetta": ("x86_64", ""),
    "POWER": ("ppc64le", "cpu\t\t: POWER9\n"),
}

# What sentence-transformers' repositories of cross-encoders hold.
SENTENCE_TRANSFORMERS = [
    "onnx/model.onnx",
    *(f"onnx/model_O{level}.onnx" for level in (1, 2, 3, 4)),
    "onnx/model_qint8_arm64.onnx",
    "onnx/model_qint8_avx512.onnx",
    "onnx/model_qint8_avx512_vnni.onnx",
    "onnx/model_quint8_avx2.onnx",
]
# What repositories for transformers.js hold.
TRANSFORMERS_JS = [
    f"onnx/model{kind}.onnx" for kind in ("", "_bnb4", "_fp16", "_int8", "_q4", "_q4f16", "_quantized", "_uint8")
]


def cpu(name):
    machine, text = CPUINFO[name]
    return features(machine, ["processor\t: 0\n", text, "flags\t\t: of the next core\n"])


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Zen 3", "model_quint8_avx2.onnx"),
        ("Skylake-SP", "model_qint8_avx512.onnx"),
        ("Ice Lake", "model_qint8_avx512_vnni.onnx"),
        ("Alder Lake", "model_qint8_avx512_vnni.onnx"),
        ("Graviton", "model_qint8_arm64.onnx"),
        ("Apple", "model_qint8_arm64.onnx"),
        *((name, "model.onnx") for name in ("Nehalem", "Windows", "Rosetta", "POWER")),
    ],
)
def test_the_file_for_a_cpu(name, file):
    assert choose(SENTENCE_TRANSFORMERS, "it", cpu=cpu(name)) == f"onnx/{file}"
    assert choose(TRANSFORMERS_JS, "it", cpu=cpu(name)) == "onnx/model.onnx"


def test_the_next_best_file_for_a_cpu():
    without = [file for file in SENTENCE_TRANSFORMERS if not file.endswith("vnni.onnx")]
    assert choose(without, "it", cpu=cpu("Ice Lake")) == "onnx/model_qint8_avx512.onnx"
    assert choose(without, "it", cpu=cpu("Alder Lake")) == "onnx/model_quint8_avx2.onnx"
    assert choose([*TRANSFORMERS_JS[1:], "model_O4.onnx"], "it", cpu=cpu("Zen 3")) == "onnx/model_quantized.onnx"


def test_this_cpu_is_one():
    assert choose(SENTENCE_TRANSFORMERS, "it") == choose(SENTENCE_TRANSFORMERS, "it", cpu=cpu_features())


@pytest.mark.parametrize(
    ("files", "file"),
    [
        (["model.onnx"], "model.onnx"),
        (["model.onnx", "onnx/model.onnx"], "onnx/model.onnx"),
        (["model.onnx", "onnx/model_quint8_avx2.onnx"], "onnx/model_quint8_avx2.onnx"),
        (["reranker.onnx"], "reranker.onnx"),
        (["onnx/reranker.onnx", "old/model.onnx"], "onnx/reranker.onnx"),
        (["published.onnx", "model.onnx"], "published.onnx"),
    ],
)
def test_without_a_name(files, file):
    assert choose(files, "it", published={"published.onnx"}, cpu=cpu("Zen 3")) == file


@pytest.mark.parametrize("files", [["a.onnx", "b.onnx"], ["old/model.onnx"], ["onnx/decoder.onnx", "encoder.onnx"]])
def test_what_is_not_clear_is_refused(files):
    with pytest.raises(InvalidModel, match=rf"^org/name at 0123: .* file=\.\.\.; allowed: {', '.join(sorted(files))}$"):
        choose(files, "org/name at 0123", cpu=frozenset())


def test_a_name_decides():
    assert choose(SENTENCE_TRANSFORMERS, "it", file="model_O3.onnx", published={"model.onnx"}) == "onnx/model_O3.onnx"
    assert choose(["a/model.onnx", "b/model.onnx"], "it", file="b/model.onnx") == "b/model.onnx"


@pytest.mark.parametrize(
    ("file", "fault"), [("other.onnx", "not"), ("model.onnx", "twice"), ("../a/model.onnx", "not"), ("", "not")]
)
def test_a_name_that_is_not_there_is_refused(file, fault):
    with pytest.raises(InvalidRequest, match=rf"is {fault} in it; allowed: a/model.onnx, b/model.onnx$"):
        choose(["b/model.onnx", "a/model.onnx"], "it", file=file)
