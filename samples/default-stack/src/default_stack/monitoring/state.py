"""Results of batch steps in small JSON files, which the service reads for each scrape.

There is one file per model and subject below `<artifacts.root>/monitoring/<model>/`, and each is
replaced atomically. A step never fails because of them: a failed write is reported as an event.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..platform import artifacts
from ..platform.errors import UserError
from ..platform.events import emit
from ..platform.settings import load_settings

# Each remote file costs a round trip, so its content is cached; local files are always read.
REMOTE_SECONDS = 30.0
# Number of windows that a report shows.
WINDOWS = 60
_remote: dict[str, tuple[float, State]] = {}


@dataclass(frozen=True)
class State:
    """The recorded state of one model.

    psi: population stability index by input. failures: total number of failed checks of the data
        contract.
    quality: metrics on labelled production rows, of version `quality_version`.
    successes: Unix time of the last success, by pipeline.
    """

    psi: Mapping[str, float] = field(default_factory=dict)
    failures: float = 0.0
    quality: Mapping[str, float] = field(default_factory=dict)
    quality_version: str | None = None
    successes: Mapping[str, float] = field(default_factory=dict)


def record_validation(model: str, failures: int) -> None:
    """Add the failed checks of one validation (also 0) to the total."""
    _update(model, "validation", lambda old: {"failures": _number(old.get("failures")) + failures})


def record_drift(model: str, psi: Mapping[str, float]) -> None:
    """Record the drift of the latest window, by input."""
    _update(model, "drift", lambda _: {"psi": dict(psi)})


def record_quality(
    model: str, version: str, metrics: Mapping[str, float | None], rows: int, primary: str
) -> None:
    """Record the quality of a version on `rows` labeled production rows.

    primary: the name of the metric that alarms watch.
    """
    known = {name: value for name, value in metrics.items() if _is_known(value)}
    content = {"version": version, "metrics": known, "rows": rows, "primary": primary}
    _update(model, "quality", lambda _: content)


def record_window(model: str, window: Mapping[str, Any]) -> None:
    """Record the summary of one window; the previous WINDOWS - 1 windows are kept."""
    _update(model, "windows", lambda old: {"windows": [*_windows(old), dict(window)][-WINDOWS:]})


def windows(model: str) -> list[dict[str, Any]]:
    """Return the summaries of the latest windows, oldest first."""
    return _windows(_load(_root(), model, "windows"))


def record_success(model: str, pipeline: str, at: float | None = None) -> None:
    """Record that a pipeline succeeded at Unix time `at`, by default now."""
    moment = time.time() if at is None else at
    content = {"at": moment}
    _update(model, "pipelines", lambda old: {**old, pipeline: content})


def read(model: str) -> State:
    """Read the state of a model. Missing or unreadable files count as unknown."""
    root = _root()
    if artifacts.local_path(root) is not None:
        return _read(root, model)
    read_at, known = _remote.get(f"{root}/{model}", (0.0, State()))
    if time.monotonic() - read_at > REMOTE_SECONDS or read_at == 0.0:
        known = _read(root, model)
        _remote[f"{root}/{model}"] = (time.monotonic(), known)
    return known


def _read(root: str, model: str) -> State:
    drift = _load(root, model, "drift")
    validation = _load(root, model, "validation")
    quality = _load(root, model, "quality")
    pipelines = _load(root, model, "pipelines")
    return State(
        psi=_numbers(drift.get("psi")),
        failures=_number(validation.get("failures")),
        quality=_numbers(quality.get("metrics")),
        quality_version=quality.get("version"),
        successes={
            name: _number(value.get("at"))
            for name, value in pipelines.items()
            if isinstance(value, Mapping)
        },
    )


def _root() -> str:
    return f"{load_settings().artifacts.root.rstrip('/')}/monitoring"


def _load(root: str, model: str, subject: str) -> dict[str, Any]:
    uri = f"{root}/{model}/{subject}.json"
    try:
        return artifacts.read_json(uri) if artifacts.exists(uri) else {}
    except (UserError, OSError) as error:
        emit("monitoring_state_unreadable", uri=uri, error=str(error))
        return {}


def _update(model: str, subject: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    uri = f"{_root()}/{model}/{subject}.json"
    try:
        artifacts.write_json(uri, change(_load(_root(), model, subject)))
    except Exception as error:
        emit("monitoring_state_not_written", uri=uri, error=str(error))


def _is_known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _windows(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = content.get("windows")
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _numbers(value: Any) -> dict[str, float]:
    items = value.items() if isinstance(value, Mapping) else ()
    return {str(name): _number(item) for name, item in items}
