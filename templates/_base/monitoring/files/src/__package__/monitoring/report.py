"""The monitoring report: compared rows, drift of the inputs, and quality of the scores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..contract import DataContract
from ..platform import artifacts, prediction_logs
from ..platform.errors import DataContractError, UserError
from . import DriftResult

if TYPE_CHECKING:
    import pandas as pd

# Number of newest rows of a prediction log in one window.
WINDOW_ROWS = 50_000


def read_window(uri: str, model: str, contract: DataContract) -> pd.DataFrame:
    """Read current rows: a table, or the newest rows of `model` in a prediction log.

    Raises UserError if there are no rows, DataContractError if an input is missing.
    """
    from ..data.frames import read_frame

    if not artifacts.exists(uri):
        raise UserError(
            f"no rows at {uri}: send requests to the service, or set CURRENT to a table"
        )
    frame = read_log(uri, model) if prediction_logs.is_log(uri) else read_frame(uri)
    if frame.empty:
        raise UserError(f"{uri} has no rows of {model}")
    missing = [name for name in contract.names if name not in frame]
    if missing:
        raise DataContractError(f"{uri} lacks the inputs {', '.join(missing)}", [])
    return frame


def read_log(uri: str, model: str) -> pd.DataFrame:
    """Read the inputs of one model and its first output from a prediction log, newest first.

    Whole requests are added until there are WINDOW_ROWS rows.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for entry in prediction_logs.entries(uri):
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
    version: str | None,
    sources: dict[str, str],
    distributions: Mapping[str, Mapping[str, Any]],
    registered: Mapping[str, float] | None = None,
    limits: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Build a report of plain JSON values.

    quality: metrics on the `labelled_rows` rows with a known label; None if there are none.
    version: the evaluated champion; registered: its metrics at its registration.
    sources: URIs of the current and the reference rows. distributions: result of
        `distributions.compare`. limits: `auc` below which to retrain, and `psi` below which an
        input never counts as drifted.
    """
    return {
        "model": model,
        "version": version,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        **sources,
        "verdict": drift.verdict,
        "rows": drift.rows,
        "reference_rows": drift.reference_rows,
        "drifted": [feature.feature for feature in drift.features if feature.drifted],
        "features": [
            {
                "feature": feature.feature,
                "psi": round(feature.psi, 6),
                "threshold": round(feature.threshold, 6),
                "drifted": feature.drifted,
                "bins": feature.bins,
                "distribution": distributions[feature.feature],
            }
            for feature in drift.features
        ],
        "quality": quality,
        "labelled_rows": labelled_rows,
        "registered": dict(registered) if registered is not None else None,
        "limits": dict(limits or {}),
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
