"""The record of promotions and rollbacks: one JSON line each, only ever appended."""

from __future__ import annotations

import getpass
import json
import os
from datetime import UTC, datetime
from typing import Any

from . import artifacts
from .settings import Settings


def record(settings: Settings, model: str, **entry: Any) -> dict[str, Any]:
    """Append one record: who, when, and the fields given. Returns it."""
    full = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": _who(),
        "environment": settings.env,
        "model": model,
        **entry,
    }
    line = json.dumps(full, sort_keys=True, default=str) + "\n"
    uri = f"{settings.audit.root.rstrip('/')}/{model}.jsonl"
    path = artifacts.local_path(uri)
    if path is None:
        # Object stores cannot append: one object per record, named so that it is never replaced.
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        artifacts.write_bytes(
            f"{settings.audit.root.rstrip('/')}/{model}/{stamp}.json", line.encode()
        )
        return full
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(line)
    return full


def read(settings: Settings, model: str) -> list[dict[str, Any]]:
    """Return the records of a model kept in a local folder, oldest first."""
    path = artifacts.local_path(f"{settings.audit.root.rstrip('/')}/{model}.jsonl")
    if path is None or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _who() -> str:
    actor = os.environ.get("MLOPS_ACTOR")
    if actor:
        return actor
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
