"""The prediction log, moved to a folder of the artifact store while the service runs."""

from __future__ import annotations

import os
import threading
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from ..platform import artifacts
from ..platform.events import emit
from ..platform.settings import Settings
from .config import Serving

PIECE_BYTES = 8_000_000
RETRY_SECONDS = 30.0
CLOSE_SECONDS = 10.0


def archive_of(settings: Settings, config: Serving) -> Archive | None:
    """Return the archive that the settings name, None if they name none."""
    if config.prediction_archive is None:
        return None
    log = Path(settings.resolve(config.prediction_log))
    uri = settings.resolve(config.prediction_archive)
    return Archive(uri, log, seconds=config.archive_seconds, max_bytes=config.log_bytes)


class Archive:
    """Sets the log aside, piece by piece, and moves the pieces: in a thread, or when it is told to.

    A piece becomes `<uri>/<date>/<time>-<unique>.jsonl`, so that services side by side never meet
    and names are in the order of time. What cannot be moved waits beside the log and is tried
    again, after a restart too; above `max_bytes` the oldest goes, counted in `lost`.
    """

    def __init__(
        self, uri: str, log: Path, seconds: float = 300.0, max_bytes: int = 100_000_000
    ) -> None:
        """Make an archive; nothing is written before `start`.

        seconds: age at which the log is set aside. max_bytes: what may wait to be moved.
        """
        self.lost = 0
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
        """Start to move pieces, those first that an earlier process left."""
        self._stop.clear()
        self.set_aside()
        self._thread = threading.Thread(target=self._run, name="prediction-archive", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Move what there is, as far as that takes no longer than CLOSE_SECONDS."""
        # In this order: whoever sees the end has the last piece to move.
        self.set_aside()
        self._stop.set()
        self._wake.set()
        if self._thread is None:
            self.move()
        else:
            self._thread.join(timeout=CLOSE_SECONDS)
            self._thread = None

    def grown(self, size: int) -> None:
        """Hear from the writer of the log that it has `size` bytes by now."""
        if self._since is None:
            self._since = time.monotonic()
        if size >= PIECE_BYTES:
            self.set_aside()

    def look(self) -> None:
        """Set the log aside if it is old enough."""
        if self._since is not None and time.monotonic() - self._since >= self._seconds:
            self.set_aside()

    def set_aside(self) -> None:
        """Make a piece of what the log holds, and wake what moves it; the writer begins anew."""
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
            # In this order: what comes after it wakes the next round.
            self._wake.clear()
            is_last = self._stop.is_set()
            self.move()
            if is_last:
                return

    def move(self) -> None:
        """Move what was set aside. A store that failed is left alone for RETRY_SECONDS."""
        if self._failing and time.monotonic() < self._again and not self._stop.is_set():
            return
        pieces = sorted(self._waiting.glob("*.jsonl")) if self._waiting.is_dir() else []
        for piece in pieces:
            try:
                artifacts.upload(piece, f"{self._uri}/{piece.name[:10]}/{piece.name[11:]}")
            except Exception as error:
                # Whatever a store raises, and each has errors of its own: it is tried again.
                self._told(error)
                self._bound()
                return
            piece.unlink()
            self._failing = False

    def _bound(self) -> None:
        """Give up the oldest pieces, as many as it takes to hold `max_bytes`."""
        pieces = sorted(self._waiting.glob("*.jsonl"))
        size = sum(piece.stat().st_size for piece in pieces)
        for piece in pieces:
            if size <= self._max_bytes:
                return
            size -= piece.stat().st_size
            self.lost += piece.read_bytes().count(b"\n")
            piece.unlink()

    def _told(self, error: Exception) -> None:
        if not self._failing:
            emit("prediction_archive_failed", uri=self._uri, error=str(error))
        self._failing = True
        self._again = time.monotonic() + RETRY_SECONDS
