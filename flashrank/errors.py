"""The errors flashrank raises, so that one ``except`` can be as wide or as narrow as a caller needs.

``FlashRankError`` is the base of all three:

- ``InvalidRequest``: what was asked cannot be scored (also a ``ValueError``);
- ``InvalidModel``: the model's files are there, but they cannot be used;
- ``ModelUnavailable``: the model's files are not there, and could not be fetched.
"""

from __future__ import annotations


class FlashRankError(Exception):
    """Base of every error that flashrank raises on purpose."""


class InvalidRequest(FlashRankError, ValueError):
    """An argument or a request that cannot be scored: the message names the argument and the place."""


class InvalidModel(FlashRankError):
    """A model whose files exist but do not work: the message names the file."""


class ModelUnavailable(FlashRankError):
    """A model that is neither on disk nor obtainable: the message says where it was looked for."""
