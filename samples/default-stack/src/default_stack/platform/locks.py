"""Locks for commands of which only one can run in a repository at a time."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from .errors import UserError
from .strict_json import dumps


@contextmanager
def only_one(path: Path, command: str) -> Iterator[None]:
    """Hold the lock file `path` for the block; the file names the process and its `command`.

    The system releases the lock when the process ends, however it ends. Raises UserError, which
    names the other process, if it holds the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The file stays: a process that deleted it could delete the lock of another one.
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(_taken(path, command)) from None
        file.truncate(0)
        since = datetime.now(UTC).isoformat(timespec="seconds")
        file.write(dumps({"pid": os.getpid(), "command": command, "since": since}))
        file.flush()
        yield


def _taken(path: Path, command: str) -> str:
    try:
        other = json.loads(path.read_text(encoding="utf-8"))
        holder = f"`{other['command']}` (process {other['pid']}, since {other['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        # The other process has the lock and has not written its name yet.
        holder = "another process"
    return (
        f"{holder} runs in this repository and uses the same files: run {command} when it has ended"
    )
