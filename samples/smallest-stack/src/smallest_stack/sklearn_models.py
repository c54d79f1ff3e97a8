"""Fit scikit-learn estimators of any kind, and score rows with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .platform import fitted
from .platform.errors import UserError


def fit(estimator: Any, X: pd.DataFrame, y: np.ndarray) -> Any:
    """Fit an estimator. One of several targets receives y as its only target, of shape (n, 1)."""
    from sklearn.utils import get_tags

    fitted.note(len(X))
    single = get_tags(last_step(estimator)).target_tags.single_output
    return estimator.fit(X, y if single else y.reshape(-1, 1))


def probabilities(estimator: Any, X: pd.DataFrame, classes: int = 2) -> np.ndarray:
    """Return the probability of each class, of shape (n, classes), as float64.

    A classifier without probabilities gives the sigmoid (two classes) or the softmax of its
    decision function. The order of the rows is that of the classifier, but the values are not
    probabilities of the data: `CalibratedClassifierCV` makes them so. A class that the training
    rows lack has the probability 0. Raises UserError for a classifier with neither.
    """
    known = known_classes(estimator)
    if hasattr(estimator, "predict_proba"):
        found = estimator.predict_proba(X)
        found = np.asarray(found[0] if isinstance(found, list) else found, dtype=np.float64)
    elif hasattr(estimator, "decision_function"):
        found = _normalized(np.asarray(estimator.decision_function(X), dtype=np.float64))
    else:
        raise UserError(
            f"{_name(estimator)} has neither probabilities nor a decision function: use another "
            "classifier, or another setting such as voting='soft'"
        )
    if found.shape != (len(X), len(known)):
        raise UserError(
            f"{_name(estimator)} gives scores of shape {found.shape} for {len(X)} rows and "
            f"{len(known)} classes: use a classifier or a setting with one score per class"
        )
    return found @ placement(known, classes)


def values(estimator: Any, X: pd.DataFrame) -> np.ndarray:
    """Return the predictions of a regression, of shape (n,), as float64."""
    return np.asarray(estimator.predict(X), dtype=np.float64).reshape(len(X))


def known_classes(estimator: Any) -> np.ndarray:
    """Return the indices of the classes in the training rows, in the order of the scores."""
    found = estimator.classes_
    return np.asarray(found[0] if isinstance(found, list) else found).astype(np.int64)


def placement(known: np.ndarray, classes: int) -> np.ndarray:
    """Return the 0/1 matrix that moves one column per known class to the place of its class."""
    matrix = np.zeros((len(known), classes))
    matrix[np.arange(len(known)), known] = 1
    return matrix


def last_step(estimator: Any) -> Any:
    """Return the last step of a pipeline, or the estimator itself."""
    steps = getattr(estimator, "steps", None)
    return last_step(steps[-1][1]) if steps else estimator


def _normalized(scores: np.ndarray) -> np.ndarray:
    """Return numbers between 0 and 1 whose sum is 1, for scores of shape (n,) or (n, classes)."""
    from scipy.special import expit, softmax

    if scores.ndim == 1:
        positive = expit(scores)
        return np.column_stack([1 - positive, positive])
    return np.asarray(softmax(scores, axis=1))


def _name(estimator: Any) -> str:
    return type(last_step(estimator)).__name__
