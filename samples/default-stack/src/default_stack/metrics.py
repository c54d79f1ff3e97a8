"""Quality of scores: overall, per slice, and the gaps between protected groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return the area under the ROC curve; ties count half. NaN if there is only one class."""
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    _, index, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[index]
    return float(
        (ranks[labels == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives)
    )


def log_loss(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return the mean negative log likelihood, in nats."""
    clipped = np.clip(scores, 1e-7, 1 - 1e-7)
    return float(-np.mean(np.where(labels == 1, np.log(clipped), np.log1p(-clipped))))


def brier(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return the mean squared error of the probabilities."""
    return float(np.mean((scores - labels) ** 2))


def overall(labels: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    """Return all metrics by name. `labels`: n values, 0 or 1. `scores`: n probabilities."""
    return {
        "auc": auc(labels, scores),
        "log_loss": log_loss(labels, scores),
        "brier": brier(labels, scores),
        "positive_rate": float(np.mean(labels)),
        "mean_score": float(np.mean(scores)),
    }


def by_slice(
    labels: np.ndarray, scores: np.ndarray, groups: pd.Series
) -> dict[str, dict[str, float]]:
    """Return the number of rows and the AUC for each value of a column."""
    values = groups.to_numpy(dtype=object)
    return {
        str(value): {
            "rows": int((values == value).sum()),
            "auc": auc(labels[values == value], scores[values == value]),
        }
        for value in sorted(set(values), key=str)
    }


def fairness(
    labels: np.ndarray, scores: np.ndarray, groups: pd.Series, min_rows: int
) -> dict[str, float]:
    """Return the largest gaps between groups of at least `min_rows` rows, in probability.

    The selected rows are those with the highest scores, as many as there are positives. The gaps
    therefore do not depend on an arbitrary threshold.
    """
    threshold = np.quantile(scores, 1 - np.mean(labels))
    selected = scores >= threshold
    values = groups.to_numpy(dtype=object)
    masks = [values == value for value in set(values) if (values == value).sum() >= min_rows]
    rates = [float(selected[mask].mean()) for mask in masks]
    recalls = [
        float(selected[mask & (labels == 1)].mean())
        for mask in masks
        if (mask & (labels == 1)).any()
    ]
    return {
        "selection_rate_gap": max(rates, default=0.0) - min(rates, default=0.0),
        "recall_gap": max(recalls, default=0.0) - min(recalls, default=0.0),
    }
