"""A model hub on loopback that speaks the real one's protocol, so that the real client can be tested against it.

As on the real hub, ``/api/models/{repo}/revision/{revision}`` states the commit and lists its files, and
``/{repo}/resolve/{revision}/{file}`` answers with the file's commit, digest and size. A large file is one of Git LFS:
its digest is its SHA-256, and the client is sent on to another origin for the bytes, where ranges work and the token
has no business. A small one is answered at once, and its digest is git's.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import unquote, urlsplit

_INFO = re.compile(r"/api/models/(?P<repo>[^/]+/[^/]+?)(/revision/(?P<revision>[^/]+))?")
_RESOLVE = re.compile(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)")


@dataclass(frozen=True, slots=True)
class Request:
    """A request the hub saw; ``target`` is a path, or a URL if a proxy was asked."""

    method: str
    target: str
    headers: dict[str, str]


@dataclass
class Hub:
    """Serves files, logs requests and interrupts downloads on demand; a context manager.

    Attributes:
        files: (repository, commit, file name) -> content.
        branches: (repository, branch or tag) -> commit.
        small: Endings of the names of files that are not in Git LFS.
        token: If set, what a request must carry.
        gated: Repositories whose files are refused, even to those who may see them.
        instead: If set, what the storage gives instead of a large file.
        stall_after: Hold the first download of a large file after so many bytes: ``stalled`` is set, and it goes on
            with ``release``.
        cut_after: Close the connection of the first download of a large file after so many bytes.
        requests: What was asked, in order.
    """

    files: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    branches: dict[tuple[str, str], str] = field(default_factory=dict)
    small: tuple[str, ...] = (".json", ".txt", ".md")
    token: str | None = None
    gated: set[str] = field(default_factory=set)
    instead: bytes | None = None
    stall_after: int | None = None
    cut_after: int | None = None
    requests: list[Request] = field(default_factory=list)
    stalled: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        handler = type("Handler", (_Handler,), {"hub": self})
        self._servers = [ThreadingHTTPServer(("127.0.0.1", 0), handler) for _ in range(2)]
        self.url, self.storage_url = (f"http://127.0.0.1:{server.server_port}" for server in self._servers)

    def __enter__(self) -> Hub:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def downloads(self) -> list[Request]:
        """Return the requests for a file's bytes."""
        return [request for request in self.requests if request.method == "GET" and "/storage/" in request.target]

    def lookups(self) -> list[Request]:
        """Return the requests for where a file is."""
        return [request for request in self.requests if "/resolve/" in request.target]

    def listings(self) -> list[Request]:
        """Return the requests for what is in a repository."""
        return [request for request in self.requests if "/api/models/" in request.target]

    def commit(self, repo: str, revision: str) -> str | None:
        """Return the commit that a branch, a tag or a commit is, if there is one."""
        commit = self.branches.get((repo, revision), revision)
        return commit if any(key[:2] == (repo, commit) for key in self.files) else None


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def _answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.hub.requests.append(Request(self.command, self.path, headers))
        path = urlsplit(self.path).path
        if path.startswith("/storage/"):
            self._send_content(path.removeprefix("/storage/"), headers.get("range"))
        elif match := _RESOLVE.fullmatch(path):
            if commit := self._commit(match["repo"], unquote(match["revision"]), headers):
                self._send_location(match["repo"], commit, unquote(match["file"]))
        elif match := _INFO.fullmatch(path):
            if commit := self._commit(match["repo"], unquote(match["revision"] or "main"), headers):
                self._send_listing(match["repo"], commit)
        else:
            self._send(404, {})

    def _commit(self, repo: str, revision: str, headers: dict[str, str]) -> str | None:
        """Return the commit that is meant, or refuse the request."""
        if self.hub.token and headers.get("authorization") != f"Bearer {self.hub.token}":
            # The real hub does not tell a stranger whether a private repository exists.
            self._send(401, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Invalid username or password."})
        elif repo not in {key[0] for key in self.hub.files}:
            self._send(404, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"})
        elif (commit := self.hub.commit(repo, revision)) is None:
            self._send(404, {"X-Error-Code": "RevisionNotFound", "X-Error-Message": f"Invalid rev id: {revision}"})
        else:
            return commit
        return None

    def _send_listing(self, repo: str, commit: str) -> None:
        siblings = []
        for (owner, at, file), content in self.hub.files.items():
            if (owner, at) == (repo, commit):
                sibling = {"rfilename": file, "size": len(content), "blobId": _git_digest(content)}
                if not file.endswith(self.hub.small):
                    digest = hashlib.sha256(content).hexdigest()
                    sibling["lfs"] = {"sha256": digest, "size": len(content), "pointerSize": 134}
                siblings.append(sibling)
        body = json.dumps({"_id": "0", "id": repo, "modelId": repo, "sha": commit, "siblings": siblings}).encode()
        self._send_head(200, {"Content-Type": "application/json"}, len(body))
        self.wfile.write(body)

    def _send_location(self, repo: str, commit: str, file: str) -> None:
        content = self.hub.files.get((repo, commit, file))
        if repo in self.hub.gated:
            self._send(403, {"X-Error-Code": "GatedRepo", "X-Error-Message": f"Access to model {repo} is restricted"})
        elif content is None:
            self._send(404, {"X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found"})
        elif file.endswith(self.hub.small):
            self._send_head(200, {"X-Repo-Commit": commit, "ETag": f'"{_git_digest(content)}"'}, len(content))
            if self.command == "GET":
                self.wfile.write(content)
        else:
            digest = hashlib.sha256(content).hexdigest()
            headers = {"X-Repo-Commit": commit, "X-Linked-Size": str(len(content)), "X-Linked-ETag": f'"{digest}"'}
            self._send(302, {**headers, "Location": f"{self.hub.storage_url}/storage/{digest}"})

    def _send_content(self, digest: str, wanted: str | None) -> None:
        content = next(data for data in self.hub.files.values() if hashlib.sha256(data).hexdigest() == digest)
        content = content if self.hub.instead is None else self.hub.instead
        headers = {"ETag": f'"{digest}"', "Accept-Ranges": "bytes"}
        start, end = 0, len(content)
        if wanted:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start, end = int(first), int(last) + 1 if last else end
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(content)}"
        self._send_head(206 if wanted else 200, headers, end - start)
        if self.command == "GET":
            self._send_body(content[start:end])

    def _send(self, status: int, headers: dict[str, str]) -> None:
        self._send_head(status, headers, 0)

    def _send_head(self, status: int, headers: dict[str, str], length: int) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send_body(self, body: bytes) -> None:
        hub = self.hub
        (stall, hub.stall_after), (cut, hub.cut_after) = (hub.stall_after, None), (hub.cut_after, None)
        try:
            if stall is not None:
                self.wfile.write(body[:stall])
                hub.stalled.set()
                hub.release.wait(timeout=30)
                body = body[stall:]
            self.wfile.write(body[:cut])
        except OSError:  # the client went away
            cut = 0
        self.close_connection = cut is not None


def _git_digest(content: bytes) -> str:
    """Return what git calls a file of this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
