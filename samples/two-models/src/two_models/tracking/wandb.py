"""Runs in Weights & Biases: uploaded live with an API key, written to files without one."""

from __future__ import annotations

import json
import os
import re
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..platform import secret_store
from ..platform.errors import UserError
from ..platform.sections.tracking import Tracking
from ..platform.settings import Settings
from ..tasks import Table
from . import RunRecord, offline
from .values import flat

KEY = "WANDB_API_KEY"
# This project's tags are key-value pairs, which W&B can store only in the configuration.
TAGS = "tags"
PUBLIC = "https://api.wandb.ai"
FINISH_SECONDS = 60


class WandbRun:
    """An open run of Weights & Biases."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self.id: str = run.id
        self.url: str = run.settings.sync_dir if run.offline else run.url

    def params(self, values: Mapping[str, object]) -> None:
        """Record parameters; nested mappings become dotted names."""
        self._run.config.update(dict(flat(values)), allow_val_change=True)

    def metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Record metrics, at `step` if given."""
        self._run.log({name: float(value) for name, value in values.items()}, step=step)

    def artifact(self, path: str, name: str) -> None:
        """Store a local file or folder under `name`."""
        import wandb

        artifact = wandb.Artifact(name, type=name)
        if Path(path).is_dir():
            artifact.add_dir(path)
        else:
            artifact.add_file(path)
        self._run.log_artifact(artifact)

    def tables(self, values: Sequence[Table]) -> None:
        """Record tables, and a plot of each table that has one."""
        import wandb

        for table in values:
            columns: list[str | int] = [*table["header"]]
            data: list[Any] = [*table["rows"]]
            rows = wandb.Table(columns=columns, data=data)
            self._run.log({table["title"]: rows})
            plot = _plot(wandb, table, rows)
            if plot is not None:
                self._run.log({f"{table['title']} (plot)": plot})


def _plot(wandb: Any, table: Table, rows: Any) -> Any:
    """Return the chart of a table; None if it has none."""
    title, header, kind = table["title"], table["header"], table.get("plot")
    if kind == "bars":
        return wandb.plot.bar(rows, header[-2], header[-1], title=title)
    if kind == "calibration":
        return wandb.plot.line(rows, header[-2], header[-1], title=title)
    if kind == "lines":
        return wandb.plot.line(rows, header[1], header[2], stroke=header[0], title=title)
    if kind == "confusion":
        # `wandb.plot.confusion_matrix` counts the rows itself, and this table has the counts.
        names = [row[0] for row in table["rows"]]
        columns = ["Actual", "Predicted", "nPredictions"]
        counts = [
            [name, *one]
            for name, *numbers in table["rows"]
            for one in zip(names, numbers, strict=True)
        ]
        return wandb.plot_table(
            vega_spec_name="wandb/confusion_matrix/v1",
            data_table=wandb.Table(columns=columns, data=counts),
            fields={name: name for name in columns},
            string_fields={"title": title},
        )
    return None


class WandbTracker:
    """Tracker that uses Weights & Biases. Without a key it needs neither network nor account."""

    def __init__(self, settings: Settings) -> None:
        self._section = settings.section("tracking", Tracking)
        self.folder = Path(settings.resolve(self._section.folder))
        key = secret_store.read_secret(KEY, settings)
        self._offline = key is None
        self.stand_in: str | None = None
        if key is not None:
            # The client takes it from there.
            os.environ[KEY] = key
        else:
            self.stand_in = f"offline runs in {self._section.folder}, for `make sync` with {KEY}"

    @contextmanager
    def run(self, name: str, tags: Mapping[str, str]) -> Iterator[WandbRun]:
        """Open a run; it ends with the block, and is marked as failed if the block raises."""
        wandb = self._client()
        run = wandb.init(
            project=self._section.project,
            entity=self._section.entity,
            name=name,
            group=tags.get("model"),
            config={TAGS: dict(tags)},
            dir=str(self.folder),
            mode="offline" if self._offline else "online",
            reinit="create_new",
            # The steps record code, libraries and environment themselves and write to the console.
            settings=wandb.Settings(
                silent=True, console="off", disable_git=True, x_disable_stats=True
            ),
        )
        try:
            yield WandbRun(run)
        except BaseException:
            self._finish(run, exit_code=1)
            raise
        self._finish(run, exit_code=0)

    def read(self, run_id: str) -> RunRecord:
        """Read a run back: from the server, or offline from the file that would be sent.

        Raises UserError if there is none.
        """
        config, metrics = self._read_file(run_id) if self._offline else self._ask(run_id)
        return RunRecord(
            id=run_id,
            params={name: str(value) for name, value in config.items() if name != TAGS},
            metrics=metrics,
            tags=config.get(TAGS, {}),
        )

    def require_credentials(self) -> None:
        """Raise UserError if there is no key."""
        if self._offline:
            raise UserError(f"set {KEY} in .env or the shell")

    def offline_runs(self) -> list[Path]:
        """Return the folders of the runs that were recorded without a key, oldest first."""
        return sorted(self.folder.glob("wandb/offline-run-*"))

    def upload(self, run: Path) -> str:
        """Upload a run with the program of W&B; return its URL. Raises UserError if it fails."""
        self._client()
        # The program prints the URL.
        variables = {"WANDB_SILENT": "false"}
        done = offline.run_program(run, "wandb", "sync", "--yes", variables=variables)
        if done.returncode != 0 or not list(run.glob("*.wandb.synced")):
            raise UserError(f"wandb sync did not upload {run.name}: {done.stderr.strip()}")
        found = re.search(r"View run .* at (\S+)", done.stderr)
        return found[1] if found else (self._section.base_url or PUBLIC)

    def _finish(self, run: Any, exit_code: int) -> None:
        run.finish(exit_code=exit_code)
        if not self._offline:
            return
        # The process that writes the file can still be running.
        deadline = time.monotonic() + FINISH_SECONDS
        while not any(record.HasField("exit") for record in records(self._file(run.id))):
            if time.monotonic() > deadline:
                raise UserError(f"the run {run.id} was not written to {self.folder}")
            time.sleep(0.01)

    def _file(self, run_id: str) -> Path:
        found = list(self.folder.glob(f"wandb/offline-run-*-{run_id}/run-{run_id}.wandb"))
        if not found:
            raise UserError(f"no run {run_id} in {self.folder}")
        return found[0]

    def _client(self) -> Any:
        self.folder.mkdir(parents=True, exist_ok=True)
        # W&B reads these when it needs them; its defaults are in the home folder.
        for name in ("WANDB_DATA_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR"):
            os.environ[name] = str(self.folder)
        os.environ |= {"WANDB_ERROR_REPORTING": "false", "WANDB_SILENT": "true"}
        if self._section.base_url:
            os.environ["WANDB_BASE_URL"] = self._section.base_url
        import wandb

        return wandb

    def _ask(self, run_id: str) -> tuple[dict[str, Any], dict[str, float]]:
        wandb = self._client()
        path = "/".join(filter(None, (self._section.entity, self._section.project, run_id)))
        try:
            run = wandb.Api().run(path)
        except (wandb.errors.CommError, ValueError) as error:
            raise UserError(f"no run {path} in Weights & Biases") from error
        summary = {name: value for name, value in run.summary.items() if _is_metric(name, value)}
        return dict(run.config), summary

    def _read_file(self, run_id: str) -> tuple[dict[str, Any], dict[str, float]]:
        config: dict[str, Any] = {}
        metrics: dict[str, float] = {}
        for record in records(self._file(run_id)):
            for update in (*record.run.config.update, *record.config.update):
                config[_name(update)] = json.loads(update.value_json)
            for item in record.history.item:
                value = json.loads(item.value_json)
                # Numbers with a longer name describe a table.
                if _is_metric(_name(item), value) and len(item.nested_key) <= 1:
                    metrics[_name(item)] = value
        own = {name: value for name, value in config.items() if not name.startswith("_wandb")}
        return own, metrics


def records(path: Path) -> Iterator[Any]:
    """Read the records of an offline run: LevelDB's log format behind a header of seven bytes.

    Stops at an incomplete record.

    https://github.com/google/leveldb/blob/main/doc/log_format.md
    """
    from wandb.proto import wandb_internal_pb2

    content = path.read_bytes()
    if not content:
        return
    if content[:7] != b":W&B\xe1\xbe\x00":
        raise UserError(f"{path} is not an offline run that this version can read")
    block, head = 32 * 1024, 7
    position, parts = head, b""
    while position + head <= len(content):
        left = block - position % block
        if left < head:
            position += left
            continue
        length, kind = struct.unpack_from("<HB", content, position + 4)
        if kind == 0:
            # Blocks are padded with zeros.
            position += left
            continue
        start, position = position + head, position + head + length
        if position > len(content):
            return
        parts += content[start:position]
        # A full record or the last part of one; first and middle parts are collected.
        if kind in (1, 4):
            yield wandb_internal_pb2.Record.FromString(parts)  # type: ignore[attr-defined]
            parts = b""


def _name(item: Any) -> str:
    return str(item.key or ".".join(item.nested_key))


def _is_metric(name: str, value: object) -> bool:
    return not name.startswith("_") and isinstance(value, (int, float))
