"""What a command's exit code says."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every verb.

    Attributes:
        DONE: It did what was asked, or what it judged passed.
        FAILED: It judged something, and that failed.
        REFUSED: It was asked for something that cannot be done.
        CANNOT_JUDGE: There was too little to judge.
        INTERRUPTED: It was stopped by the user or the system.
    """

    DONE = 0
    FAILED = 1
    REFUSED = 2
    CANNOT_JUDGE = 3
    INTERRUPTED = 130


#: The exit codes in a line, for help texts.
EXIT_CODES = "exit codes: " + ", ".join(f"{code.value} {code.name.lower().replace('_', ' ')}" for code in ExitCode)
