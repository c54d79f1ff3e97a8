"""Upload the runs that were recorded without credentials: `make sync`.

An uploaded run is marked in the folder of the runs, and is not uploaded again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from ..platform import artifacts
from ..platform.errors import UserError
from ..platform.locks import only_one
from ..platform.output import show
from ..platform.settings import Settings, load_settings
from . import get_tracker

UPLOADED = "uploaded"
LOCK = "sync.lock"


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
            marker = tracker.folder / UPLOADED / f"{run.name}.json"
            if marker.exists():
                continue
            url = tracker.upload(run)
            time = datetime.now(UTC).isoformat(timespec="seconds")
            artifacts.write_json(str(marker), {"run": run.name, "url": url, "time": time})
            show(f"uploaded {run.name}: {url}")
            urls.append(url)
    return urls


def main() -> None:
    """Upload the runs of the environment; on an error print one sentence and exit with 1."""
    try:
        if not sync(load_settings()):
            show("all offline runs are uploaded")
    except UserError as error:
        raise SystemExit(f"sync: {error}") from None


if __name__ == "__main__":
    main()
