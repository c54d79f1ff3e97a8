"""The model repository of MLServer: a folder with `settings.json` and one folder for each model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..platform import artifacts
from ..platform.sections.serving import Serving
from ..platform.strict_json import dumps
from .config import Target

SETTINGS = "settings.json"
MODEL_SETTINGS = "model-settings.json"
# The model that follows the champions and answers `/healthz`, `/readyz` and `/version`. No model of
# this project can have this name.
OPERATIONS = "_operations"
_RUNTIME = f"{__package__}.mlserver_runtime"


def write(folder: Path, serving: Serving, follow: bool) -> None:
    """Write the settings of the server and of `OPERATIONS`.

    follow: whether the server follows the champions, or serves only the models in `folder`.
    """
    settings = {
        "server_name": __package__.split(".")[0],
        "host": serving.host,
        "http_port": serving.port,
        "grpc_port": serving.grpc_port,
        "metrics_port": serving.metrics_port,
        # One process: a worker process would have prediction log and metrics of its own.
        "parallel_workers": 0,
        "debug": False,
    }
    _write(folder / SETTINGS, settings)
    operations = {
        "name": OPERATIONS,
        "implementation": f"{_RUNTIME}.Operations",
        "parameters": {"extra": {"follow": follow}},
    }
    _write(folder / OPERATIONS / MODEL_SETTINGS, operations)


def write_model(folder: Path, target: Target, uri: str | None = None) -> None:
    """Write the settings of a version. `uri` replaces its own; it can be relative to the file."""
    settings = {
        "name": target.model,
        "implementation": f"{_RUNTIME}.Champion",
        "parameters": {
            "uri": uri or target.uri,
            "version": target.version,
            "extra": {"sha256": target.sha256, "metrics": target.metrics},
        },
    }
    _write(folder / target.model / MODEL_SETTINGS, settings)


def _write(path: Path, content: dict[str, Any]) -> None:
    text = dumps(content, indent=2)
    artifacts.write_bytes(str(path), f"{text}\n".encode())
