"""Move the prediction log to the artifact store, file by file, while the service runs."""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ..platform import artifacts
from ..platform.events import emit
from ..platform.sections.serving import Serving
from ..platform.settings import Settings

PIECE_BYTES = 8_000_000
RETRY_SECONDS = 30.0
CLOSE_SECONDS = 10.0


def archive_of(settings: Settings, config: Serving) -> Archive | None:
    """Return the archive of the settings; None if they do not name one."""
    if config.prediction_archive is None:
        return None
    log = Path(settings.resolve(config.prediction_log))
    uri = settings.resolve(config.prediction_archive)
    return Archive(uri, log, seconds=config.archive_seconds, max_bytes=config.log_bytes)


class Archive:
    """Rotates the log and moves the rotated files, in a thread or when `move` is called.

    A file becomes `<uri>/<date>/<time>-<unique>.jsonl`: names are unique across services and sorted
    by time. A file that cannot be moved stays next to the log and is tried again, also after a
    restart. Above `max_bytes`, the oldest file is deleted; `lost` counts its entries, per model.
    """

    def __init__(
        self, uri: str, log: Path, seconds: float = 300.0, max_bytes: int = 100_000_000
    ) -> None:
        """Create an archive; nothing is written before `start`.

        seconds: age at which the log is rotated. max_bytes: limit of the files that are not moved
            yet.
        """
        self.lost: Counter[str] = Counter()
        self._uri = uri.rstrip("/")
        self._log = log
        self._waiting = log.with_name(f"{log.name}.pieces")
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._since: float | None = None
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._failing = False
        self._again = 0.0

    def start(self) -> None:
        """Start the thread that moves files; files of an earlier process come first."""
        self._stop.clear()
        self.set_aside()
        self._thread = threading.Thread(target=self._run, name="prediction-archive", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Move the remaining files, for at most CLOSE_SECONDS."""
        # In this order: when the thread sees the end, the last file is already there to move.
        self.set_aside()
        self._stop.set()
        self._wake.set()
        if self._thread is None:
            self.move()
        else:
            self._thread.join(timeout=CLOSE_SECONDS)
            self._thread = None

    def grown(self, size: int) -> None:
        """Take from the writer the current size of the log, in bytes."""
        if self._since is None:
            self._since = time.monotonic()
        if size >= PIECE_BYTES:
            self.set_aside()

    def look(self) -> None:
        """Rotate the log if it is old enough."""
        if self._since is not None and time.monotonic() - self._since >= self._seconds:
            self.set_aside()

    def set_aside(self) -> None:
        """Rotate the log and wake the thread that moves files; the writer starts a new file."""
        self._since = None
        piece = f"{datetime.now(UTC):%Y-%m-%dT%H%M%S.%f}-{uuid.uuid4().hex[:12]}.jsonl"
        try:
            if self._log.is_file():
                self._waiting.mkdir(parents=True, exist_ok=True)
                os.replace(self._log, self._waiting / piece)
        except OSError as error:
            self._told(error)
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait(RETRY_SECONDS if self._failing else None)
            # In this order: a later rotation wakes the next round.
            self._wake.clear()
            is_last = self._stop.is_set()
            self.move()
            if is_last:
                return

    def move(self) -> None:
        """Move the rotated files. After a failure, the next attempt is RETRY_SECONDS later."""
        if self._failing and time.monotonic() < self._again and not self._stop.is_set():
            return
        pieces = sorted(self._waiting.glob("*.jsonl")) if self._waiting.is_dir() else []
        for piece in pieces:
            try:
                artifacts.upload(piece, f"{self._uri}/{piece.name[:10]}/{piece.name[11:]}")
            except Exception as error:
                # Each store raises its own errors; the move is tried again after any of them.
                self._told(error)
                self._bound()
                return
            piece.unlink()
            self._failing = False

    def _bound(self) -> None:
        """Delete the oldest files until the rest fits `max_bytes`."""
        pieces = sorted(self._waiting.glob("*.jsonl"))
        size = sum(piece.stat().st_size for piece in pieces)
        for piece in pieces:
            if size <= self._max_bytes:
                return
            size -= piece.stat().st_size
            self.lost.update(_models(piece))
            piece.unlink()

    def _told(self, error: Exception) -> None:
        if not self._failing:
            emit("prediction_archive_failed", uri=self._uri, error=str(error))
        self._failing = True
        self._again = time.monotonic() + RETRY_SECONDS


def _models(piece: Path) -> Iterator[str]:
    """Yield the model of each entry of a file."""
    for line in piece.read_bytes().splitlines():
        try:
            yield str(json.loads(line)["model"])
        except (ValueError, KeyError, TypeError):
            # A line of a process that was killed.
            continue
