"""Gives memory that loading a model left free back to the system."""

from __future__ import annotations

import contextlib
import ctypes
import sys


def release_free_memory() -> None:
    """Return the C heap's free pages to the system, where the C library can (glibc's ``malloc_trim``).

    onnxruntime reads a model as one message and copies the weights out of it; glibc keeps the freed message, 14 MB
    of it for a model file of 34 MB, for allocations that never come.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library, such as musl
            ctypes.CDLL(None).malloc_trim(0)
