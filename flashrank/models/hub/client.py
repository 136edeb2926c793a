"""Files from the hub, through the hub's own client: its token, mirror, proxy, timeouts and offline mode.

The client takes half a second to import and is needed once per model and machine, so it is imported only here
and only when called. Whatever it raises is passed on; ``explain`` puts it into words.
"""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flashrank.errors import first_line
from flashrank.models.spec import ModelSpec

_SHA256 = re.compile(r"[0-9a-f]{64}")

#: What the hub says in a header of its refusal, in words to act on.
_REFUSALS = {
    "GatedRepo": "the hub gives {what} only to those who accepted its terms (HTTP {status}): "
    "accept them on the page of {repository}, and set HF_TOKEN",
    "RepoNotFound": "the hub shows no repository {repository} (HTTP {status}): "
    "check its name, and that HF_TOKEN may read it",
    "RevisionNotFound": "{repository} has no such branch, tag or commit (HTTP {status})",
}


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository.

    Attributes:
        size: In bytes, 0 if the hub does not say.
        sha256: Hex digest, if the hub states one: it does for large files.
    """

    size: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A repository's files at one commit, by path."""

    commit: str
    files: dict[str, HubFile]


def hub_is_off() -> bool:
    """Return whether the environment forbids the client to use the network (``HF_HUB_OFFLINE``)."""
    from huggingface_hub import constants

    return constants.HF_HUB_OFFLINE


def hub_url() -> str:
    """Return where the hub is: the mirror, if ``HF_ENDPOINT`` names one."""
    from huggingface_hub import constants

    return constants.ENDPOINT


def archive_url(spec: ModelSpec) -> str:
    """Return where a model's archive is downloaded from, on the mirror if ``HF_ENDPOINT`` names one."""
    from huggingface_hub import hf_hub_url

    return hf_hub_url(spec.repository, spec.archive, revision=spec.revision)


def list_files(repository: str, revision: str | None) -> Listing:
    """Ask the hub which commit a revision is, and for the files in it.

    Args:
        repository: The repository's id, ``org/name``.
        revision: A branch, tag or commit; the default branch if None.
    """
    from huggingface_hub import HfApi, constants

    info = HfApi(library_name="flashrank").model_info(
        repository, revision=revision, files_metadata=True, timeout=constants.HF_HUB_ETAG_TIMEOUT
    )
    if info.sha is None:
        raise ValueError(f"the hub states no commit for {repository}")
    files = {
        sibling.rfilename: HubFile(sibling.size or 0, sibling.lfs.sha256 if sibling.lfs else None)
        for sibling in info.siblings or ()
    }
    return Listing(info.sha, files)


def stated_sha256(spec: ModelSpec) -> str | None:
    """Return the digest that the hub states for a model's archive at the pinned commit, if it states one."""
    from huggingface_hub import get_hf_file_metadata

    # The hub's tag for a large file is its SHA-256; for a small one it is git's, which is shorter.
    tag = get_hf_file_metadata(archive_url(spec)).etag or ""
    return tag if _SHA256.fullmatch(tag) else None


def fetch_archive(spec: ModelSpec, folder: Path) -> None:
    """Download a model's archive to ``folder / spec.archive``, where it appears whole or not at all."""
    from huggingface_hub import get_hf_file_metadata
    from huggingface_hub.errors import HfHubHTTPError

    # Without a network the download would try for half a minute, warning each time, so ask for one answer first.
    # Any answer will do: what is worth a retry, and what is final, the download knows better.
    with contextlib.suppress(HfHubHTTPError):
        get_hf_file_metadata(archive_url(spec))
    fetch_file(spec.repository, spec.revision, spec.archive, folder)


def fetch_file(repository: str, revision: str, file: str, folder: Path) -> None:
    """Download a file to ``folder / file``, where it appears whole or not at all."""
    from huggingface_hub import hf_hub_download

    hf_hub_download(repository, file, revision=revision, local_dir=folder, library_name="flashrank")


def explain(error: BaseException, repository: str, *, what: str = "it", size: int = 0) -> str:
    """Return one line on why a model could not be installed, and what to do if that is not to try again.

    Args:
        error: What the client, or writing to the cache, raised.
        repository: The repository's id.
        what: What was to be downloaded, as the sentence's object.
        size: Its bytes; 0 if not known.
    """
    for cause in _chain(error):
        response = getattr(cause, "response", None)
        status = getattr(response, "status_code", None)
        if status is not None and response is not None:
            refusal = _REFUSALS.get(response.headers.get("X-Error-Code", ""))
            if refusal:
                return refusal.format(what=what, status=status, repository=repository)
            if status in (401, 403):
                return f"the hub refused access to {what} (HTTP {status}): check that HF_TOKEN may read {repository}"
            if status == 404:
                return f"the hub does not have {what} (HTTP 404): check HF_ENDPOINT"
            return f"the hub answered HTTP {status}"
        if isinstance(cause, OSError):
            if cause.errno in (errno.ENOSPC, errno.EDQUOT):
                return "the disk is full" + (f": {what} alone takes {size / 1e6:.1f} MB" if size else "")
            # A firewall's refusal has one of these numbers too, but no file name.
            if cause.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and cause.filename:
                return f"{cause.filename} cannot be written ({cause.strerror}): set FLASHRANK_CACHE_DIR or cache_dir"
    return f"downloading it failed ({first_line(cause)})"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, the error that caused it, and so on."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__
