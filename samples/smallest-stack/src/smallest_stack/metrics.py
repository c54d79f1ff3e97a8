"""Quality of predictions. None where the rows do not define a metric."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def auc(labels: np.ndarray, scores: np.ndarray) -> float | None:
    """Return the area under the ROC curve; ties count half. None if there is only one class."""
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if positives == 0 or negatives == 0:
        return None
    _, index, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[index]
    return float(
        (ranks[labels == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives)
    )


def roc(labels: np.ndarray, scores: np.ndarray, points: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the false and the true positive rates of the ROC curve, from (0, 0) to (1, 1).

    Both are of shape (m,), m <= `points`; every point is exact. If the curve has more points, those
    that are kept are about equally far from each other along the curve. Without rows of both
    classes, the curve is empty.
    """
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if positives == 0 or negatives == 0:
        return np.empty(0), np.empty(0)
    order = np.argsort(-scores, kind="stable")
    # Rows of equal score are selected together.
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    found = np.append(0, np.cumsum(labels[order])[last])
    false = np.append(0, last + 1) - found
    way = found / positives + false / negatives
    kept = np.unique(np.searchsorted(way, np.linspace(0, way[-1], points)))
    if len(way) <= points:
        kept = np.arange(len(way))
    return false[kept] / negatives, found[kept] / positives


def average_precision(labels: np.ndarray, scores: np.ndarray) -> float | None:
    """Return the area under the precision-recall curve (PR-AUC), without interpolation.

    A model without information has the share of positives. None if there is no positive row.
    """
    positives = int(labels.sum())
    if positives == 0:
        return None
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(labels[order])
    # Rows of equal score are selected together.
    last = np.append(np.diff(scores[order]) != 0, True)
    precision = (found / np.arange(1, len(labels) + 1))[last]
    return float(np.sum(np.diff(found[last], prepend=0) * precision) / positives)


def log_loss(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return the mean negative log likelihood, in nats."""
    clipped = np.clip(scores, 1e-7, 1 - 1e-7)
    return float(-np.mean(np.where(labels == 1, np.log(clipped), np.log1p(-clipped))))


def confusion(labels: np.ndarray, chosen: np.ndarray, classes: int) -> list[list[int]]:
    """Return the number of rows of each class (outer list) that got each label (inner list)."""
    counts = np.bincount(labels * classes + chosen, minlength=classes * classes)
    rows: list[list[int]] = counts.reshape(classes, classes).tolist()
    return rows


def ratio(part: float, whole: float) -> float | None:
    """Return `part / whole`, None if the whole is 0."""
    return float(part / whole) if whole else None


def mean(values: Iterable[float | None]) -> float | None:
    """Return the mean of the values that are defined, None if there is none."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def brier(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return the mean squared error of the probabilities."""
    return float(np.mean((scores - labels) ** 2))
