"""Runs in MLflow: a server, or a SQLite file in the project folder."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..platform import artifacts, mlflow_model, mlflow_store
from ..platform.errors import UserError
from ..platform.sections.tracking import Tracking
from ..platform.settings import Settings
from ..tasks import Table
from . import RunRecord, plots
from .values import flat, slug

# MLflow reads this when it is imported.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

SQLITE = "sqlite:///"


class MlflowRun:
    """An open MLflow run."""

    def __init__(self, client: MlflowClient, run_id: str, url: str) -> None:
        self._client = client
        self.id = run_id
        self.url = url

    def params(self, values: Mapping[str, object]) -> None:
        """Record parameters; nested mappings become dotted names."""
        params = [Param(name, str(value)) for name, value in flat(values)]
        self._client.log_batch(self.id, params=params)

    def metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Record metrics, at `step` if given."""
        from mlflow.utils.time import get_current_time_millis

        now = get_current_time_millis()
        points = [Metric(name, float(value), now, step or 0) for name, value in values.items()]
        self._client.log_batch(self.id, metrics=points)

    def artifact(self, path: str, name: str) -> None:
        """Store a local file or folder under `name`; a packaged model as an MLflow model."""
        if (Path(path) / artifacts.MANIFEST).is_file():
            with tempfile.TemporaryDirectory(prefix="mlflow-model-") as folder:
                mlflow_model.write(Path(path), Path(folder))
                self._client.log_artifacts(self.id, folder, name)
        elif Path(path).is_dir():
            self._client.log_artifacts(self.id, path, name)
        else:
            self._client.log_artifact(self.id, path, name)

    def tables(self, values: Sequence[Table]) -> None:
        """Store each table as JSON, which the web UI shows as a table, and its plot as an image."""
        for table in values:
            name = slug(table["title"])
            content = {"columns": table["header"], "data": table["rows"]}
            self._client.log_dict(self.id, content, f"tables/{name}.json")
            plot = plots.draw(table)
            if plot is not None:
                self._client.log_text(self.id, plot, f"plots/{name}.svg")


class MlflowTracker:
    """Tracker that uses MLflow. A missing experiment is created."""

    stand_in: str | None = None

    def __init__(self, settings: Settings) -> None:
        section = settings.section("tracking", Tracking)
        self._uri = _database(settings, section.uri)
        self._experiment = section.experiment
        self._artifacts = (
            settings.resolve(section.artifacts) if section.artifacts is not None else None
        )
        # A new database reports each of its migrations.
        logging.getLogger("alembic").setLevel(logging.WARNING)
        logging.getLogger("mlflow").setLevel(logging.WARNING)
        self._client = MlflowClient(self._uri)

    @contextmanager
    def run(self, name: str, tags: Mapping[str, str]) -> Iterator[MlflowRun]:
        """Open a run; it ends with the block, and is marked as failed if the block raises."""
        experiment = self._experiment_id()
        run = self._client.create_run(experiment, run_name=name, tags=dict(tags))
        run_id = run.info.run_id
        try:
            yield MlflowRun(self._client, run_id, self._url(experiment, run_id))
        except BaseException:
            self._client.set_terminated(run_id, "FAILED")
            raise
        self._client.set_terminated(run_id, "FINISHED")

    def read(self, run_id: str) -> RunRecord:
        """Read a run back. Raises UserError if there is none."""
        try:
            run = self._client.get_run(run_id)
        except MlflowException as error:
            raise UserError(f"no run {run_id} in {self._uri}") from error
        return RunRecord(
            id=run_id,
            params=dict(run.data.params),
            metrics=dict(run.data.metrics),
            tags={k: v for k, v in run.data.tags.items() if not k.startswith("mlflow.")},
        )

    def _experiment_id(self) -> str:
        found = self._client.get_experiment_by_name(self._experiment)
        if found is not None:
            return str(found.experiment_id)
        location = self._artifacts
        if location is not None and "://" not in location:
            location = Path(location).as_uri()
        try:
            return str(self._client.create_experiment(self._experiment, artifact_location=location))
        except MlflowException:
            # A concurrent first run created the experiment.
            found = self._client.get_experiment_by_name(self._experiment)
            if found is None:
                raise
            return str(found.experiment_id)

    def _url(self, experiment: str, run_id: str) -> str:
        if self._uri.startswith("http"):
            return f"{self._uri.rstrip('/')}/#/experiments/{experiment}/runs/{run_id}"
        return f"{self._uri}#{run_id}"


def _database(settings: Settings, uri: str) -> str:
    if not uri.startswith(SQLITE):
        return uri
    path = Path(settings.resolve(uri.removeprefix(SQLITE)))
    mlflow_store.prepare(settings, path)
    return SQLITE + str(path)
