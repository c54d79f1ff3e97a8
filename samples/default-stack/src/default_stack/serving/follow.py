"""Follow the champion alias of every model.

The registry's client runs in a process of its own (`python -m <package>.serving.follow`): the
service neither imports it nor waits for it. At every look-up, that process prints one JSON line per
model and then `null`. It exits when its standard input closes, so it never outlives the service.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import math
import select
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

from ..platform import models
from ..platform.events import emit
from .config import Target

# Versions to serve; None marks the end of one look-up of all models.
Source = AsyncIterator[Target | None]


async def follow_alias(seconds: float) -> AsyncIterator[Target | None]:
    """Yield the champion of every model and then None, every `seconds`.

    A failed look-up is reported as an event and yields nothing; a process that exits is restarted.
    """
    while True:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            __name__,
            "--seconds",
            str(seconds),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            told: dict[str, str] = {}
            async for line in process.stdout:
                value = json.loads(line)
                if value is None:
                    yield None
                elif "error" not in value:
                    told.pop(value["model"], None)
                    yield Target(**value)
                elif told.get(value["model"]) != value["error"]:
                    told[value["model"]] = value["error"]
                    emit("serving_follow_failed", **value)
        finally:
            await _end(process)
        emit("serving_follow_ended", code=process.returncode)
        await asyncio.sleep(max(1.0, seconds))


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), timeout=2)
    except TimeoutError:
        process.kill()
        await process.wait()


def look(registry: Any, model: str) -> Target | None:
    """Return the current champion of a model from the registry."""
    found = registry.get(model)
    if found is None:
        return None
    metrics = {
        name: float(value) for name, value in found.metrics.items() if math.isfinite(float(value))
    }
    return Target(model, found.version, found.uri, found.sha256, metrics)


def main() -> None:
    """Print the versions to serve until standard input closes."""
    parser = argparse.ArgumentParser(description="Print the champion of every model.")
    parser.add_argument("--seconds", type=float, required=True)
    seconds = parser.parse_args().seconds
    # Signals can reach the whole process group; the service decides when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    registry: Any = None
    while True:
        for model in models.names():
            try:
                if registry is None:
                    from ..registry import get_registry

                    registry = get_registry()
                target = look(registry, model)
            except Exception as error:
                line: dict[str, Any] = {"model": model, "error": f"{type(error).__name__}: {error}"}
            else:
                line = dataclasses.asdict(target) if target is not None else {}
            if line:
                print(json.dumps(line), flush=True)
        print("null", flush=True)
        if select.select([sys.stdin], [], [], seconds)[0]:
            return


if __name__ == "__main__":
    main()
