"""Binary classification: the probability of the positive class, and a label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..metrics import auc, average_precision, brier, confusion, log_loss, ratio
from ..platform.errors import UserError
from ..platform.typed import Share
from . import MakeRows, Metrics, Output, Sample, Table
from .classes import (
    calibration_table,
    check_count,
    gaps,
    indexes,
    label_table,
    roc_tables,
    slices,
)

if TYPE_CHECKING:
    import pandas as pd

    from ..contract import DataContract

NAME = "binary-classification"
ONNX_OUTPUT = "probabilities"
# Accuracy is not among them: with rare positives, a model that never finds one has a high accuracy.
HIGHER_IS_BETTER: Mapping[str, bool] = {
    "auc": True,
    "pr_auc": True,
    "log_loss": False,
    "brier": False,
    "precision": True,
    "recall": True,
    "f1": True,
}
CALIBRATIONS: tuple[str, ...] = ("sigmoid",)
DECISION: Mapping[str, float] = {"threshold": 0.5}
DECISION_TYPES: Mapping[str, Any] = {"threshold": Share}
SCORE_BUCKETS: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
# Below this share of positives, false alarms hardly change the AUC.
RARE = 0.1


def _churned(
    inputs: Mapping[str, np.ndarray], risk: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    return (rng.random(len(risk)) < 1 / (1 + np.exp(-risk))).astype(np.float64)


SAMPLE = Sample("churned", _churned, 2.0)


def check_contract(contract: DataContract) -> None:
    """Raise ContractError unless there are two classes."""
    check_count(contract, 2, 2)


def labels(contract: DataContract, values: pd.Series) -> np.ndarray:
    """Return 0 or 1 for each row, as int64. Raises ValueError for missing or unknown labels."""
    return indexes(contract, values)


def raw(output: np.ndarray) -> np.ndarray:
    """Return n probabilities of the positive class from those of both classes, shape (n, 2)."""
    return output[:, 1].astype(np.float64)


def fit_calibration(y: np.ndarray, raw: np.ndarray) -> dict[str, float]:
    """Fit `slope` and `intercept` of the log-odds (Platt scaling) with Newton's method.

    J. Platt, "Probabilistic outputs for support vector machines", 1999, also gives the targets.
    """
    positives = float(y.sum())
    high, low = (positives + 1) / (positives + 2), 1 / (len(y) - positives + 2)
    target = np.where(y == 1, high, low)
    design = np.column_stack([_log_odds(raw), np.ones(len(y))])
    found = np.array([1.0, 0.0])
    for _ in range(50):
        share = 1 / (1 + np.exp(-design @ found))
        curvature = (design * (share * (1 - share))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, design.T @ (share - target))
        found = found - step
        if np.max(np.abs(step)) < 1e-10:
            break
    return {"slope": float(found[0]), "intercept": float(found[1])}


def calibrated(raw: np.ndarray, calibration: Mapping[str, float]) -> np.ndarray:
    """Return the logistic function of the corrected log-odds."""
    corrected = calibration["slope"] * _log_odds(raw) + calibration["intercept"]
    result: np.ndarray = 1 / (1 + np.exp(-corrected))
    return result


def _log_odds(raw: np.ndarray) -> np.ndarray:
    clipped = np.clip(raw, 1e-7, 1 - 1e-7)
    odds: np.ndarray = np.log(clipped) - np.log1p(-clipped)
    return odds


def outputs(contract: DataContract) -> tuple[Output, ...]:
    """Return `score` and `label`."""
    negative, positive = contract.class_names
    return (
        Output("score", "float", f"Probability of the class {positive}", min=0, max=1),
        Output(
            "label",
            "string",
            f"{positive} if the score reaches the threshold, else {negative}",
            names=(negative, positive),
        ),
    )


def predictions(
    contract: DataContract, raw: np.ndarray, decision: Mapping[str, float]
) -> dict[str, np.ndarray]:
    """Return `score`, and the positive `label` where the score reaches `threshold`."""
    classes = np.array(contract.class_names, dtype=object)
    return {"score": raw, "label": classes[_chosen(raw, decision)]}


def _chosen(raw: np.ndarray, decision: Mapping[str, float]) -> np.ndarray:
    return (raw >= decision["threshold"]).astype(np.int64)


def score_of(predictions: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the probabilities."""
    return predictions["score"]


def rows(contract: DataContract, decision: Mapping[str, float]) -> MakeRows:
    """Return a function that makes objects with `score` and `label`."""
    negative, positive = contract.class_names
    threshold = decision["threshold"]

    def make(raw: np.ndarray) -> tuple[list[dict[str, Any]], list[float]]:
        scores = raw.tolist()
        objects = [
            {"score": score, "label": positive if score >= threshold else negative}
            for score in scores
        ]
        return objects, scores

    return make


def metrics(y: np.ndarray, raw: np.ndarray, decision: Mapping[str, float]) -> Metrics:
    """Return the quality of the probabilities and of the labels. `y`: n values, 0 or 1."""
    (true_negatives, false_positives), (missed, found) = confusion(y, _chosen(raw, decision), 2)
    return {
        "auc": auc(y, raw),
        "pr_auc": average_precision(y, raw),
        "log_loss": log_loss(y, raw),
        "brier": brier(y, raw),
        "precision": ratio(found, found + false_positives),
        "recall": ratio(found, found + missed),
        "f1": ratio(2 * found, 2 * found + false_positives + missed),
        "accuracy": ratio(found + true_negatives, len(y)),
        "positive_rate": float(np.mean(y)),
        "mean_score": float(np.mean(raw)),
    }


def tables(
    contract: DataContract, y: np.ndarray, raw: np.ndarray, decision: Mapping[str, float]
) -> list[Table]:
    """Return the labels by class, the calibration, and the ROC curve."""
    names = contract.class_names
    counts = confusion(y, _chosen(raw, decision), 2)
    return [
        label_table(f"Labels at the threshold {decision['threshold']:g}", names, counts),
        calibration_table(("score", "rows", "mean score", f"share of {names[1]}"), raw, y),
        *roc_tables(y, {names[1]: (1, raw)}),
    ]


def difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest absolute difference, in probability."""
    return float(np.max(np.abs(found - expected)))


def primary(metrics: Mapping[str, float | None]) -> str:
    """Return `pr_auc` if positives are rare, else `auc`."""
    rate = metrics.get("positive_rate")
    return "pr_auc" if rate is not None and rate < RARE else "auc"


def by_slice(y: np.ndarray, raw: np.ndarray, groups: pd.Series, primary: str) -> dict[str, Metrics]:
    """Return the number of rows and the primary metric for each value of a column."""
    measure = {"auc": auc, "pr_auc": average_precision}[primary]
    return {
        name: {"rows": int(mask.sum()), primary: measure(y[mask], raw[mask])}
        for name, mask in slices(groups)
    }


def fairness(y: np.ndarray, raw: np.ndarray, groups: pd.Series, min_rows: int) -> Metrics | None:
    """Return the largest gaps between groups of at least `min_rows` rows, in probability.

    The selected rows are those with the highest scores, as many as there are positives. The gaps
    therefore do not depend on the threshold.
    """
    selected = raw >= np.quantile(raw, 1 - np.mean(y))
    masks = [mask for _, mask in slices(groups) if mask.sum() >= min_rows]
    positives = [mask & (y == 1) for mask in masks]
    return {
        "selection_rate_gap": gaps(float(selected[mask].mean()) for mask in masks),
        "recall_gap": gaps(float(selected[mask].mean()) for mask in positives if mask.any()),
    }


def check_split(contract: DataContract, train: pd.Series, test: pd.Series) -> None:
    """Raise UserError if the rows of a part have only one class."""
    for name, part in (("training", train), ("test", test)):
        if part.nunique() < 2:
            raise UserError(
                f"the {name} rows have only one class: change split.test_fraction, set split.by: "
                "random, or use more rows"
            )
