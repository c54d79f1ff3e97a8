"""The model: a scikit-learn pipeline that includes its preprocessing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from ... import sklearn_files, sklearn_models, sklearn_onnx

FRAMEWORK = "scikit-learn"
LIBRARIES = ("scikit-learn", "skops", "skl2onnx", "onnx")
FILE = "model.skops"
# Types of other packages that the model file may contain: "<module>.<class>".
TRUSTED: tuple[str, ...] = ()


def build(params: Mapping[str, Any]) -> Pipeline:
    """Return an unfitted pipeline. Uses `C`, `max_iter` and `seed` from `train`."""
    # Do not scale inputs of tree models: float32 rounding moves some rows across a split.
    inputs = ColumnTransformer(
        [
            ("numbers", StandardScaler(), make_column_selector(dtype_include="number")),
            (
                "categories",
                OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                make_column_selector(dtype_include="object"),
            ),
        ]
    )
    classifier = LogisticRegression(
        C=float(params["C"]), max_iter=int(params["max_iter"]), random_state=int(params["seed"])
    )
    return Pipeline([("inputs", inputs), ("classifier", classifier)])


def fit(estimator: Pipeline, X: pd.DataFrame, y: np.ndarray) -> Pipeline:
    """Fit on X (n rows of features) and y (n values, 0 or 1)."""
    fitted: Pipeline = sklearn_models.fit(estimator, X, y)
    return fitted


def predict(estimator: Pipeline, X: pd.DataFrame) -> np.ndarray:
    """Return n probabilities of the positive class, as float64."""
    return sklearn_models.probabilities(estimator, X)[:, 1]


def save(estimator: Pipeline, directory: Path) -> None:
    """Save the pipeline as data. Raises UserError for a type that is not trusted."""
    sklearn_files.save(estimator, directory / FILE, TRUSTED)


def load(directory: Path) -> Pipeline:
    """Load the pipeline. Raises UserError for a type that is not trusted."""
    pipeline: Pipeline = sklearn_files.load(directory / FILE, TRUSTED)
    return pipeline


def export_onnx(estimator: Pipeline, directory: Path, X: pd.DataFrame) -> None:
    """Write `model.onnx`: one input per feature, of shape (n, 1); output `probabilities` (n, 2)."""
    sklearn_onnx.export(estimator, directory / "model.onnx", X)
