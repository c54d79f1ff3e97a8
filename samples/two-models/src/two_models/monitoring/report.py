"""The monitoring report: compared rows, drift of the inputs, and quality of the scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..contract import DataContract
from ..params import Params
from ..platform import artifacts, prediction_logs
from ..platform.errors import DataContractError, UserError
from ..registry import ModelVersion
from . import DriftResult, FeatureDrift
from .retrainings import time_of

if TYPE_CHECKING:
    import pandas as pd

# Number of newest rows of a prediction log in one window.
WINDOW_ROWS = 50_000
# Entries of services that ran at the same time are not merged, and a file can arrive late: an entry
# that is older than the window by less can be followed by one that is in it.
UNSORTED = timedelta(days=1)


def read_window(uri: str, model: str, contract: DataContract, params: Params) -> pd.DataFrame:
    """Read current rows: a table, or the newest rows of `model` in a prediction log.

    The rows get the names and types of the contract, as in training; CSV files are in the dialect
    of `params.data`. Rows of a log are at most `params.drift.window_days` old. Raises UserError if
    there are no rows, DataContractError if an input is missing or has values of another type.
    """
    from ..data.conversion import conform
    from ..data.sources import read_rows
    from ..quality.rules import structure

    if not artifacts.exists(uri):
        raise UserError(
            f"no rows at {uri}: send requests to the service, or set CURRENT to a table"
        )
    if prediction_logs.is_log(uri):
        days = params.drift.window_days
        recent = read_log(uri, model, datetime.now(UTC) - timedelta(days=days))
        if recent.empty:
            raise UserError(
                f"{uri} has no rows of {model} from the last {days:g} days (drift.window_days): "
                "send requests to the service, or set CURRENT to a table"
            )
        frame = conform(recent, contract)
    else:
        frame = read_rows(uri, contract, params.data)
    if frame.empty:
        raise UserError(f"{uri} has no rows of {model}")
    needed = {*contract.names, *({contract.target} & set(frame.columns))}
    failures = [failure for failure in structure(frame, contract) if failure.column in needed]
    if failures:
        found = "; ".join(map(str, failures))
        raise DataContractError(f"{uri} cannot be compared: {found}", [*map(asdict, failures)])
    return frame


def read_log(uri: str, model: str, since: datetime) -> pd.DataFrame:
    """Read the inputs of one model and its first output from a prediction log, newest first.

    Whole requests from `since` on are added until there are WINDOW_ROWS rows. A request of unknown
    age is left out.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for entry in prediction_logs.entries(uri):
        at = time_of(entry.get("time"))
        if at is None or at < since:
            if at is not None and at < since - UNSORTED:
                break
            continue
        if entry["model"] != model:
            continue
        predicted = prediction_logs.predictions(entry)
        for features, prediction in zip(entry["features"], predicted, strict=True):
            first = next(iter(prediction.values()))
            rows.append({**features, "prediction": first, "model_version": entry["model_version"]})
        if len(rows) >= WINDOW_ROWS:
            break
    return pd.DataFrame(rows)


def build(
    model: str,
    drift: DriftResult,
    quality: Mapping[str, float | None] | None,
    labelled_rows: int,
    champion: ModelVersion | None,
    sources: dict[str, str],
    distributions: Mapping[str, Mapping[str, Any]],
    registered: Mapping[str, float] | None = None,
    limits: Mapping[str, float] | None = None,
    primary: str = "auc",
    prediction: Mapping[str, Any] | None = None,
    repeated_rows: int = 0,
) -> dict[str, Any]:
    """Build a report of plain JSON values.

    quality: metrics on the `labelled_rows` rows with a known label; None if there are too few.
    champion: the evaluated version; registered: its metrics at its registration.
    sources: URIs of the current and the reference rows. distributions: result of
        `distributions.compare`. limits: `primary` below which to retrain, and `psi` below which an
        input never counts as drifted; the smallest numbers of `rows` and of `labeled_rows`.
    primary: name of the primary metric. prediction: distribution of the predictions, if they were
        compared. repeated_rows: number of rows of the window that were left out as copies.
    """
    return {
        "model": model,
        "version": champion.version if champion is not None else None,
        "version_sha256": champion.sha256 if champion is not None else None,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        **sources,
        "verdict": drift.verdict,
        "rows": drift.rows,
        "repeated_rows": repeated_rows,
        "reference_rows": drift.reference_rows,
        "drifted": [feature.feature for feature in drift.features if feature.drifted],
        "features": [
            _compared(feature, distributions[feature.feature]) for feature in drift.features
        ],
        "prediction": _compared(drift.prediction, prediction or {}) if drift.prediction else None,
        "primary": primary,
        "quality": quality,
        "labelled_rows": labelled_rows,
        "registered": dict(registered) if registered is not None else None,
        "limits": dict(limits or {}),
    }


def _compared(found: FeatureDrift, distribution: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "feature": found.feature,
        "psi": round(found.psi, 6),
        "threshold": round(found.threshold, 6),
        "drifted": found.drifted,
        "bins": found.bins,
        "distribution": distribution,
    }


def window(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the summary of a window that later reports show.

    `excess` is the largest index as a multiple of its threshold: above 1 an input has drifted.
    """
    excess = [item["psi"] / item["threshold"] for item in report["features"] if item["threshold"]]
    return {
        **{key: report[key] for key in ("created", "version", "verdict", "rows")},
        **{key: report[key] for key in ("drifted", "quality", "labelled_rows")},
        "excess": round(max(excess, default=0.0), 6),
    }
