"""Types of the JSON files of a run: reports of the steps, the registered version, the decision.

A measured number is None where it is not defined. Files of earlier releases lack the keys that are
not required.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict, TypeVar, cast

import msgspec

from ..tasks import Table
from . import artifacts
from .errors import UserError

R = TypeVar("R")
Metrics = dict[str, float | None]


class Window(TypedDict):
    """Rows of a version. until: last day of a past window. end: newest time of a row or label."""

    until: str | None
    end: str | None


class Parity(TypedDict):
    """Comparison of the ONNX file with the framework on `rows` rows."""

    max_abs_diff: float | None
    rows: int
    tolerance: float


class Served(TypedDict):
    """What the service runs: `onnx` or `native`, and the `reason` for `native`.

    latency_ms: median time in which the framework scores one row.
    """

    served: str
    parity: Parity | None
    reason: str | None
    latency_ms: NotRequired[float]


class Compared(TypedDict):
    """A champion on the same rows. `reason`: why it has no metrics.

    rows: number of test rows that it was registered with. window_end: newest time of its rows and
    labels; the time of its training for a version of an earlier release. gain: metric -> lower
    limit of the confidence interval of how much better the new version is, if there are few rows.
    """

    version: str
    metrics: Metrics
    reason: NotRequired[str]
    rows: NotRequired[int | None]
    window_end: NotRequired[str | None]
    gain: NotRequired[Metrics]


class Fitted(TypedDict):
    """Number of rows that the model was fitted on, and of training rows of the split.

    rows: None for a version that an earlier release trained.
    """

    rows: int | None
    split: int


class Baselines(TypedDict):
    """Primary metric of simple predictions for the same rows.

    constant: of a prediction that uses no input. linear: of a linear model. lead: how much better
    the linear model is than the version; beyond the margin, the lower limit of an interval.
    """

    constant: float | None
    linear: float | None
    lead: float | None


class Inputs(TypedDict):
    """What the inputs do.

    effects: input -> largest change of a prediction by other values; None for an input with one
    value. ignored: inputs without effect that the parameters do not list as unused. loss: how much
    the linear model loses without them, as `lead`; None if there are none.
    """

    effects: Metrics
    ignored: list[str]
    loss: float | None


class Searched(TypedDict):
    """How a search of parameters came to those of a version, if there was one.

    search: its scores in cross-validation and its values. tables: its trials.
    """

    search: NotRequired[Mapping[str, Any]]
    tables: NotRequired[list[Table]]


class Training(Searched):
    """Report of `train`."""

    model: str
    rows: int
    params: dict[str, Any]
    metrics: Metrics


class Evaluation(TypedDict):
    """Report of `evaluate`.

    slices, fairness: column -> group or gap -> metrics. tables: details that the task gives.
    former: earlier champions, the newest first.
    """

    model: str
    task: NotRequired[str]
    primary: NotRequired[str]
    rows: int
    serving: Served
    metrics: Metrics
    slices: dict[str, dict[str, Metrics]]
    tables: NotRequired[list[Table]]
    fairness: dict[str, Metrics]
    training: NotRequired[Fitted]
    baselines: NotRequired[Baselines]
    inputs: NotRequired[Inputs]
    champion: Compared | None
    former: NotRequired[list[Compared]]


class Version(TypedDict):
    """Result of `register`. lineage, params: content of the files of the run."""

    model: str
    version: str
    sha256: str
    run_id: NotRequired[str | None]
    run_url: NotRequired[str | None]
    lineage: NotRequired[dict[str, Any] | None]
    params: NotRequired[dict[str, Any]]


class Failure(TypedDict):
    """A failed gate."""

    gate: str
    metric: str
    value: float | None
    threshold: float | None


class Check(Failure):
    """A gate that applied."""

    passed: bool


class Decision(TypedDict):
    """Decision of the gate. champion: the version that the metrics were compared with."""

    model: str
    version: str
    sha256: str
    accepted: bool
    refused: list[Failure]
    champion: str | None
    metrics: Metrics
    checks: NotRequired[list[Check]]
    time: NotRequired[str]


def training_result(decision: dict[str, Any]) -> dict[str, Any]:
    """Return what a run of the training pipeline returns, from the decision of its gate."""
    return {
        "version": decision["version"],
        "accepted": decision["accepted"],
        "decision": decision,
        "metrics": decision["metrics"],
        "promoted": decision["accepted"],
    }


def read(uri: str, kind: type[R]) -> R:
    """Read a file of type `kind`. Raises UserError, which names the key that has another type."""
    value = artifacts.read_json(uri)
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise UserError(f"{uri} is not a {kind.__name__.lower()}: {error}") from error
    return cast(R, value)
