"""Upload the runs that were recorded without credentials: `make sync`.

An uploaded run is marked in the folder of the runs, and is not uploaded again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from ..platform import artifacts
from ..platform.errors import UserError
from ..platform.events import emit
from ..platform.locks import only_one
from ..platform.output import show
from ..platform.settings import Settings, load_settings
from . import get_tracker

UPLOADED = "uploaded"
LOCK = "sync.lock"
UPLOAD_SECONDS = 600


@runtime_checkable
class OfflineRuns(Protocol):
    """A tracker that stores runs in `folder` as long as it has no credentials."""

    folder: Path

    def require_credentials(self) -> None:
        """Raise UserError, which names the missing variables, if runs cannot be uploaded."""

    def offline_runs(self) -> list[Path]:
        """Return the file or folder of each finished run, oldest first."""

    def upload(self, run: Path) -> str:
        """Upload a run and wait for the end; return its URL.

        Raises UserError if the run did not arrive completely.
        """


def sync(settings: Settings) -> list[str]:
    """Upload each run that is not marked as uploaded; return their URLs.

    Raises UserError at the first run that fails; the runs before it are marked. Other processes
    that upload at the same time are refused.
    """
    tracker = get_tracker(settings)
    if not isinstance(tracker, OfflineRuns):
        raise UserError("the tracker of this environment stores no runs for an upload")
    tracker.require_credentials()
    urls: list[str] = []
    with only_one(tracker.folder / LOCK, "make sync"):
        for run in tracker.offline_runs():
            if not _marker(tracker, run).exists():
                urls.append(_upload(tracker, run))
                show(f"uploaded {run.name}: {urls[-1]}")
    return urls


def upload_or_keep(tracker: OfflineRuns, run: Path) -> str | None:
    """Upload a run that has just ended and return its URL.

    If that fails, write an event and return None: `make sync` repeats it.
    """
    try:
        return _upload(tracker, run)
    except UserError as error:
        emit("run_not_uploaded", run=run.name, kept=str(run), reason=str(error))
        return None


def run_program(
    run: Path, *words: str, variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run `python -m <words> <run>`, the program of a tracker that uploads a run.

    variables: environment variables in addition to those of this process. Raises UserError if the
    program does not end in time.
    """
    try:
        return subprocess.run(
            [sys.executable, "-m", *words, str(run)],
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            timeout=UPLOAD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UserError(f"{run.name} was not uploaded in {UPLOAD_SECONDS} seconds") from error


def _upload(tracker: OfflineRuns, run: Path) -> str:
    url = tracker.upload(run)
    time = datetime.now(UTC).isoformat(timespec="seconds")
    record = {"run": run.name, "url": url, "time": time}
    artifacts.write_json(str(_marker(tracker, run)), record)
    return url


def _marker(tracker: OfflineRuns, run: Path) -> Path:
    return tracker.folder / UPLOADED / f"{run.name}.json"


def main() -> None:
    """Upload the runs of the environment; on an error print one sentence and exit with 1."""
    try:
        if not sync(load_settings()):
            show("all offline runs are uploaded")
    except UserError as error:
        raise SystemExit(f"sync: {error}") from None


if __name__ == "__main__":
    main()
