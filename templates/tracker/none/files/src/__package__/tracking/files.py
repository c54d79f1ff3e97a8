"""Runs as files: a folder for each run, on this computer or in the artifact store.

- `run.json`: name, status, tags and parameters
- `metrics.jsonl`: one line for each value, in the order of recording
- `tables.json`: tables of the evaluation
- folder `plots`: the plots of these tables, as SVG images
- folder `artifacts`: copies of files and folders
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..platform import artifacts
from ..platform.errors import UserError
from ..platform.sections.tracking import Tracking
from ..platform.settings import Settings
from ..platform.strict_json import dumps
from ..tasks import Table
from . import RunRecord, plots
from .values import flat, slug

RUN = "run.json"
METRICS = "metrics.jsonl"
TABLES = "tables.json"


class FileRun:
    """An open run in a folder of its own. `url` is the path or URI of the folder."""

    def __init__(self, root: str, name: str, tags: Mapping[str, str]) -> None:
        self.id = uuid.uuid4().hex
        self.url = f"{root}/{self.id}"
        self._state: dict[str, Any] = {
            "id": self.id,
            "name": name,
            "status": "running",
            "started": _now(),
            "ended": None,
            "tags": dict(tags),
            "params": {},
        }
        self._lines: list[str] = []
        self._tables: list[Table] = []
        self._save()

    def params(self, values: Mapping[str, object]) -> None:
        """Record parameters; nested mappings become dotted names."""
        self._state["params"] |= {name: str(value) for name, value in flat(values)}
        self._save()

    def metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Record metrics, at `step` if given."""
        time = _now()
        for name, value in values.items():
            entry = {"name": name, "value": float(value), "step": step, "time": time}
            self._lines.append(dumps(entry, sort_keys=True) + "\n")
        # An object store cannot append to a file.
        artifacts.write_bytes(f"{self.url}/{METRICS}", "".join(self._lines).encode())

    def artifact(self, path: str, name: str) -> None:
        """Store a copy of a local file or folder."""
        source, target = Path(path), f"{self.url}/artifacts/{name}"
        artifacts.upload(source, f"{target}/{source.name}" if source.is_file() else target)

    def tables(self, values: Sequence[Table]) -> None:
        """Record tables, and the plot of each table that has one."""
        self._tables += values
        artifacts.write_json(f"{self.url}/{TABLES}", {"tables": self._tables})
        for table in values:
            plot = plots.draw(table)
            if plot is not None:
                artifacts.write_bytes(f"{self.url}/plots/{slug(table['title'])}.svg", plot.encode())

    def end(self, status: str) -> None:
        """Record how the run ended: `finished` or `failed`."""
        self._state |= {"status": status, "ended": _now()}
        self._save()

    def _save(self) -> None:
        artifacts.write_json(f"{self.url}/{RUN}", self._state)


class FileTracker:
    """Tracker that writes files and needs no other program."""

    stand_in: str | None = None

    def __init__(self, settings: Settings) -> None:
        section = settings.section("tracking", Tracking)
        self._root = settings.resolve(section.folder).rstrip("/")

    @contextmanager
    def run(self, name: str, tags: Mapping[str, str]) -> Iterator[FileRun]:
        """Open a run; it ends with the block, and is marked as failed if the block raises."""
        run = FileRun(self._root, name, tags)
        try:
            yield run
        except BaseException:
            run.end("failed")
            raise
        run.end("finished")

    def read(self, run_id: str) -> RunRecord:
        """Read a run back. Raises UserError if there is none."""
        folder = f"{self._root}/{run_id}"
        if not artifacts.exists(f"{folder}/{RUN}"):
            raise UserError(f"no run {run_id} in {self._root}")
        state = artifacts.read_json(f"{folder}/{RUN}")
        metrics: dict[str, float] = {}
        if artifacts.exists(f"{folder}/{METRICS}"):
            for line in artifacts.read_bytes(f"{folder}/{METRICS}").decode().splitlines():
                entry = json.loads(line)
                metrics[entry["name"]] = entry["value"]
        return RunRecord(id=run_id, params=state["params"], metrics=metrics, tags=state["tags"])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
