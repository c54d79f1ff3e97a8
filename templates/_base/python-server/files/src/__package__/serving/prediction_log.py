"""Prediction log as JSON lines. A thread writes it, so requests never wait for the disk."""

from __future__ import annotations

import os
import random
import threading
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from ..platform.events import emit
from .archive import Archive

FLUSH_SECONDS = 0.05


class Entry(NamedTuple):
    """One answered request: time (Unix seconds), version, inputs and predictions.

    predictions: one object per row. rows: total number of rows; `columns` and `predictions` can
    hold only the first ones.
    """

    at: float
    request_id: str
    model: str
    version: str
    columns: Mapping[str, Sequence[Any]]
    predictions: Sequence[Mapping[str, Any]]
    rows: int | None = None


class PredictionLog:
    """A bounded queue before a file. A full queue or a failed write drops and counts entries."""

    def __init__(
        self,
        path: Path,
        sample: float = 1.0,
        keep_rows: int = 20,
        capacity: int = 10_000,
        max_rows: int = 20_000,
        max_bytes: int = 100_000_000,
        archive: Archive | None = None,
    ) -> None:
        """Create a log; nothing is opened before `start`. See `Serving` for the arguments."""
        self.path = path
        self.written = 0
        # One is counted by the event loop and one by the writer, so they need no lock.
        self._refused: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._archive = archive
        self._sample = sample
        self._keep_rows = keep_rows
        self._capacity = capacity
        self._max_rows = max_rows
        self._added = 0
        self._taken = 0
        self._max_bytes = max_bytes
        self._queue: deque[Entry] = deque()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._random = random.Random()
        self._failing = False

    @property
    def queued(self) -> int:
        """Entries that wait to be written."""
        return len(self._queue)

    @property
    def lost(self) -> Counter[str]:
        """Per model: entries that were not written, or were deleted because archiving failed."""
        return self._refused + self._failed + (self._archive.lost if self._archive else Counter())

    @property
    def archive_seconds(self) -> float:
        """How long entries wait to be archived; 0 if none waits or there is no archive."""
        return self._archive.waiting_seconds if self._archive else 0.0

    @property
    def archive_error(self) -> str | None:
        """Why entries wait to be archived; None if no attempt failed."""
        return self._archive.error if self._archive else None

    @property
    def dropped(self) -> int:
        """Number of lost entries of all models."""
        return self.lost.total()

    def add(self, entry: Entry) -> None:
        """Queue an entry if it is sampled; drop it if the queue is full."""
        if self._sample < 1.0 and self._random.random() >= self._sample:
            return
        rows = len(entry.predictions)
        kept = min(rows, self._keep_rows)
        # Each of the two counters is written by one thread only, so they need no lock.
        waiting = self._added - self._taken
        if len(self._queue) >= self._capacity or waiting + kept > self._max_rows:
            self._refused[entry.model] += 1
            return
        if kept < rows:
            # Rows that are not written must not stay in memory.
            columns = {name: values[:kept] for name, values in entry.columns.items()}
            predictions = entry.predictions[:kept]
            entry = entry._replace(columns=columns, predictions=predictions, rows=rows)
        self._added += kept
        self._queue.append(entry)

    def flush(self) -> None:
        """Write the queue, and archive the log if it is due, if no writer thread was started."""
        self._write()
        if self._archive:
            self._archive.look()
            self._archive.move()

    def start(self) -> None:
        """Start the writer."""
        self._stop.clear()
        if self._archive:
            self._archive.start()
        self._thread = threading.Thread(target=self._run, name="prediction-log", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write the queue and stop the writer."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None
        if self._archive:
            self._archive.close()

    def _run(self) -> None:
        while not self._stop.wait(FLUSH_SECONDS):
            self._write()
            if self._archive:
                self._archive.look()
        self._write()

    def _write(self) -> None:
        # Small chunks release the interpreter for the event loop in between.
        while self._queue:
            entries = [self._queue.popleft() for _ in range(min(len(self._queue), 256))]
            self._taken += sum(len(entry.predictions) for entry in entries)
            try:
                size = self._append(b"".join(map(_line, entries)))
            except Exception as error:
                # Not only errors of the disk: the thread must survive an entry that is no JSON.
                self._failed.update(entry.model for entry in entries)
                self._told(error)
                continue
            self.written += len(entries)
            try:
                self._limit(size)
            except OSError as error:
                self._told(error)
            else:
                self._failing = False

    def _told(self, error: Exception) -> None:
        if not self._failing:
            emit("prediction_log_failed", path=str(self.path), error=str(error))
        self._failing = True

    def _limit(self, size: int) -> None:
        """Rotate the log, which has `size` bytes, if it is too large."""
        if self._archive:
            self._archive.grown(size)
        elif size >= self._max_bytes:
            os.replace(self.path, self.path.with_name(f"{self.path.name}.1"))

    def _append(self, lines: bytes) -> int:
        """Write lines at the end of the log and return its size: all of them, or none."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Unbuffered: after an error, exactly the bytes that the disk took are in the file.
        with self.path.open("a+b", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            if end and os.pread(file.fileno(), 1, end - 1) != b"\n":
                # A process that was killed left half a line; the next one must not be part of it.
                lines = b"\n" + lines
            size = end
            try:
                while size - end < len(lines):
                    size += os.write(file.fileno(), lines[size - end :])
            except OSError:
                # The entries count as lost, so none of them may stay, not even half of one.
                file.truncate(end)
                raise
        return size


def _line(entry: Entry) -> bytes:
    names = tuple(entry.columns)
    rows = zip(*entry.columns.values(), strict=True)
    return orjson.dumps(
        {
            "time": datetime.fromtimestamp(entry.at, UTC),
            "request_id": entry.request_id,
            "model": entry.model,
            "model_version": entry.version,
            "rows": entry.rows or len(entry.predictions),
            "features": [dict(zip(names, row, strict=True)) for row in rows],
            "predictions": entry.predictions,
        },
        # Datetimes of a request are in UTC and have no time zone.
        option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NAIVE_UTC,
    )
