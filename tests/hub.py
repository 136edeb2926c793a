"""A model hub on loopback that speaks the real one's protocol, so that the real client can be tested against it.

As on the real hub, ``/{repo}/resolve/{revision}/{file}`` answers with the file's commit, digest and size and sends
the client on to another origin for the bytes, where ranges work and the token has no business.
"""

from __future__ import annotations

import hashlib
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

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
        token: If set, what a request must carry.
        stall_after: Hold the first download after so many bytes: ``stalled`` is set, and it goes on with ``release``.
        cut_after: Close the first download's connection after so many bytes.
        requests: What was asked, in order.
    """

    files: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    token: str | None = None
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
            self._send_location(match["repo"], match["revision"], match["file"], headers.get("authorization"))
        else:
            self._send(404, {})

    def _send_location(self, repo: str, revision: str, file: str, authorization: str | None) -> None:
        known = self.hub.files
        if self.hub.token and authorization != f"Bearer {self.hub.token}":
            # The real hub does not tell a stranger whether a private repository exists.
            self._send(401, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Invalid username or password."})
        elif repo not in {key[0] for key in known}:
            self._send(404, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"})
        elif revision not in {key[1] for key in known if key[0] == repo}:
            self._send(404, {"X-Error-Code": "RevisionNotFound", "X-Error-Message": f"Invalid rev id: {revision}"})
        elif (content := known.get((repo, revision, file))) is None:
            self._send(404, {"X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found"})
        else:
            digest = hashlib.sha256(content).hexdigest()
            headers = {"X-Repo-Commit": revision, "X-Linked-Size": str(len(content)), "X-Linked-ETag": f'"{digest}"'}
            self._send(302, {**headers, "Location": f"{self.hub.storage_url}/storage/{digest}"})

    def _send_content(self, digest: str, wanted: str | None) -> None:
        content = next(data for data in self.hub.files.values() if hashlib.sha256(data).hexdigest() == digest)
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
