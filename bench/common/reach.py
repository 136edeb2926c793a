"""Which places on the network cannot be reached. Each is asked once, so that no later step waits for it again."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from urllib.parse import urlsplit

_PATIENCE = 10.0  # seconds


def origin_of(url: str) -> str:
    """Return scheme and host of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def unreachable(origins: Iterable[str]) -> dict[str, str]:
    """Return origin -> reason, for those that cannot be reached. One that answers anything at all can be.

    All are asked at the same time, through the proxies of the environment, and once by this process.
    """
    wanted = list(dict.fromkeys(origins))
    if not wanted:
        return {}
    with ThreadPoolExecutor(len(wanted)) as pool:
        reasons = pool.map(_why_not, wanted)
        return {origin: reason for origin, reason in zip(wanted, reasons, strict=True) if reason}


@cache
def _why_not(origin: str) -> str:
    import requests

    try:
        requests.head(origin, timeout=_PATIENCE, allow_redirects=False).close()
    except requests.Timeout:
        return f"no answer in {_PATIENCE:.0f} s"
    except requests.RequestException as error:
        cause: BaseException = error
        while cause.__context__ is not None:
            cause = cause.__context__
        return getattr(cause, "strerror", None) or type(cause).__name__
    return ""
