"""Write events as JSON lines: to stderr, or to the file that MLOPS_EVENTS names."""

from __future__ import annotations

import contextlib
import os
import sys
from datetime import UTC, datetime
from typing import Any

from .strict_json import dumps, finite


def emit(event: str, **fields: Any) -> None:
    """Write one event with the current time. A number that is not finite is written as null.

    An event that cannot be written is dropped, as by `logging`: a full disk or a closed pipe behind
    the events must end neither a step nor a thread of the service.
    """
    record = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event}
    line = dumps(finite(record | fields))
    path = os.environ.get("MLOPS_EVENTS")
    # ValueError: the file is closed.
    with contextlib.suppress(OSError, ValueError):
        if path:
            with open(path, "a", encoding="utf-8") as file:
                file.write(line + "\n")
        else:
            print(line, file=sys.stderr, flush=True)
