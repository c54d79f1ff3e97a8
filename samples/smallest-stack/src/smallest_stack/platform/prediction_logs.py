"""Prediction logs, read: a file of JSON lines, or a folder that services fill piece by piece."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from . import artifacts
from .errors import UserError
from .settings import Settings

# Stands for the log of the environment, wherever its settings keep it.
LOG = "log"
ENDING = ".jsonl"
# A file of this size was set aside by the service, which keeps one.
EARLIER = f"{ENDING}.1"
AT_ONCE = 16


def locate(settings: Settings, uri: str = LOG) -> str:
    """Return a URI as it is, for LOG where that of the environment is read.

    That is `serving.prediction_archive`; without one, the file that a service on this machine
    writes. Raises SettingsError.
    """
    if uri != LOG:
        return uri
    archive = settings.optional("serving", "prediction_archive")
    return settings.resolve(archive or settings.value("serving", "prediction_log"))


def is_log(uri: str) -> bool:
    """Whether a URI is a prediction log, and no table: a file by its name, or a folder."""
    return uri.endswith((ENDING, EARLIER)) or artifacts.is_folder(uri)


def entries(uri: str) -> Iterator[dict[str, Any]]:
    """Yield what a log holds, newest first, as far as it is asked for.

    Pieces of services that ran side by side come one after the other. Raises UserError if there is
    no such log.
    """
    pieces = _pieces(uri)
    if not pieces:
        raise UserError(f"no prediction log at {uri}")
    waiting = iter(reversed(pieces))
    # Pieces are many and small. A file is large, and the one before it is seldom asked for.
    at_once = 1 if uri.endswith((ENDING, EARLIER)) else AT_ONCE
    with ThreadPoolExecutor(at_once) as pool:
        while batch := list(islice(waiting, at_once)):
            for content in pool.map(artifacts.read_bytes, batch):
                for line in reversed(content.splitlines()):
                    try:
                        entry = json.loads(line)
                    except ValueError:
                        # The last line of a log that is being written may be incomplete.
                        continue
                    yield entry


def _pieces(uri: str) -> list[str]:
    """Return the files of a log, oldest first; the names of pieces begin with their time."""
    if not uri.endswith((ENDING, EARLIER)):
        return [found for found in artifacts.list_files(uri) if found.endswith(ENDING)]
    found = [f"{uri}.1", uri] if uri.endswith(ENDING) else [uri]
    return [piece for piece in found if artifacts.exists(piece)]
