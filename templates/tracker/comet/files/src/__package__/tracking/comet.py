"""Runs in Comet. Each run is first an archive on this computer.

With an API key, the archive is uploaded when the run ends. Comet's online client would lose the
run of a server that does not answer; the archive stays, and `make sync` uploads it later.
"""

from __future__ import annotations

import json
import os
import re
import zipfile
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
from .values import flat, lines_of, slug

KEY = "COMET_API_KEY"
PUBLIC = "https://www.comet.com"
# Prefix of this project's tags, which have values: Comet has tags without values only.
TAG = "tag."
# What Comet records by itself.
OWN_PARAMETER = "curr_step"
OWN_METRIC = "process duration"
ENVIRONMENT = {
    "COMET_DISABLE_AUTO_LOGGING": "1",
    "COMET_DISABLE_ANNOUNCEMENT": "1",
    # Otherwise it starts for a part of all runs.
    "COMET_ERROR_TRACKING_ENABLE": "false",
}


class CometRun:
    """An open run of Comet. `url`: its archive, and after an upload its page."""

    def __init__(self, experiment: Any, archive: Path) -> None:
        self._experiment = experiment
        self.id: str = experiment.get_key()
        self.url = str(archive)

    def params(self, values: Mapping[str, object]) -> None:
        """Record parameters; nested mappings become dotted names."""
        self._experiment.log_parameters({name: str(value) for name, value in flat(values)})

    def metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Record metrics, at `step` if given."""
        numbers = {name: float(value) for name, value in values.items()}
        self._experiment.log_metrics(numbers, step=step)

    def artifact(self, path: str, name: str) -> None:
        """Store a local file, or the files of a folder, as assets below `name`."""
        # The artifacts of Comet need a connection.
        source = Path(path)
        if source.is_file():
            self._experiment.log_asset(str(source), file_name=f"{name}/{source.name}")
            return
        for file in sorted(path for path in source.rglob("*") if path.is_file()):
            stored = f"{name}/{file.relative_to(source).as_posix()}"
            self._experiment.log_asset(str(file), file_name=stored)

    def tables(self, values: Sequence[Table]) -> None:
        """Record tables; labels by class as a confusion matrix, calibration and lines as curves."""
        for table in values:
            title, rows, name = table["title"], table["rows"], slug(table["title"])
            plot = table.get("plot")
            self._experiment.log_table(f"{name}.csv", tabular_data=rows, headers=table["header"])
            if plot == "confusion":
                self._experiment.log_confusion_matrix(
                    matrix=[row[1:] for row in rows],
                    labels=[str(row[0]) for row in rows],
                    title=title,
                    file_name=f"{name}.json",
                )
            elif plot == "calibration":
                self._experiment.log_curve(
                    name, x=[row[-2] for row in rows], y=[row[-1] for row in rows]
                )
            elif plot == "lines":
                for line, (xs, ys) in lines_of(table).items():
                    self._experiment.log_curve(f"{name}: {line}", x=xs, y=ys)


class CometTracker:
    """Tracker that uses Comet. Without a key it needs neither network nor account."""

    def __init__(self, settings: Settings) -> None:
        self._section = settings.section("tracking", Tracking)
        self.folder = Path(settings.resolve(self._section.folder))
        self._web = (self._section.base_url or PUBLIC).rstrip("/")
        self._key = secret_store.read_secret(KEY, settings)
        self.stand_in: str | None = None
        if self._key is None:
            self.stand_in = f"offline runs in {self._section.folder}, for `make sync` with {KEY}"

    @contextmanager
    def run(self, name: str, tags: Mapping[str, str]) -> Iterator[CometRun]:
        """Open a run; it ends with the block, and is marked as failed if the block raises."""
        experiment = self._client().OfflineExperiment(
            project_name=self._section.project,
            workspace=self._section.workspace,
            offline_directory=str(self.folder),
            # The steps record code, libraries and environment themselves and write to the console.
            auto_metric_logging=False,
            auto_output_logging=False,
            auto_param_logging=False,
            display_summary_level=0,
            log_code=False,
            log_env_details=False,
            log_git_metadata=False,
            log_git_patch=False,
            log_graph=False,
            parse_args=False,
        )
        experiment.set_name(name)
        experiment.log_others({TAG + key: value for key, value in tags.items()})
        if "model" in tags:
            experiment.add_tag(tags["model"])
        run = CometRun(experiment, self._archive(experiment.get_key()))
        try:
            yield run
        except BaseException:
            self._end(experiment, run, "failed")
            raise
        self._end(experiment, run, "finished")

    def read(self, run_id: str) -> RunRecord:
        """Read a run back: from its archive here, or from the server.

        Raises UserError if there is none.
        """
        if self._archive(run_id).is_file():
            return self._read_archive(run_id)
        if self._key is not None:
            return self._ask(run_id)
        raise UserError(f"no run {run_id} in {self.folder}")

    def require_credentials(self) -> None:
        """Raise UserError if there is no key."""
        if self._key is None:
            raise UserError(f"set {KEY} in .env or the shell")

    def offline_runs(self) -> list[Path]:
        """Return the archives of the runs that have ended, oldest first."""
        archives = (path for path in self.folder.glob("*.zip") if _is_whole(path))
        return sorted(archives, key=lambda path: (path.stat().st_mtime, path.name))

    def upload(self, run: Path) -> str:
        """Upload an archive with the program of Comet; return its URL.

        Raises UserError if a part of it did not arrive, or if the server has the run already: an
        earlier upload was interrupted, and the server may lack a part.
        """
        # The program reports errors and the URL to the console only.
        variables = {**self._variables(), "COMET_LOGGING_CONSOLE": "INFO"}
        done = offline.run_program(run, "comet_ml.scripts.comet_upload", variables=variables)
        said = done.stdout + done.stderr
        if "already uploaded" in said or "already exists in Comet" in said:
            raise UserError(
                f"Comet has the run {run.stem} already, perhaps without a part of it: delete the "
                f"experiment in Comet to upload it again, or delete {run} to keep the experiment"
            )
        if done.returncode != 0 or "COMET ERROR" in said:
            lines = [line for line in said.splitlines() if "ERROR" in line or "Error" in line]
            raise UserError(f"comet upload did not upload {run.name}: {' '.join(lines) or said}")
        found = re.search(r"has been uploaded on comet\.com (\S+)", said)
        return found[1] if found else self._web

    def _variables(self) -> dict[str, str]:
        """Return the environment variables of the client."""
        found = {**ENVIRONMENT, "COMET_OFFLINE_DIRECTORY": str(self.folder)}
        if self._section.base_url:
            found["COMET_URL_OVERRIDE"] = f"{self._web}/clientlib/"
        if self._key is not None:
            found[KEY] = self._key
        return found

    def _client(self) -> Any:
        self.folder.mkdir(parents=True, exist_ok=True)
        # Comet reads these when it is imported, before it patches other libraries.
        os.environ |= {**self._variables(), "COMET_LOGGING_CONSOLE": "ERROR"}
        import comet_ml

        return comet_ml

    def _archive(self, run_id: str) -> Path:
        return self.folder / f"{run_id}.zip"

    def _end(self, experiment: Any, run: CometRun, status: str) -> None:
        experiment.log_other("status", status)
        experiment.end()
        archive = self._archive(run.id)
        if not _is_whole(archive):
            raise UserError(f"the run {run.id} was not written to {self.folder}")
        if self._key is not None:
            run.url = offline.upload_or_keep(self, archive) or run.url

    def _read_archive(self, run_id: str) -> RunRecord:
        params: dict[str, str] = {}
        metrics: dict[str, float] = {}
        tags: dict[str, str] = {}
        for kind, value in messages(self._archive(run_id)):
            # Comet adds parameters and metrics of its own.
            if kind == "parameter_msg" and value["param"]["source"] == "manual":
                params[value["param"]["paramName"]] = str(value["param"]["paramValue"])
            elif kind == "metric_msg" and value["metric"]["metricName"] != OWN_METRIC:
                metrics[value["metric"]["metricName"]] = float(value["metric"]["metricValue"])
            elif kind == "log_other" and value["key"].startswith(TAG):
                tags[value["key"].removeprefix(TAG)] = str(value["value"])
        return RunRecord(id=run_id, params=params, metrics=metrics, tags=tags)

    def _ask(self, run_id: str) -> RunRecord:
        client = self._client()
        try:
            found = client.API(api_key=self._key).get_experiment_by_key(run_id)
        except Exception as error:
            raise UserError(f"{self._web} cannot be asked for the run {run_id}: {error}") from error
        if found is None:
            raise UserError(f"no run {run_id} in {self.folder} or in Comet")
        params = {one["name"]: one["valueCurrent"] for one in found.get_parameters_summary()}
        metrics = {one["name"]: one["valueCurrent"] for one in found.get_metrics_summary()}
        others = {one["name"]: one["valueCurrent"] for one in found.get_others_summary()}
        return RunRecord(
            id=run_id,
            params={name: value for name, value in params.items() if name != OWN_PARAMETER},
            metrics={name: float(value) for name, value in metrics.items() if name != OWN_METRIC},
            tags={
                name.removeprefix(TAG): str(value)
                for name, value in others.items()
                if name.startswith(TAG)
            },
        )


def messages(archive: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the type and the content of each message in the archive of a run, in order."""
    with zipfile.ZipFile(archive) as file:
        for line in file.read("messages.json").decode().splitlines():
            message = json.loads(line)
            yield message["type"], message["payload"]


def _is_whole(archive: Path) -> bool:
    """Whether a run has ended: Comet makes an empty archive when it starts."""
    try:
        with zipfile.ZipFile(archive) as file:
            return {"experiment.json", "messages.json"} <= set(file.namelist())
    except (OSError, zipfile.BadZipFile):
        return False
