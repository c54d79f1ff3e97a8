"""Read prediction logs: a file of JSON lines, or a folder of such files from several services."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from . import artifacts
from .errors import UserError
from .settings import Settings

# Placeholder for the prediction log that the settings of the environment name.
LOG = "log"
ENDING = ".jsonl"
# The service renames the log to this suffix at its maximum size, and keeps one such file.
EARLIER = f"{ENDING}.1"
AT_ONCE = 16
POLL_SECONDS = 0.05


def locate(settings: Settings, uri: str = LOG) -> str:
    """Return a URI unchanged; for LOG, return the prediction log of the environment.

    That is `serving.prediction_archive`, or else the file that a service on this computer writes.
    Raises SettingsError.
    """
    if uri != LOG:
        return uri
    archive = settings.optional("serving", "prediction_archive")
    return settings.resolve(archive or settings.value("serving", "prediction_log"))


def is_log(uri: str) -> bool:
    """Whether a URI is a prediction log (by its file name, or as it is a folder), not a table."""
    return uri.endswith((ENDING, EARLIER)) or artifacts.is_folder(uri)


def entries(uri: str) -> Iterator[dict[str, Any]]:
    """Yield the entries of a log lazily, newest first.

    Files of services that ran at the same time follow one another; their entries are not merged.
    Raises UserError if the log does not exist.
    """
    pieces = _pieces(uri)
    if not pieces:
        raise UserError(f"no prediction log at {uri}")
    waiting = iter(reversed(pieces))
    # An archive has many small files. A log file is large, and its predecessor is seldom needed.
    at_once = 1 if uri.endswith((ENDING, EARLIER)) else AT_ONCE
    with ThreadPoolExecutor(at_once) as pool:
        while batch := list(islice(waiting, at_once)):
            for content in pool.map(artifacts.read_bytes, batch):
                yield from _newest_first(content)


def find(path: Path, request_id: str, seconds: float = 2.0) -> dict[str, Any] | None:
    """Return the newest entry of a request, waiting for the writer up to `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        for entry in _newest_first(path.read_bytes() if path.is_file() else b""):
            if entry.get("request_id") == request_id:
                return entry
        if time.monotonic() >= deadline:
            return None
        time.sleep(POLL_SECONDS)


def _newest_first(content: bytes) -> Iterator[dict[str, Any]]:
    for line in reversed(content.splitlines()):
        # A line can be half written: the last one, or one of a process that was killed.
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def predictions(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the predictions of an entry: for each row, the outputs by name.

    Entries that were written before there were several outputs have `scores` only.
    """
    found: list[dict[str, Any]] | None = entry.get("predictions")
    return [{"score": score} for score in entry["scores"]] if found is None else found


def summary(prediction: Mapping[str, Any]) -> str:
    """Return the outputs of one prediction with a single value, as text."""
    return ", ".join(
        f"{name} {value:.6f}" if isinstance(value, float) else f"{name} {value}"
        for name, value in prediction.items()
        if isinstance(value, (int, float, str))
    )


def _pieces(uri: str) -> list[str]:
    """Return the files of a log, oldest first; names in an archive start with their time."""
    if not uri.endswith((ENDING, EARLIER)):
        return [found for found in artifacts.list_files(uri) if found.endswith(ENDING)]
    found = [f"{uri}.1", uri] if uri.endswith(ENDING) else [uri]
    return [piece for piece in found if artifacts.exists(piece)]
