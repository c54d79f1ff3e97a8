"""A server on loopback that records the requests of a tracker's client."""

from __future__ import annotations

import contextlib
import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Request:
    """A request. body: decompressed."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    """`requests`: all requests so far. `refuses`: whether it answers each request with 403."""

    url: str
    refuses: bool = False
    requests: list[Request] = field(default_factory=list)

    def of(self, text: str) -> list[Request]:
        """Return the requests whose path contains a text."""
        return [request for request in self.requests if text in request.path]


@contextmanager
def recording(answer: Callable[[Server, Request], tuple[int, Any]]) -> Iterator[Server]:
    """Serve `answer` while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            # A client that ends does not close its connections.
            with contextlib.suppress(ConnectionError):
                super().handle()

        def any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            request = Request(self.command, self.path, body, dict(self.headers))
            found.requests.append(request)
            refused = (403, {"error": "refused", "errors": [{"message": "refused"}]})
            status, value = refused if found.refuses else answer(found, request)
            content = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_PATCH = do_POST = do_PUT = any

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        found = Server(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
