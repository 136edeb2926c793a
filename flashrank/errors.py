"""The errors flashrank raises, so that one ``except`` can be as wide or as narrow as a caller needs.

``FlashRankError`` is the base of all three:

- ``InvalidRequest``: what was asked cannot be scored (also a ``ValueError``);
- ``InvalidModel``: the model's files are there, but they cannot be used;
- ``ModelUnavailable``: the model's files are not there, and could not be fetched.

Where the message says what the cause was, the error is raised ``from None``: its traceback ends in flashrank's own
frames, and the cause's is logged at DEBUG.
"""

from __future__ import annotations

import logging
from typing import TypeVar

log = logging.getLogger("flashrank")


class FlashRankError(Exception):
    """Base of every error that flashrank raises on purpose."""


class InvalidRequest(FlashRankError, ValueError):
    """An argument or a request that cannot be scored: the message names the argument and the place."""


class InvalidModel(FlashRankError):
    """A model whose files exist but do not work: the message names the file."""


class ModelUnavailable(FlashRankError):
    """A model that is neither on disk nor obtainable: the message says where it was looked for."""


Error = TypeVar("Error", bound=FlashRankError)


def logged(error: Error, cause: BaseException) -> Error:
    """Log at DEBUG what caused an error, with its traceback, and return the error, to be raised ``from None``."""
    log.debug("%s", error, exc_info=cause)
    return error


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or its class where it has none."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
