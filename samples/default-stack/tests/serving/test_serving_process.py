"""The service as a real process: it follows the registry, and it ends gracefully."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from default_stack.platform import models
from default_stack.platform.paths import RunPaths
from default_stack.registry import get_registry
from default_stack.serving import client, protocols
from default_stack.serving.outputs import is_close


def wait(what: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "the condition did not hold in time"
        time.sleep(0.05)


def test_follows_the_champion_and_rolls_back(home: Path, run: RunPaths, model: str) -> None:
    registry = get_registry()
    champion = registry.get(model)
    assert champion is not None
    with client.running({"MLOPS_SERVING__POLL_SECONDS": "0.1"}) as (base_url, _):

        def version() -> Any:
            return client.call(f"{base_url}/version")[1]["models"][model]["version"]

        assert version() == champion.version
        newer = registry.register(model, Path(run.package), {"auc": 0.75}, {})
        registry.promote(model, newer)
        wait(lambda: version() == newer)
        assert client.predict(model, base_url).model_version == newer
        registry.promote(model, champion.version)
        wait(lambda: version() == champion.version)


def test_an_open_request_is_answered_before_the_end(
    home: Path, pinned: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_SERVING__PINNED", pinned)
    path, body = protocols.request(models.load(model).contract, [client.sample(model)])
    content = json.dumps(body).encode()
    with client.running() as (base_url, process):
        host, port = str(urlsplit(base_url).hostname), int(urlsplit(base_url).port or 0)
        with socket.create_connection((host, port), timeout=20) as connection:
            head = {"host": host, "content-length": len(content), "expect": "100-continue"}
            lines = [f"{name}: {value}" for name, value in {**head, **client.headers(body)}.items()]
            connection.sendall("\r\n".join([f"POST {path} HTTP/1.1", *lines, "", ""]).encode())
            # The service sends this when the route starts to read the body.
            assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
            process.terminate()
            wait(lambda: not listens(host, port))
            time.sleep(1.0)  # Long enough for a service that does not wait to exit.
            assert process.poll() is None
            connection.sendall(content)
            with connection.makefile("rb") as answer:
                received = answer.read()
        code = process.wait(15)
    head_received, _, json_received = received.partition(b"\r\n\r\n")
    assert head_received.startswith(b"HTTP/1.1 200 ")
    assert len(protocols.reply(json.loads(json_received)).predictions) == 1
    assert code in client.GRACEFUL


def listens(host: str, port: int) -> bool:
    """Return whether a connection is accepted."""
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


def test_smoke(home: Path, pinned: str, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_SERVING__PINNED", pinned)
    seen = client.smoke(model)
    for logged, answered in zip(seen["logged"], seen["predictions"], strict=True):
        assert is_close(logged, answered, 0)
    assert seen["exit"] in client.GRACEFUL
