"""Runs in ClearML. Each run is first an archive on this computer, an offline session of ClearML.

With keys, the archive is uploaded when the run ends. If that fails, the archive stays, and
`make sync` uploads it later. ClearML gives a task its ID when it is uploaded; the ID of the run is
a tag of the task.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..platform import secret_store
from ..platform.errors import UserError
from ..platform.sections.tracking import Tracking
from ..platform.settings import Settings
from ..platform.strict_json import dumps, finite
from ..tasks import Table
from . import RunRecord, offline
from .clearml_session import PARAMS, TAGS
from .values import flat

ACCESS_KEY = "CLEARML_API_ACCESS_KEY"
SECRET_KEY = "CLEARML_API_SECRET_KEY"
# Tag of a task with this prefix: the ID of the run.
PREFIX = "run-"
SECONDS = 600


class ClearmlRun:
    """An open run. It is written when it ends. `url`: its archive, and after an upload its page."""

    def __init__(self, run_id: str, archive: Path, staging: Path) -> None:
        self.id = run_id
        self.url = str(archive)
        self.staging = staging
        self.values: dict[str, Any] = {"params": {}, "metrics": [], "tables": [], "artifacts": {}}

    def params(self, values: Mapping[str, object]) -> None:
        """Record parameters; nested mappings become dotted names."""
        self.values["params"] |= {name: str(value) for name, value in flat(values)}

    def metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Record metrics, at `step` if given, otherwise at 0."""
        self.values["metrics"] += [[name, float(v), step or 0] for name, v in values.items()]

    def artifact(self, path: str, name: str) -> None:
        """Store a local file, or a folder as a zip file, under `name`."""
        source = Path(path)
        target = self.staging / name / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
        self.values["artifacts"][name] = str(target)

    def tables(self, values: Sequence[Table]) -> None:
        """Record tables, and a plot of each table that has one."""
        self.values["tables"] += values


class ClearmlTracker:
    """Tracker that uses ClearML. Without keys it needs neither network nor account."""

    def __init__(self, settings: Settings) -> None:
        self._section = settings.section("tracking", Tracking)
        self.folder = Path(settings.resolve(self._section.folder))
        keys = {name: secret_store.read_secret(name, settings) for name in (ACCESS_KEY, SECRET_KEY)}
        self._missing = [name for name, value in keys.items() if value is None]
        self._keys = {name: value for name, value in keys.items() if value is not None}
        self.stand_in: str | None = None
        if self._missing:
            folder = self._section.folder
            self.stand_in = f"offline runs in {folder}, for `make sync` with {ACCESS_KEY}"

    @contextmanager
    def run(self, name: str, tags: Mapping[str, str]) -> Iterator[ClearmlRun]:
        """Open a run; it ends with the block, and is marked as failed if the block raises."""
        run_id = PREFIX + uuid.uuid4().hex
        run = ClearmlRun(run_id, self._archive(run_id), self.folder / "staging" / run_id)
        try:
            try:
                yield run
            except BaseException:
                self._write(run, name, tags, "failed")
                raise
            self._write(run, name, tags, "finished")
        finally:
            shutil.rmtree(run.staging, ignore_errors=True)

    def read(self, run_id: str) -> RunRecord:
        """Read a run back: from its archive here, or from the server.

        Raises UserError if there is none.
        """
        if self._archive(run_id).is_file():
            return _read(run_id, self._archive(run_id))
        found = {} if self._missing else self._do("read", id=run_id)
        if not found:
            raise UserError(f"no run {run_id} in {self.folder}")
        return RunRecord(id=run_id, **found)

    def require_credentials(self) -> None:
        """Raise UserError if a key is missing."""
        if self._missing:
            raise UserError(f"set {' and '.join(self._missing)} in .env or the shell")

    def offline_runs(self) -> list[Path]:
        """Return the archives of the runs that have ended, oldest first."""
        archives = self.folder.glob(f"{PREFIX}*.zip")
        return sorted(archives, key=lambda path: (path.stat().st_mtime, path.name))

    def upload(self, run: Path) -> str:
        """Upload an archive; return the URL of its task.

        Raises UserError if a part of it did not arrive. A complete task that the server has is not
        uploaded again, and an incomplete one is replaced.
        """
        return str(self._do("upload", id=run.stem, archive=str(run))["url"])

    def _archive(self, run_id: str) -> Path:
        return self.folder / f"{run_id}.zip"

    def _write(self, run: ClearmlRun, name: str, tags: Mapping[str, str], status: str) -> None:
        model = tags.get("model")
        done = self._do(
            "record",
            id=run.id,
            name=name,
            project=f"{self._section.project}/{model}" if model else self._section.project,
            labels=[run.id],
            tags=dict(tags),
            status=status,
            **run.values,
        )
        session = Path(done["archive"])
        session.replace(self._archive(run.id))
        # The archive has the same files.
        shutil.rmtree(session.with_suffix(""), ignore_errors=True)
        if not self._missing:
            run.url = offline.upload_or_keep(self, self._archive(run.id)) or run.url

    def _do(self, action: str, **given: Any) -> dict[str, Any]:
        """Run the client of ClearML in its own process; return its result."""
        section = self._section
        variables = {
            "CLEARML_API_HOST": section.api_server,
            "CLEARML_WEB_HOST": section.web_server,
            "CLEARML_FILES_HOST": section.files_server,
            **self._keys,
        }
        module = f"{__package__}.clearml_session"
        try:
            done = subprocess.run(
                [sys.executable, "-m", module, action],
                env={**os.environ, **variables},
                input=dumps(
                    finite({"project": section.project, "folder": str(self.folder), **given})
                ),
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise UserError(f"ClearML did not {action} in {SECONDS} seconds") from error
        if done.returncode != 0:
            why = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
            raise UserError(f"ClearML did not {action} {given['id']}: {why[0]}")
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return result


def task_of(archive: Path) -> dict[str, Any]:
    """Return the task in the archive of a run."""
    with zipfile.ZipFile(archive) as file:
        found: dict[str, Any] = json.loads(file.read("task.json"))
    return found


def events_of(archive: Path) -> Iterator[dict[str, Any]]:
    """Yield the metrics and plots in the archive of a run, in order."""
    with zipfile.ZipFile(archive) as file:
        if "metrics.jsonl" in file.namelist():
            for line in file.read("metrics.jsonl").decode().splitlines():
                yield from json.loads(line)


def _read(run_id: str, archive: Path) -> RunRecord:
    sections = task_of(archive)["hyperparams"]
    return RunRecord(
        id=run_id,
        params={name: one["value"] for name, one in sections.get(PARAMS, {}).items()},
        metrics={
            event["metric"]: float(event["value"])
            for event in events_of(archive)
            if event["type"] == "training_stats_scalar"
        },
        tags={name: one["value"] for name, one in sections.get(TAGS, {}).items()},
    )
