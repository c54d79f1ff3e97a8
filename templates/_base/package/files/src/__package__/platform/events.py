"""Write events as JSON lines: to stderr, or to the file that MLOPS_EVENTS names."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from typing import Any


def emit(event: str, **fields: Any) -> None:
    """Write one event with the current time; values that JSON cannot hold are written as text."""
    record = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event}
    line = json.dumps(record | fields, default=str)
    path = os.environ.get("MLOPS_EVENTS")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(line + "\n")
    else:
        print(line, file=sys.stderr, flush=True)
