"""Where kernels are forced by the environment, they are the ones that run: a proof on others would prove nothing."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

import numpy as np
import pytest

_NAMES = [f"{prefix}openblas_get_corename{suffix}" for prefix in ("scipy_", "") for suffix in ("64_", "")]


def openblas_cores() -> dict[str, str]:
    """Return the kernels of every OpenBLAS in this process: numpy and scipy bring one each."""
    import scipy.linalg  # noqa: F401 - loads scipy's

    cores = {}
    for path in sorted({line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines()}):
        if "openblas" in Path(path).name:
            library = ctypes.CDLL(path)
            names = [name for name in _NAMES if hasattr(library, name)]
            function = getattr(library, names[0])
            function.restype = ctypes.c_char_p
            cores[Path(path).name] = function().decode()
    return cores


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="libraries are found through /proc")
def test_openblas_uses_the_kernels_that_it_was_told_to():
    wanted = os.environ.get("OPENBLAS_CORETYPE")
    if not wanted:
        pytest.skip("OPENBLAS_CORETYPE is not set")
    cores = openblas_cores()
    assert len(cores) == 2, f"numpy and scipy bring an OpenBLAS each; found {cores}"
    assert {core.lower() for core in cores.values()} == {wanted.lower()}


def test_numpy_uses_none_of_the_features_that_it_was_told_to_leave():
    disabled = os.environ.get("NPY_DISABLE_CPU_FEATURES", "").split()
    if not disabled:
        pytest.skip("NPY_DISABLE_CPU_FEATURES is not set")
    features = np._core._multiarray_umath.__cpu_features__
    assert not [name for name in disabled if features[name]]
