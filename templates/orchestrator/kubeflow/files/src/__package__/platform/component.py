"""What the components of Kubeflow Pipelines have in common: they run a step on their artifacts."""

from __future__ import annotations

import contextlib
import importlib
import traceback
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from . import notices
from .errors import UserError
from .output import sentence

PACKAGE = __name__.split(".", maxsplit=1)[0]
EXTENSIONS = {"system.Dataset": ".parquet"}


class Artifact(Protocol):
    """A file or folder of a run. Kubeflow copies it from and to `uri`."""

    uri: str
    path: str
    schema_title: str
    metadata: dict[str, Any]


class Status(Protocol):
    """How a pipeline ended."""

    state: str
    error_message: str | None
    pipeline_task_name: str
    pipeline_job_resource_name: str


def run(
    step: str,
    name: str,
    inputs: Iterable[Artifact],
    outputs: Sequence[Artifact],
    parameters: Sequence[str] = (),
) -> dict[str, Any]:
    """Run a step of a model; return its result, and show it as metadata of the outputs.

    If it fails, the process ends with the name of the step and the error as its last line.
    """
    for file in outputs:
        # Kubeflow gives a file no extension, which names the format of a table.
        file.uri += EXTENSIONS.get(file.schema_title, "")
    function = getattr(importlib.import_module(f"{PACKAGE}.steps.{step}"), step)
    paths = [file.path for file in (*inputs, *outputs)]
    with _last_line(step):
        result: dict[str, Any] = function(name, *paths, *parameters)
    shown = {key: value for key, value in result.items() if isinstance(value, str | int | float)}
    for file in outputs:
        file.metadata.update(shown)
    return result


def compare(name: str, report: Artifact, page: Artifact) -> None:
    """Run the step `monitor` on the prediction log of the environment."""
    from ..steps.monitor import monitor

    with _last_line("monitor"):
        result = monitor(name, "log", "champion", report.path, page.path)
    report.metadata.update({key: result[key] for key in ("verdict", "rows", "version")})


def notify(name: str, pipeline: str, status: Status) -> None:
    """Send a notice of a run that did not succeed."""
    if status.state == "SUCCEEDED":
        return
    message = status.error_message or f"{status.pipeline_task_name} ended as {status.state}"
    run_id = status.pipeline_job_resource_name or None
    notices.send(notices.Failure(pipeline, message, model=name, run=run_id))


@contextlib.contextmanager
def _last_line(step: str) -> Iterator[None]:
    try:
        yield
    except (UserError, OSError) as error:
        raise SystemExit(f"{step}: {sentence(error)}") from None
    except Exception as error:
        traceback.print_exc()
        raise SystemExit(f"{step}: {type(error).__name__}: {error}") from None
