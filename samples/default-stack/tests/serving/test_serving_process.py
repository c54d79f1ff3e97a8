"""The service as a real process: it follows the registry, and it ends gracefully."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from default_stack.paths import RunPaths
from default_stack.registry import get_registry
from default_stack.serving import client


def wait(what: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not become so in time"
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
        registry.rollback(model)
        wait(lambda: version() == champion.version)


def test_open_requests_are_answered_before_the_end(
    home: Path, pinned: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_SERVING__PINNED", pinned)
    answers: list[Any] = []
    stop = threading.Event()

    def ask(base_url: str) -> None:
        while not stop.is_set():
            try:
                answers.append(client.predict(model, base_url).model_version)
            except Exception as error:
                # Nobody listens any more, or the connection ended before its request was read.
                answers.append(str(error))
                return

    with client.running() as (base_url, process):
        threads = [threading.Thread(target=ask, args=(base_url,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        wait(lambda: len(answers) > 40)
        process.terminate()
        code = process.wait(15)
        stop.set()
        for thread in threads:
            thread.join()
    assert code in client.GRACEFUL
    unread = ("refused", "reset", "closed connection without response")
    others = [answer for answer in answers if answer != "1"]
    assert all(any(text in answer for text in unread) for answer in others), others


def test_smoke(home: Path, pinned: str, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_SERVING__PINNED", pinned)
    seen = client.smoke(model)
    assert seen["logged"] == seen["scores"]
    assert seen["exit"] in client.GRACEFUL
