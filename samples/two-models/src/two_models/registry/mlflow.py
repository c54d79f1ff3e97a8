"""Model versions in the MLflow registry: a server, or a SQLite file in the project folder.

The import of the client takes a second and 150 MB, so it is imported only for writes. The version
of an alias, which a service looks up every few seconds, is read directly from the SQLite file or
the server.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import sqlite3
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from ..platform import artifacts, mlflow_store, moved
from ..platform.errors import RegistryError
from ..platform.sections.registry import Registry
from ..platform.settings import Settings
from . import CHALLENGER, CHAMPION, ModelVersion

SQLITE = "sqlite:///"
METRIC = "metric."
SHA256 = "sha256"
# Tags of a version: the folder of the package below its source, and the hash of the other files.
PACKAGE = "package"
MLFLOW_SHA256 = "mlflow_sha256"
TIMEOUT_SECONDS = 10
ALIAS_ATTEMPTS = 5


class MlflowRegistry:
    """Registry that uses MLflow and its aliases."""

    def __init__(self, settings: Settings) -> None:
        section = settings.section("registry", Registry)
        self._uri = section.uri
        if section.uri.startswith(SQLITE):
            self._uri = SQLITE + settings.resolve(section.uri.removeprefix(SQLITE))
        self._settings = settings
        self._artifacts = settings.resolve(section.artifacts)
        self._opened: Any = None

    def register(
        self,
        model: str,
        model_dir: Path,
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
    ) -> str:
        """Store `model_dir` as an MLflow model, as a new version; set the alias challenger.

        Returns the version.
        """
        from ..platform import mlflow_loader, mlflow_model

        sha256 = artifacts.manifest_sha256(model_dir)
        with tempfile.TemporaryDirectory(prefix="mlflow-model-") as folder:
            mlflow_model.write(model_dir, Path(folder))
            mlflow_sha256 = mlflow_model.sha256_of(Path(folder))
            # The name stands for the content of all files, so a repetition completes an upload.
            name = f"{sha256[:16]}-{mlflow_sha256[:8]}"
            target = f"{self._artifacts.rstrip('/')}/{model}/{name}"
            artifacts.upload(Path(folder), target)
        source = Path(target).as_uri() if "://" not in target else target
        client = self._client()
        self._ensure(model)
        all_tags = {
            **tags,
            **{METRIC + name: repr(float(value)) for name, value in metrics.items()},
            SHA256: sha256,
            PACKAGE: mlflow_loader.PACKAGE,
            MLFLOW_SHA256: mlflow_sha256,
        }
        run_id = self._run_id(tags)
        made = client.create_model_version(model, source, run_id, tags=all_tags)
        version = str(made.version)
        self._set_alias(model, CHALLENGER, version)
        return version

    def get(self, model: str, alias: str = CHAMPION) -> ModelVersion | None:
        """Return the version that has an alias; None if the alias or the model does not exist."""
        if self._uri.startswith(SQLITE):
            return self._get_from_file(model, alias)
        if self._uri.startswith(("http://", "https://")):
            return self._get_from_server(model, alias)
        from mlflow.exceptions import MlflowException

        try:
            return _typed(self._settings, self._client().get_model_version_by_alias(model, alias))
        except MlflowException as error:
            if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                return None
            raise

    def version(self, model: str, version: str) -> ModelVersion:
        """Return one version."""
        from mlflow.exceptions import MlflowException

        try:
            return _typed(self._settings, self._client().get_model_version(model, version))
        except MlflowException as error:
            raise RegistryError(f"{model} has no version {version}") from error

    def versions(self, model: str) -> list[ModelVersion]:
        """Return all versions, oldest first; an empty list for an unknown model."""
        name = model.replace("'", "")
        found: list[Any] = []
        token: str | None = None
        while True:
            page = self._client().search_model_versions(f"name='{name}'", page_token=token)
            found.extend(page)
            token = page.token
            if not token:
                break
        found.sort(key=lambda item: int(item.version))
        return [_typed(self._settings, item) for item in found]

    def promote(self, model: str, version: str, alias: str = CHAMPION) -> None:
        """Set the alias. This is idempotent.

        Raises IntegrityError if a file that MLflow loads is not the registered one.
        """
        from ..platform import mlflow_loader, mlflow_model

        target = self.version(model, version)
        if MLFLOW_SHA256 in target.tags:
            folder = artifacts.local_copy(target.uri.removesuffix(f"/{mlflow_loader.PACKAGE}"))
            mlflow_model.verify(folder, target.tags[MLFLOW_SHA256])
        self._set_alias(model, alias, target.version)

    def _set_alias(self, model: str, alias: str, version: str) -> None:
        """Set an alias; repeat it if another process set the same alias for the first time.

        MLflow looks for the alias and then inserts it. Of two processes that find none, the
        database refuses the second one. A repetition finds the alias of the first, and moves it.
        """
        from mlflow.exceptions import MlflowException

        for attempt in range(ALIAS_ATTEMPTS):
            try:
                self._client().set_registered_model_alias(model, alias, version)
            except MlflowException as error:
                if error.error_code != "BAD_REQUEST" or attempt == ALIAS_ATTEMPTS - 1:
                    raise
            else:
                return

    def _client(self) -> Any:
        if self._opened is None:
            os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
            if self._uri.startswith(SQLITE):
                mlflow_store.prepare(self._settings, Path(self._uri.removeprefix(SQLITE)))
            from mlflow.tracking import MlflowClient

            # A new database reports each of its migrations.
            logging.getLogger("alembic").setLevel(logging.WARNING)
            logging.getLogger("mlflow").setLevel(logging.WARNING)
            self._opened = MlflowClient(self._uri, self._uri)
        return self._opened

    def _run_id(self, tags: Mapping[str, str]) -> str | None:
        """Return the run of a version if this MLflow has recorded it."""
        from mlflow.exceptions import MlflowException

        try:
            run = self._client().get_run(tags["run_id"])
        except (KeyError, MlflowException):
            return None
        return str(run.info.run_id)

    def _ensure(self, model: str) -> None:
        from mlflow.exceptions import MlflowException

        try:
            self._client().create_registered_model(model)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise

    def _get_from_file(self, model: str, alias: str) -> ModelVersion | None:
        path = Path(self._uri.removeprefix(SQLITE))
        if not path.exists():
            return None
        uri = f"{path.as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(uri, uri=True, timeout=TIMEOUT_SECONDS)) as database:
                row = database.execute(
                    "SELECT v.version, v.source FROM registered_model_aliases a"
                    " JOIN model_versions v ON v.name = a.name AND v.version = a.version"
                    " WHERE a.name = ? AND a.alias = ?",
                    (model, alias),
                ).fetchone()
                if row is None:
                    return None
                tags = database.execute(
                    "SELECT key, value FROM model_version_tags WHERE name = ? AND version = ?",
                    (model, row[0]),
                ).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return None
            raise RegistryError(f"{path} cannot be read: {error}") from error
        return _version(self._settings, model, str(row[0]), row[1], dict(tags))

    def _get_from_server(self, model: str, alias: str) -> ModelVersion | None:
        query = urllib.parse.urlencode({"name": model, "alias": alias})
        base = self._uri.rstrip("/")
        request = urllib.request.Request(
            f"{base}/api/2.0/mlflow/registered-models/alias?{query}", headers=_authorization()
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
                found = json.load(response)["model_version"]
        except urllib.error.HTTPError as error:
            if error.code in (400, 404):
                return None
            raise RegistryError(f"{base} answers {error.code}") from error
        except OSError as error:
            raise RegistryError(f"{base} cannot be reached: {error}") from error
        tags = {tag["key"]: tag.get("value", "") for tag in found.get("tags", [])}
        return _version(self._settings, model, str(found["version"]), found["source"], tags)


def _authorization() -> dict[str, str]:
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    if token:
        return {"Authorization": f"Bearer {token}"}
    user = os.environ.get("MLFLOW_TRACKING_USERNAME")
    if user:
        password = os.environ.get("MLFLOW_TRACKING_PASSWORD", "")
        encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
        return {"Authorization": f"Basic {encoded}"}
    return {}


def _typed(settings: Settings, found: Any) -> ModelVersion:
    return _version(settings, found.name, str(found.version), found.source, dict(found.tags))


def _version(
    settings: Settings, model: str, version: str, source: str, tags: Mapping[str, str]
) -> ModelVersion:
    folder = moved.here(settings, source).rstrip("/")
    return ModelVersion(
        model=model,
        version=version,
        # Versions of earlier releases are a package, not an MLflow model with one.
        uri=f"{folder}/{tags[PACKAGE]}" if PACKAGE in tags else folder,
        sha256=tags.get(SHA256, ""),
        metrics={
            key.removeprefix(METRIC): float(value)
            for key, value in tags.items()
            if key.startswith(METRIC)
        },
        tags={
            key: value
            for key, value in tags.items()
            if key not in (SHA256, PACKAGE) and not key.startswith(METRIC)
        },
    )
