"""Follow the champion alias of every model.

The registry's client runs in a process of its own (`python -m <package>.serving.follow`): the
service neither imports it nor waits for it. At every look-up, that process writes one JSON line per
model and then `null`, to a pipe that only these lines use: whatever a library prints goes to
standard error. It exits when its standard input closes, so it never outlives the service.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import math
import os
import select
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ..platform import models
from ..platform.events import emit
from ..platform.strict_json import dumps
from .config import Target

# Why a look-up failed, as the label `reason` of the metric: the process that looks up, or the
# registry that it asks.
FOLLOWER = "follower"
REGISTRY = "registry"
REASONS = (FOLLOWER, REGISTRY)

# A look-up that takes longer is stuck. Clients of registries repeat failed requests for minutes.
STALL_SECONDS = 300.0
# Shortest time until a process that failed is replaced.
RESTART_SECONDS = 1.0
# Longest line; the metrics of a version are part of it.
LINE_BYTES = 1_000_000


@dataclass(frozen=True)
class Missed:
    """A failed look-up of a model, or of all models if `model` is None."""

    model: str | None
    reason: str
    error: str


@dataclass(frozen=True)
class NoChampion:
    """The registry answered, and has no champion of this model."""

    model: str


# Results of look-ups; None marks the end of one look-up of all models.
Found = Target | NoChampion | Missed | None
Source = AsyncIterator[Found]


class _BrokenLineError(Exception):
    """The process wrote something else than results."""


async def follow_alias(
    seconds: float, stall_seconds: float = STALL_SECONDS, command: Sequence[str] = ()
) -> AsyncIterator[Found]:
    """Yield the result of every model and then None, every `seconds`.

    A process that exits, writes anything but results, or is silent for `stall_seconds` beyond
    `seconds` is reported as a missed look-up of all models, and replaced. `command` replaces the
    process; it receives the file descriptor of the pipe as its last argument.
    """
    command = command or (sys.executable, "-m", __name__, "--seconds", str(seconds), "--to")
    while True:
        results = _results(command, seconds + stall_seconds)
        try:
            async for found in results:
                yield found
        except Exception as error:
            # Whatever happens to the process, the service continues to follow.
            message = f"{type(error).__name__}: {error}"
            emit("serving_follow_ended", error=message)
            yield Missed(None, FOLLOWER, message)
        finally:
            await results.aclose()
        await asyncio.sleep(max(RESTART_SECONDS, seconds))


async def _results(command: Sequence[str], patience: float) -> AsyncGenerator[Found]:
    """Yield the results of one process. Raises an error when it ends or is silent too long."""
    read, write = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            str(write),
            stdin=asyncio.subprocess.PIPE,
            pass_fds=(write,),
            # Ctrl-C in a terminal must not end it before the service.
            start_new_session=True,
        )
    except BaseException:
        os.close(read)
        raise
    finally:
        os.close(write)
    lines = asyncio.StreamReader(limit=LINE_BYTES)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), os.fdopen(read, "rb")
    )
    try:
        while line := await asyncio.wait_for(lines.readline(), patience):
            yield _parse(line)
    except TimeoutError:
        raise TimeoutError(f"no look-up ended within {patience:.0f} s") from None
    finally:
        transport.close()
        await _end(process)
    raise ChildProcessError(f"the process ended with {process.returncode}")


def _parse(line: bytes) -> Found:
    """Return the result of one line. Raises _BrokenLineError if the line is none."""
    try:
        value = msgspec.convert(json.loads(line), dict[str, Any] | None)
        if value is None:
            return None
        kind: type[Target | NoChampion | Missed] = Target if "version" in value else NoChampion
        if "error" in value:
            kind, value["reason"] = Missed, REGISTRY
        if set(value) != {field.name for field in dataclasses.fields(kind)}:
            raise ValueError("other fields")
        # The types too: a version with other ones would break every later scrape of the metrics.
        return msgspec.convert(value, kind)
    except (ValueError, RecursionError) as error:
        raise _BrokenLineError(f"not a result of a look-up: {line[:200]!r}") from error


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
    """Write the versions to serve until standard input closes."""
    parser = argparse.ArgumentParser(description="Write the champion of every model.")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--to", type=int, required=True, help="file descriptor for the results")
    arguments = parser.parse_args()
    # Some systems signal all processes of a service; the service decides when this one ends.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # Standard output belongs to the service, which may write metrics or events to it.
    os.dup2(2, 1)
    registry: Any = None
    with os.fdopen(arguments.to, "w", encoding="utf-8") as results:
        while True:
            for model in models.names():
                try:
                    if registry is None:
                        from ..registry import get_registry

                        registry = get_registry()
                    target = look(registry, model)
                except Exception as error:
                    # A path in the text can have bytes that are no text; the service shows it.
                    text = f"{type(error).__name__}: {error}".encode(errors="backslashreplace")
                    line: dict[str, Any] = {"model": model, "error": text.decode()}
                else:
                    line = dataclasses.asdict(target) if target else {"model": model}
                print(dumps(line), file=results, flush=True)
            print("null", file=results, flush=True)
            if select.select([sys.stdin], [], [], arguments.seconds)[0]:
                return


if __name__ == "__main__":
    main()
