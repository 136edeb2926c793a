"""Which of a model's ONNX files is the one for this CPU.

Exporters publish one model in several files. The names, and the CPU that each is meant for, are those of Optimum's
``AutoQuantizationConfig`` and ``AutoOptimizationConfig``, which Sentence Transformers' export functions use too:
https://sbert.net/docs/cross_encoder/usage/efficiency.html
"""

from __future__ import annotations

import platform
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from flashrank.errors import InvalidModel, InvalidRequest

_ANY: tuple[frozenset[str], ...] = (frozenset(),)


@dataclass(frozen=True, slots=True)
class Variant:
    """A file that exporters are known to write.

    Attributes:
        name: The file's name.
        cpus: Sets of CPU features; the file is for a CPU that has all of any one set.
    """

    name: str
    cpus: tuple[frozenset[str], ...] = _ANY


#: Best first. ``model_O4.onnx`` and the other half-precision files are for GPUs, so they are taken by name only.
VARIANTS = (
    # AVX-VNNI is the same instruction for CPUs without AVX-512, and onnxruntime uses it for the same weights.
    Variant("model_qint8_avx512_vnni.onnx", (frozenset({"avx512_vnni"}), frozenset({"avx_vnni"}))),
    Variant("model_qint8_avx512.onnx", (frozenset({"avx512f", "avx512bw", "avx512dq", "avx512vl"}),)),
    # Unsigned weights, as the product of unsigned and signed bytes can overflow its 16 bits there.
    Variant("model_quint8_avx2.onnx", (frozenset({"avx2"}),)),
    Variant("model_qint8_arm64.onnx", (frozenset({"arm64"}),)),
    Variant("model.onnx"),
    # The same arithmetic, its nodes fused; level 3 approximates GELU.
    Variant("model_O2.onnx"),
    Variant("model_O1.onnx"),
    Variant("model_O3.onnx"),
    # Made for no CPU in particular, so taken only where the unquantised file is not published.
    Variant("model_quantized.onnx"),
    Variant("model_int8.onnx"),
    Variant("model_uint8.onnx"),
)

#: Where exporters put them: a folder of their own, or the top.
_FOLDERS = ("onnx/", "")


def cpu_features() -> frozenset[str]:
    """Return what is known of this CPU, in Linux's words, and ``arm64`` for one of those; empty elsewhere."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
            return features(platform.machine(), lines)
    except OSError:
        return features(platform.machine(), ())


def features(machine: str, cpuinfo: Iterable[str]) -> frozenset[str]:
    """Return a CPU's features from ``platform.machine()`` and the lines of ``/proc/cpuinfo``."""
    if machine.lower() in ("arm64", "aarch64"):
        return frozenset({"arm64"})
    flags = (line.partition(":")[2].split() for line in cpuinfo if line.startswith("flags"))
    return frozenset(next(flags, ()))


def choose(
    files: Iterable[str],
    where: str,
    *,
    file: str | None = None,
    published: Collection[str] = (),
    cpu: frozenset[str] | None = None,
) -> str:
    """Return the one of a model's files to load.

    Args:
        files: The model's files, as paths relative to its top with ``/`` between the parts.
        where: What to call the model in an error.
        file: The file's path or bare name, if the caller named one.
        published: Names that are those of a known model's file, and so taken before any variant.
        cpu: Features of the CPU; this one's if None.

    Raises:
        InvalidRequest: ``file`` is not, or not clearly, one of ``files``.
        InvalidModel: None of ``files`` fits, or several do and nothing tells which.
    """
    files = sorted(files)
    allowed = f"allowed: {', '.join(files)}"
    if file is not None:
        named = [file] if file in files else [path for path in files if PurePosixPath(path).name == file]
        if len(named) != 1:
            raise InvalidRequest(f"file is {file!r}, which is {'not' if not named else 'twice'} in {where}; {allowed}")
        return named[0]
    known = [path for path in files if path in published]
    if len(known) == 1:
        return known[0]
    candidates = [path for path in files if PurePosixPath(path).parent.as_posix() in (".", "onnx")]
    cpu = cpu_features() if cpu is None else cpu
    for variant in VARIANTS:
        if any(needed <= cpu for needed in variant.cpus):
            for folder in _FOLDERS:
                if folder + variant.name in candidates:
                    return folder + variant.name
    if len(candidates) != 1:
        raise InvalidModel(f"{where}: which of its files is the model is not clear: name it with file=...; {allowed}")
    return candidates[0]
