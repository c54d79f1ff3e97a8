"""The service as a real process: it follows the registry, and it ends gracefully."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smallest_stack.client import service
from smallest_stack.client.outputs import is_close
from smallest_stack.platform.paths import RunPaths
from smallest_stack.registry import get_registry


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
    with service.running({"MLOPS_SERVING__POLL_SECONDS": "0.1"}) as (base_url, _):

        def version() -> Any:
            return service.call(f"{base_url}/version")[1]["models"][model]["version"]

        assert version() == champion.version
        newer = registry.register(model, Path(run.package), {"auc": 0.75}, {})
        registry.promote(model, newer)
        wait(lambda: version() == newer)
        assert service.predict(model, base_url).model_version == newer
        registry.promote(model, champion.version)
        wait(lambda: version() == champion.version)


def test_smoke(home: Path, pinned: str, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_SERVING__PINNED", pinned)
    seen = service.smoke(model)
    for logged, answered in zip(seen["logged"], seen["predictions"], strict=True):
        assert is_close(logged, answered, 0)
    assert seen["exit"] in service.GRACEFUL
