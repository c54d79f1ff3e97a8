"""Regression: a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..platform.errors import ContractError, UserError
from . import MakeRows, Metrics, Output, Sample, Table
from .classes import slices

if TYPE_CHECKING:
    import pandas as pd

    from ..contract import DataContract

NAME = "regression"
ONNX_OUTPUT = "prediction"
HIGHER_IS_BETTER: Mapping[str, bool] = {"r2": True, "rmse": False, "mae": False}
CALIBRATIONS: tuple[str, ...] = ()
DECISION: Mapping[str, float] = {}
DECISION_TYPES: Mapping[str, Any] = {}
_SIZES = tuple(base * 10.0**power for power in range(-2, 7) for base in (1, 3))
SCORE_BUCKETS: tuple[float, ...] = (*(-size for size in reversed(_SIZES)), 0.0, *_SIZES)
# Quantiles of the errors that the tables have.
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
# Rows of a range of predictions, on average.
FEWEST_ROWS = 10


def _revenue(
    inputs: Mapping[str, np.ndarray], risk: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    stays = 1 - 0.4 / (1 + np.exp(-risk))
    fees = 3 * inputs["monthly_price"] * (1 - inputs["discount"]) * stays
    noise = rng.normal(0, 15, len(risk))
    revenue: np.ndarray = np.clip(fees + 0.5 * inputs["usage_gb"] + noise, 0, None).round(2)
    return revenue


SAMPLE = Sample("next_quarter_revenue", _revenue, float("inf"))


def check_contract(contract: DataContract) -> None:
    """Raise ContractError if there are classes."""
    if contract.classes:
        raise ContractError(
            f"{contract.file}: a regression has no classes: write classes=(), or change task in "
            "mlops-stack.yaml"
        )


def labels(contract: DataContract, values: pd.Series) -> np.ndarray:
    """Return the target as float64. Raises ValueError for missing or infinite values."""
    missing = int(values.isna().sum())
    if missing:
        raise ValueError(f"{missing} rows have no {contract.target} yet")
    numbers = values.to_numpy(dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{contract.target} has infinite values")
    return numbers


def raw(output: np.ndarray) -> np.ndarray:
    """Return n values from the output of shape (n, 1)."""
    return output.reshape(-1).astype(np.float64)


def fit_calibration(y: np.ndarray, raw: np.ndarray) -> dict[str, float]:
    """Return nothing to apply: a regression has no calibration."""
    return {}


def calibrated(raw: np.ndarray, calibration: Mapping[str, float]) -> np.ndarray:
    """Return the values unchanged."""
    return raw


def outputs(contract: DataContract) -> tuple[Output, ...]:
    """Return `value`."""
    return (Output("value", "float", f"Predicted {contract.target}"),)


def predictions(
    contract: DataContract, raw: np.ndarray, decision: Mapping[str, float]
) -> dict[str, np.ndarray]:
    """Return the predicted number as `value`."""
    return {"value": raw}


def score_of(predictions: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the values."""
    return predictions["value"]


def rows(contract: DataContract, decision: Mapping[str, float]) -> MakeRows:
    """Return a function that makes objects with `value`."""

    def make(raw: np.ndarray) -> tuple[list[dict[str, Any]], list[float]]:
        values = raw.tolist()
        return [{"value": value} for value in values], values

    return make


def metrics(y: np.ndarray, raw: np.ndarray, decision: Mapping[str, float]) -> Metrics:
    """Return the quality of n values; `rmse`, `mae` and the means are in the unit of the target."""
    errors = raw - y
    return {
        "r2": r2(y, raw),
        "rmse": float(np.sqrt(np.mean(errors**2))),
        "mae": float(np.mean(np.abs(errors))),
        "mean_target": float(np.mean(y)),
        "mean_score": float(np.mean(raw)),
    }


def r2(y: np.ndarray, raw: np.ndarray) -> float | None:
    """Return the share of the variance that the predictions explain.

    The mean of the target as the prediction for all rows has 0; a worse model is below 0. None if
    all targets are equal.
    """
    spread = float(np.sum((y - np.mean(y)) ** 2)) if len(y) else 0.0
    return 1 - float(np.sum((raw - y) ** 2)) / spread if spread > 0 else None


def tables(
    contract: DataContract, y: np.ndarray, raw: np.ndarray, decision: Mapping[str, float]
) -> list[Table]:
    """Return the errors overall and for ranges of the prediction, mean targets, and residuals."""
    errors = raw - y
    quantiles: Table = {
        "title": "Errors (prediction minus target)",
        "header": [f"{share:.0%}" for share in (0.01, *SHARES, 0.99)],
        "rows": [[float(value) for value in np.quantile(errors, (0.01, *SHARES, 0.99))]],
    }
    ranges: Table = {
        "title": "Errors by size of the prediction",
        "header": ["prediction", "rows", "mean error", "mean absolute error"],
        "rows": [
            [
                _name(raw[rows]),
                len(rows),
                float(errors[rows].mean()),
                float(np.abs(errors[rows]).mean()),
            ]
            for rows in _ranges(raw, 5)
        ],
    }
    # A range with few rows would show chance, and the values of these rows.
    fitting = max(len(raw) // FEWEST_ROWS, 1)
    calibration: Table = {
        "title": "Calibration",
        "header": ["prediction", "rows", "mean prediction", f"mean {contract.target}"],
        "rows": [
            [_name(raw[rows]), len(rows), float(raw[rows].mean()), float(y[rows].mean())]
            for rows in _ranges(raw, min(10, fitting))
        ],
        "plot": "calibration",
    }
    parts = _ranges(raw, min(20, fitting))
    residuals: Table = {
        "title": "Residuals",
        "header": ["errors", "mean prediction", "prediction minus target"],
        "rows": [
            [name, float(raw[rows].mean()), float(np.quantile(errors[rows], share))]
            for name, share in ((f"{share:.0%} quantile", share) for share in SHARES)
            for rows in parts
        ],
        "plot": "lines",
    }
    return [quantiles, ranges, calibration, residuals]


def _ranges(raw: np.ndarray, count: int) -> list[np.ndarray]:
    """Return the positions of the rows in at most `count` ranges of the prediction, in order.

    The ranges have about equally many rows; equal predictions are in the same range.
    """
    edges = np.unique(np.quantile(raw, np.linspace(0, 1, count + 1)))
    bins = np.clip(np.searchsorted(edges, raw, side="right") - 1, 0, max(len(edges) - 2, 0))
    return [np.flatnonzero(bins == index) for index in np.unique(bins)]


def _name(raw: np.ndarray) -> str:
    return f"{raw.min():.6g} to {raw.max():.6g}"


def difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest difference, relative to the size and the spread of the values.

    The ONNX file has float32 values, whose absolute precision depends on their size.
    """
    scale = np.abs(expected) + np.std(expected)
    return float(np.max(np.abs(found - expected) / np.where(scale > 0, scale, 1.0)))


def primary(metrics: Mapping[str, float | None]) -> str:
    """Return `r2`, which does not depend on the unit of the target."""
    return "r2"


def by_slice(y: np.ndarray, raw: np.ndarray, groups: pd.Series, primary: str) -> dict[str, Metrics]:
    """Return the number of rows and the primary metric for each value of a column.

    Errors are compared with the variance of all rows. That of a slice can be small, and a model
    with small errors would look bad there.
    """
    variance = float(np.var(y))
    return {
        name: {
            "rows": int(mask.sum()),
            primary: 1 - float(np.mean((raw[mask] - y[mask]) ** 2)) / variance
            if variance > 0
            else None,
        }
        for name, mask in slices(groups)
    }


def fairness(y: np.ndarray, raw: np.ndarray, groups: pd.Series, min_rows: int) -> Metrics | None:
    """Return None: without a decision, there is no rate that two groups can differ in."""
    return None


def check_split(contract: DataContract, train: pd.Series, test: pd.Series) -> None:
    """Raise UserError if all targets of a part are equal."""
    for name, part in (("training", train), ("test", test)):
        if part.nunique() < 2:
            raise UserError(
                f"the {name} rows have only one value of {contract.target}: change "
                "split.test_fraction, set split.by: random, or use more rows"
            )
