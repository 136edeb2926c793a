"""Sessions of onnxruntime that a ``Ranker`` makes, with the time that they take and the operators that they run."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import onnxruntime

_LOADED = onnxruntime.InferenceSession


class RecordedSession:
    """Stands in for a session and counts its runs.

    Attributes:
        runs: How often it was run.
        seconds: CPU seconds of this process in those runs.
    """

    def __init__(self, session: Any) -> None:
        self.session = session
        self.runs, self.seconds = 0, 0.0

    def run(self, *arguments: Any, **options: Any) -> Any:
        """Run the session."""
        started = time.process_time()
        outputs = self.session.run(*arguments, **options)
        self.seconds += time.process_time() - started
        self.runs += 1
        return outputs

    def __getattr__(self, name: str) -> Any:
        """Return what else the session has."""
        return getattr(self.session, name)


@contextmanager
def recorded_sessions(profiles: Path | None = None) -> Iterator[list[RecordedSession]]:
    """Yield the list of the sessions that are loaded within the block, in their order.

    Args:
        profiles: Folder for onnxruntime's profiles, which slow a session down; None for none.
    """
    sessions: list[RecordedSession] = []

    def load(model: Any, options: onnxruntime.SessionOptions, **more: Any) -> RecordedSession:
        if profiles is not None:
            options.enable_profiling = True
            options.profile_file_prefix = str(profiles / "profile")
        sessions.append(RecordedSession(_LOADED(model, options, **more)))
        return sessions[-1]

    with patch.object(onnxruntime, "InferenceSession", load):
        yield sessions


def operator_times(session: RecordedSession) -> Counter[str]:
    """Return how long each operator ran in all runs of a session that was profiled, in microseconds, and end that."""
    profile = Path(session.end_profiling())
    spent: Counter[str] = Counter()
    for event in json.loads(profile.read_text(encoding="utf-8")):
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            spent[event["args"]["op_name"]] += event["dur"]
    return spent
