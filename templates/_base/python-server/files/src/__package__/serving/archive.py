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
    No method but the constructor raises an error: `error` is the last failure until a move works.
    """

    def __init__(
        self, uri: str, log: Path, seconds: float = 300.0, max_bytes: int = 100_000_000
    ) -> None:
        """Create an archive; nothing is written before `start`.

        seconds: age at which the log is rotated. max_bytes: limit of the files that are not moved
            yet.
        """
        self.lost: Counter[str] = Counter()
        self.error: str | None = None
        self._uri = uri.rstrip("/")
        self._log = log
        self._waiting = log.with_name(f"{log.name}.pieces")
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._since: float | None = None
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._again = 0.0
        # Since when a file waits, which file is being moved, and whether the log itself cannot be.
        self._behind: float | None = None
        self._moving: Path | None = None
        self._is_stuck = False

    @property
    def waiting_seconds(self) -> float:
        """How long rotated entries wait to be moved; 0 if none waits.

        This also grows while a store hangs, which raises no error.
        """
        behind = self._behind
        return 0.0 if behind is None else time.monotonic() - behind

    def start(self) -> None:
        """Start the thread that moves files; files of an earlier process come first."""
        self._stop.clear()
        self._rotate()
        self._start_thread()

    def _start_thread(self) -> None:
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
        """Rotate the log if it is old enough; replace the thread if it has ended."""
        if self._thread is not None and not self._thread.is_alive():
            self._told(ChildProcessError("the thread that moves files has ended"))
            self._start_thread()
        if self._since is not None and time.monotonic() - self._since >= self._seconds:
            self.set_aside()

    def set_aside(self) -> None:
        """Rotate the log and wake the thread that moves files; the writer starts a new file."""
        self._rotate()
        # Here and not after a failed move: a store that hangs must not fill the disk either.
        self._bound()

    def _rotate(self) -> None:
        self._since = None
        piece = f"{datetime.now(UTC):%Y-%m-%dT%H%M%S.%f}-{uuid.uuid4().hex[:12]}.jsonl"
        try:
            if self._log.is_file():
                if self._behind is None:
                    self._behind = time.monotonic()
                self._waiting.mkdir(parents=True, exist_ok=True)
                os.replace(self._log, self._waiting / piece)
            self._is_stuck = False
        except OSError as error:
            self._is_stuck = True
            self._told(error)
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait(None if self.error is None else RETRY_SECONDS)
            # In this order: a later rotation wakes the next round.
            self._wake.clear()
            is_last = self._stop.is_set()
            self.move()
            if is_last:
                return

    def move(self) -> None:
        """Move the rotated files. After a failure, the next attempt is RETRY_SECONDS later."""
        if self.error is not None and time.monotonic() < self._again and not self._stop.is_set():
            return
        failure: Exception | None = None
        try:
            for piece in self._pieces():
                if self._behind is None:
                    self._behind = time.monotonic()
                self._moving = piece
                try:
                    artifacts.upload(piece, f"{self._uri}/{piece.name[:10]}/{piece.name[11:]}")
                    piece.unlink(missing_ok=True)
                except Exception as error:
                    # Each store raises its own errors. The failure can be one of this file, which
                    # must not hold up the others.
                    failure = error
        except OSError as error:
            failure = error
        finally:
            self._moving = None
        if failure is not None:
            self._told(failure)
        elif not self._is_stuck:
            self.error = self._behind = None

    def _pieces(self) -> list[Path]:
        """Return the files that wait to be moved, oldest first."""
        found = self._waiting.glob("*.jsonl") if self._waiting.is_dir() else ()
        return sorted(piece for piece in found if piece.is_file())

    def _bound(self) -> None:
        """Delete the oldest files until the rest fits `max_bytes`, but not the one on its way."""
        try:
            sizes = {piece: piece.stat().st_size for piece in self._pieces()}
            excess = sum(sizes.values()) - self._max_bytes
            for piece, size in sizes.items():
                if excess <= 0:
                    return
                if piece != self._moving:
                    models = list(_models(piece))
                    piece.unlink()
                    self.lost.update(models)
                    excess -= size
        except FileNotFoundError:
            # The thread has moved it in the meantime.
            return
        except OSError as error:
            self._told(error)

    def _told(self, error: Exception) -> None:
        if self.error is None:
            emit("prediction_archive_failed", uri=self._uri, error=str(error))
        self.error = f"{type(error).__name__}: {error}"
        self._again = time.monotonic() + RETRY_SECONDS


def _models(piece: Path) -> Iterator[str]:
    """Yield the model of each entry of a file."""
    for line in piece.read_bytes().splitlines():
        try:
            yield str(json.loads(line)["model"])
        except (ValueError, KeyError, TypeError):
            # A line of a process that was killed.
            continue
