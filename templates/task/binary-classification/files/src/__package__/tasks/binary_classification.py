"""Binary classification: the probability of the positive class, and a label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..metrics import auc, average_precision, brier, log_loss
from ..platform.errors import UserError
from . import Metrics, Output, Sample
from .classes import indexes, slices

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
}
DECISION: Mapping[str, float] = {"threshold": 0.5}
SCORE_BUCKETS: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
# Below this share of positives, false alarms hardly change the AUC.
RARE = 0.1


def _churned(risk: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return (rng.random(len(risk)) < 1 / (1 + np.exp(-risk))).astype(np.float64)


SAMPLE = Sample("churned", _churned, 2.0)


def labels(contract: DataContract, values: pd.Series) -> np.ndarray:
    """Return 0 or 1 for each row, as int64. Raises ValueError for missing or unknown labels."""
    return indexes(contract, values)


def raw(output: np.ndarray) -> np.ndarray:
    """Return n probabilities of the positive class from those of both classes, shape (n, 2)."""
    return output[:, 1].astype(np.float64)


def outputs(contract: DataContract) -> tuple[Output, ...]:
    """Return `score` and `label`."""
    negative, positive = map(str, contract.classes)
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
    classes = np.array([str(value) for value in contract.classes], dtype=object)
    return {"score": raw, "label": classes[(raw >= decision["threshold"]).astype(np.int64)]}


def score_of(predictions: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the probabilities."""
    return predictions["score"]


def metrics(y: np.ndarray, raw: np.ndarray, decision: Mapping[str, float]) -> Metrics:
    """Return the quality of the probabilities and of the labels. `y`: n values, 0 or 1."""
    return {
        "auc": auc(y, raw),
        "pr_auc": average_precision(y, raw),
        "log_loss": log_loss(y, raw),
        "brier": brier(y, raw),
        "positive_rate": float(np.mean(y)),
        "mean_score": float(np.mean(raw)),
    }


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
    rates = [float(selected[mask].mean()) for mask in masks]
    recalls = [float(selected[mask & (y == 1)].mean()) for mask in masks if (mask & (y == 1)).any()]
    return {
        "selection_rate_gap": max(rates, default=0.0) - min(rates, default=0.0),
        "recall_gap": max(recalls, default=0.0) - min(recalls, default=0.0),
    }


def check_split(contract: DataContract, train: pd.Series, test: pd.Series) -> None:
    """Raise UserError if the rows of a part have only one class."""
    for name, part in (("training", train), ("test", test)):
        if part.nunique() < 2:
            raise UserError(
                f"the {name} rows have only one class: change split.test_fraction, set split.by: "
                "random, or use more rows"
            )
