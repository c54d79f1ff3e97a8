"""The web UI of MLflow for the database of an environment: `make mlflow-ui`.

The project installs the client of MLflow only. uv downloads the server with the same version into
its cache.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
from pathlib import Path

from . import mlflow_store
from .errors import UserError
from .sections.mlflow import Mlflow
from .settings import Settings, load_settings

HOST = "127.0.0.1"
SQLITE = "sqlite:///"
# Where `make setup` installs uv if the computer has none.
TOOLS = (".tools/uv/bin/uv", ".tools/uv-lib/bin/uv")


def address(settings: Settings) -> str:
    """Return the URI of the runs, or of the versions if another tool records the runs."""
    for section in ("tracking", "registry"):
        uri = settings.optional(section, "uri")
        if uri is not None:
            return str(uri)
    raise UserError(f"config/{settings.env}.yaml has neither tracking.uri nor registry.uri")


def command(settings: Settings) -> list[str]:
    """Return the command that serves the UI of a database on loopback.

    Raises UserError if there is no database yet, or if uv is not installed.
    """
    uri = address(settings)
    if uri.startswith(SQLITE):
        path = settings.resolve(uri.removeprefix(SQLITE))
        if not os.path.exists(path):
            raise UserError(f"no database {path}: run make pipeline first")
        mlflow_store.relocate(settings, Path(path))
        uri = SQLITE + path
    own = (str(settings.root / path) for path in TOOLS)
    uv = shutil.which("uv") or next(filter(os.path.exists, own), None)
    if uv is None:
        raise UserError("uv is not installed: run make setup")
    version = importlib.metadata.version("mlflow-skinny")
    port = settings.section("mlflow", Mlflow).ui_port
    start = [uv, "tool", "run", "--python", sys.executable, "--from", f"mlflow=={version}"]
    serve = ["mlflow", "server", "--host", HOST, "--port", str(port), "--workers", "1"]
    return [*start, *serve, "--backend-store-uri", uri]


def main() -> None:
    """Replace this process by the UI, or print the address of a server, which has its own UI."""
    try:
        settings = load_settings()
        uri = address(settings)
        if uri.startswith(("http://", "https://")):
            print(f"The UI is at {uri}")
            return
        arguments = command(settings)
    except UserError as error:
        raise SystemExit(f"mlflow-ui: {error}") from None
    print(f"The UI starts at http://{HOST}:{arguments[arguments.index('--port') + 1]}", flush=True)
    # Jobs are for services that this project does not use, and take three more processes.
    os.environ["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
    os.execv(arguments[0], arguments)


if __name__ == "__main__":
    main()
