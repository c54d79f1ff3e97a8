"""A corporate network on loopback: package indexes, with and without TLS and upload times, and proxies.

    python servers.py WHEELS CERTIFICATE KEY SECONDS

Adds two versions of the package `corporate` to the folder WHEELS and serves it, until SECONDS have
passed or standard input closes. Prints the ports as JSON. The proxies also resolve the name
`index.test`, which does not exist outside of them. Each line on standard error is a request: the
server, the method and the target.
"""

import base64
import hashlib
import json
import os
import select
import socket
import ssl
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

WHEELS, CERTIFICATE, KEY, SECONDS = sys.argv[1:]
UPLOADED = "2020-01-01T00:00:00Z"
USER = "Basic " + base64.b64encode(b"user:secret").decode()


def write_wheel(name, version):
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f'VERSION = "{version}"\n',
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(f"{WHEELS}/{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)


def name_of(wheel):
    return wheel.name.split("-")[0].replace("_", "-").lower()


class Index(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        print(self.server.title, self.command, self.path, file=sys.stderr, flush=True)
        parts = urlsplit(self.path).path.strip("/").split("/")
        wheels = sorted(Path(WHEELS).glob("*.whl"))
        if parts[0] == "files":
            found = [wheel for wheel in wheels if wheel.name == parts[-1]]
            return self.send(found[0].read_bytes()) if found else self.send_error(404)
        found = [wheel for wheel in wheels if name_of(wheel) == parts[-1]]
        return self.page(parts[-1], found) if found and parts[0] == "simple" else self.send_error(404)

    def page(self, name, wheels):
        files = [
            {
                "filename": wheel.name,
                "url": f"/files/{wheel.name}",
                "hashes": {"sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()},
                "size": wheel.stat().st_size,
                **({"upload-time": UPLOADED} if self.server.has_times else {}),
            }
            for wheel in wheels
        ]
        if self.server.has_times:
            versions = [wheel.name.split("-")[1] for wheel in wheels]
            document = {"meta": {"api-version": "1.1"}, "name": name, "versions": versions, "files": files}
            self.send(json.dumps(document).encode(), "application/vnd.pypi.simple.v1+json")
        else:
            links = [f'<a href="{f["url"]}#sha256={f["hashes"]["sha256"]}">{f["filename"]}</a>' for f in files]
            self.send(f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>".encode(), "text/html")

    def send(self, body, kind="application/octet-stream"):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self):
        self.do_GET()

    def log_message(self, *_):
        pass


class Proxy(BaseHTTPRequestHandler):
    def do_CONNECT(self):
        print(self.server.title, "CONNECT", self.path, file=sys.stderr, flush=True)
        if self.server.has_user and self.headers["Proxy-Authorization"] != USER:
            self.send_response(407)
            self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        host, _, port = self.path.rpartition(":")
        if host not in ("index.test", "127.0.0.1", "localhost"):
            return self.send_error(403)
        with socket.create_connection(("127.0.0.1", int(port)), 5) as target:
            self.send_response(200)
            self.end_headers()
            pipe = {self.connection: target, target: self.connection}
            while True:
                for end in select.select(list(pipe), [], [], 20)[0] or [None]:
                    piece = end.recv(65536) if end else b""
                    if not piece:
                        return
                    pipe[end].sendall(piece)

    def do_GET(self):
        print(self.server.title, "GET", self.path, file=sys.stderr, flush=True)
        self.send_error(502)

    def log_message(self, *_):
        pass


def serve(title, handler, tls=False, **settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.title = title
    for name, value in settings.items():
        setattr(server, name, value)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE, KEY)
        # The handshake is done in the thread of the connection, so that a client that refuses the
        # certificate does not end the server.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


for version in ("1.0", "2.0"):
    write_wheel("corporate", version)
ports = {
    "plain": serve("plain", Index, has_times=True),
    "tls": serve("tls", Index, tls=True, has_times=True),
    "undated": serve("undated", Index, tls=True, has_times=False),
    "proxy": serve("proxy", Proxy, has_user=False),
    "guarded": serve("guarded", Proxy, has_user=True),
}
threading.Timer(float(SECONDS), os._exit, [0]).start()
print(json.dumps(ports), flush=True)
sys.stdin.read()
os._exit(0)
