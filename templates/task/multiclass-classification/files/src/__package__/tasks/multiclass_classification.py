"""Multiclass classification: a label, and the probability of each class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..metrics import auc, confusion, mean, ratio
from ..platform.errors import UserError
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

NAME = "multiclass-classification"
ONNX_OUTPUT = "probabilities"
# Accuracy is not among them: it hides the rare classes.
HIGHER_IS_BETTER: Mapping[str, bool] = {
    "macro_auc": True,
    "macro_f1": True,
    "balanced_accuracy": True,
    "log_loss": False,
    "brier": False,
}
CALIBRATIONS: tuple[str, ...] = ("temperature",)
DECISION: Mapping[str, float] = {}
DECISION_TYPES: Mapping[str, Any] = {}
SCORE_BUCKETS: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


def _next_step(
    inputs: Mapping[str, np.ndarray], risk: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    upgrade = 0.05 * (inputs["usage_gb"] - 24) - 1.5 * (inputs["plan"] == "premium")
    utility = np.column_stack([risk, np.full(len(risk), 0.3), upgrade])
    chosen = np.argmax(utility + rng.gumbel(size=utility.shape), axis=1)
    return np.array(["leaves", "renews", "upgrades"], dtype=object)[chosen]


SAMPLE = Sample("next_step", _next_step, "unknown")


def check_contract(contract: DataContract) -> None:
    """Raise ContractError unless there are two or more classes."""
    check_count(contract, 2, None)


def labels(contract: DataContract, values: pd.Series) -> np.ndarray:
    """Return the index of the class of each row. Raises ValueError for missing or unknown ones."""
    return indexes(contract, values)


def raw(output: np.ndarray) -> np.ndarray:
    """Return the probabilities of k classes, shape (n, k)."""
    return output.astype(np.float64)


def fit_calibration(y: np.ndarray, raw: np.ndarray) -> dict[str, float]:
    """Fit the `temperature`, which divides the log-probabilities, by its log loss.

    C. Guo et al., "On calibration of modern neural networks", ICML 2017.
    """

    def loss(power: float) -> float:
        changed = calibrated(raw, {"temperature": float(np.exp(power))})
        return float(-np.mean(np.log(np.clip(changed[np.arange(len(y)), y], 1e-12, 1))))

    low, high = np.log(0.05), np.log(20)
    # The loss is convex in the inverse of the temperature, so it has one minimum here, too.
    for _ in range(60):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return {"temperature": float(np.exp((low + high) / 2))}


def calibrated(raw: np.ndarray, calibration: Mapping[str, float]) -> np.ndarray:
    """Return the softmax of the log-probabilities divided by the temperature."""
    scaled = np.log(np.clip(raw, 1e-12, 1)) / calibration["temperature"]
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    result: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return result


def outputs(contract: DataContract) -> tuple[Output, ...]:
    """Return `label` and `probabilities`."""
    names = contract.class_names
    return (
        Output("label", "string", "The most probable class", names=names),
        Output(
            "probabilities",
            "float",
            "Probability of each class, in the order of the contract",
            size=len(names),
            names=names,
            min=0,
            max=1,
        ),
    )


def predictions(
    contract: DataContract, raw: np.ndarray, decision: Mapping[str, float]
) -> dict[str, np.ndarray]:
    """Return the most probable class as `label`, and the `probabilities`."""
    classes = np.array(contract.class_names, dtype=object)
    return {"label": classes[np.argmax(raw, axis=1)], "probabilities": raw}


def score_of(predictions: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the probability of the predicted class."""
    best: np.ndarray = predictions["probabilities"].max(axis=1)
    return best


def rows(contract: DataContract, decision: Mapping[str, float]) -> MakeRows:
    """Return a function that makes objects with `label` and `probabilities` by class."""
    names = contract.class_names

    def make(raw: np.ndarray) -> tuple[list[dict[str, Any]], list[float]]:
        found = list(zip(raw.tolist(), raw.argmax(axis=1).tolist(), strict=True))
        objects = [
            {"label": names[best], "probabilities": dict(zip(names, row, strict=True))}
            for row, best in found
        ]
        return objects, [row[best] for row, best in found]

    return make


def metrics(y: np.ndarray, raw: np.ndarray, decision: Mapping[str, float]) -> Metrics:
    """Return the quality of the probabilities and of the labels. `y`: n class indexes."""
    known = np.eye(raw.shape[1])[y]
    counts = np.array(confusion(y, np.argmax(raw, axis=1), raw.shape[1]))
    found, real, labelled = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    likelihood = np.clip(raw[np.arange(len(y)), y], 1e-7, 1.0)
    return {
        "macro_auc": macro_auc(y, raw),
        "macro_f1": mean(
            ratio(2 * hit, a + b) for hit, a, b in zip(found, real, labelled, strict=True)
        ),
        "balanced_accuracy": mean(ratio(hit, a) for hit, a in zip(found, real, strict=True)),
        "log_loss": float(-np.mean(np.log(likelihood))),
        "brier": float(np.mean(np.sum((raw - known) ** 2, axis=1))),
        "accuracy": ratio(found.sum(), len(y)),
        "mean_score": float(raw.max(axis=1).mean()),
    }


def macro_auc(y: np.ndarray, raw: np.ndarray) -> float | None:
    """Return the mean AUC of each class against all others; None if there is only one class."""
    return mean(auc((y == index).astype(np.int64), raw[:, index]) for index in range(raw.shape[1]))


def tables(
    contract: DataContract, y: np.ndarray, raw: np.ndarray, decision: Mapping[str, float]
) -> list[Table]:
    """Return the quality of each class, the labels by class, the calibration and the ROC curves.

    The calibration is that of the predicted classes.
    """
    names = contract.class_names
    chosen = np.argmax(raw, axis=1)
    counts = confusion(y, chosen, len(names))
    each: Table = {
        "title": "Classes",
        "header": ["class", "rows", "auc", "precision", "recall"],
        "rows": [
            [
                name,
                sum(counts[index]),
                auc((y == index).astype(np.int64), raw[:, index]),
                ratio(counts[index][index], sum(row[index] for row in counts)),
                ratio(counts[index][index], sum(counts[index])),
            ]
            for index, name in enumerate(names)
        ],
    }
    header = ("probability of the label", "rows", "mean probability", "share of correct labels")
    return [
        each,
        label_table("Labels", names, counts),
        calibration_table(header, raw.max(axis=1), chosen == y),
        *roc_tables(y, {name: (index, raw[:, index]) for index, name in enumerate(names)}),
    ]


def difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest absolute difference, in probability."""
    return float(np.max(np.abs(found - expected)))


def primary(metrics: Mapping[str, float | None]) -> str:
    """Return `macro_auc`."""
    return "macro_auc"


def by_slice(y: np.ndarray, raw: np.ndarray, groups: pd.Series, primary: str) -> dict[str, Metrics]:
    """Return the number of rows and the primary metric for each value of a column.

    Classes without a row in a slice do not count there.
    """
    return {
        name: {"rows": int(mask.sum()), primary: macro_auc(y[mask], raw[mask])}
        for name, mask in slices(groups)
    }


def fairness(y: np.ndarray, raw: np.ndarray, groups: pd.Series, min_rows: int) -> Metrics | None:
    """Return the largest gaps between groups of at least `min_rows` rows, in probability.

    selection_rate_gap: largest gap, over all classes, in the share of rows with that label.
    recall_gap: the same for the share of the rows of the class that get its label.
    """
    chosen = np.argmax(raw, axis=1)
    masks = [mask for _, mask in slices(groups) if mask.sum() >= min_rows]
    rates, recalls = [], []
    for index in range(raw.shape[1]):
        hit = chosen == index
        members = [mask & (y == index) for mask in masks]
        rates.append(gaps(float(hit[mask].mean()) for mask in masks))
        recalls.append(gaps(float(hit[mask].mean()) for mask in members if mask.any()))
    return {"selection_rate_gap": max(rates), "recall_gap": max(recalls)}


def check_split(contract: DataContract, train: pd.Series, test: pd.Series) -> None:
    """Raise UserError if the rows of a part have only one class."""
    for name, part in (("training", train), ("test", test)):
        if part.nunique() < 2:
            raise UserError(
                f"the {name} rows have only one class: change split.test_fraction, set split.by: "
                "random, or use more rows"
            )
