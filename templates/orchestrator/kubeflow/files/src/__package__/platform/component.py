"""What the components of Kubeflow Pipelines have in common: they run a step on their artifacts."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from . import interrupts
from .errors import UserError
from .output import sentence

PACKAGE = __name__.split(".", maxsplit=1)[0]


class Artifact(Protocol):
    """A file or folder of a run. Kubeflow copies it from and to `uri`."""

    uri: str
    path: str
    metadata: dict[str, Any]


def run(
    step: str,
    name: str,
    inputs: Iterable[Artifact],
    outputs: Sequence[Artifact],
    parameters: Sequence[str] = (),
) -> dict[str, Any]:
    """Run a step of a model; return its result, and show it as metadata of the outputs.

    An error that the user can fix ends the process with one sentence.
    """
    interrupts.install()
    function = getattr(importlib.import_module(f"{PACKAGE}.steps.{step}"), step)
    paths = [file.path for file in (*inputs, *outputs)]
    try:
        result: dict[str, Any] = function(name, *paths, *parameters)
    except (UserError, OSError) as error:
        raise SystemExit(f"{step}: {sentence(error)}") from None
    shown = {key: value for key, value in result.items() if isinstance(value, str | int | float)}
    for file in outputs:
        file.metadata.update(shown)
    return result


def compare(name: str, report: Artifact, page: Artifact) -> None:
    """Run the step `monitor` on the prediction log of the environment."""
    from ..steps.monitor import monitor

    try:
        result = monitor(name, "log", "champion", report.path, page.path)
    except (UserError, OSError) as error:
        raise SystemExit(f"monitor: {sentence(error)}") from None
    report.metadata.update({key: result[key] for key in ("verdict", "rows", "version")})


def notify(name: str, pipeline: str, status: Status) -> None:
    """Send a notice of a run that did not succeed."""
    if status.state == "SUCCEEDED":
        return
    emit("notice", model=name, pipeline=pipeline, state=status.state, error=status.error_message)
