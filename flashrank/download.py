"""A model's archive from the hub, through the hub's own client: its token, mirror, proxy, timeouts and offline mode.

The client takes half a second to import and is needed once per model and machine, so it is imported only here
and only when called.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from flashrank.models import ModelSpec


def hub_is_off() -> bool:
    """Return whether the environment forbids the client to use the network (``HF_HUB_OFFLINE``)."""
    from huggingface_hub import constants

    return constants.HF_HUB_OFFLINE


def archive_url(spec: ModelSpec) -> str:
    """Return where a model's archive is downloaded from, on the mirror if ``HF_ENDPOINT`` names one."""
    from huggingface_hub import hf_hub_url

    return hf_hub_url(spec.repository, spec.archive, revision=spec.revision)


def fetch_archive(spec: ModelSpec, folder: Path) -> None:
    """Download a model's archive to ``folder / spec.archive``, where it appears whole or not at all.

    Whatever the client raises is passed on; ``explain`` puts it into words.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError

    # Without a network the download would try for half a minute, warning each time, so ask for one answer first.
    # Any answer will do: what is worth a retry, and what is final, the download knows better.
    with contextlib.suppress(HfHubHTTPError):
        get_hf_file_metadata(archive_url(spec))
    hf_hub_download(spec.repository, spec.archive, revision=spec.revision, local_dir=folder, library_name="flashrank")


def explain(error: BaseException, spec: ModelSpec) -> str:
    """Return one line on why a model could not be installed, and what to do if that is not to try again.

    Args:
        error: What the client, or writing to the cache, raised.
        spec: The model.
    """
    for cause in _chain(error):
        status = getattr(getattr(cause, "response", None), "status_code", None)
        if status in (401, 403):
            return (
                f"the hub refused access to its archive (HTTP {status}): check that HF_TOKEN may read {spec.repository}"
            )
        if status == 404:
            return "the hub does not have its archive (HTTP 404): check HF_ENDPOINT"
        if status is not None:
            return f"the hub answered HTTP {status}"
        if isinstance(cause, OSError):
            if cause.errno in (errno.ENOSPC, errno.EDQUOT):
                return f"the disk is full: the archive alone takes {spec.archive_bytes / 1e6:.1f} MB"
            # A firewall's refusal has one of these numbers too, but no file name.
            if cause.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and cause.filename:
                return f"{cause.filename} cannot be written ({cause.strerror}): set FLASHRANK_CACHE_DIR or cache_dir"
    lines = str(cause).strip().splitlines()
    return f"downloading it failed ({lines[0] if lines else type(cause).__name__})"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, the error that caused it, and so on."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__
