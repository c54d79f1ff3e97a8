"""The model: a scikit-learn pipeline that includes its preprocessing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from ... import sklearn_files, sklearn_models, sklearn_onnx
from ...platform.typed import Above, Positive, option, unknown
from ...tasks.classes import weights
from .contract import CONTRACT

FRAMEWORK = "scikit-learn"
LIBRARIES = ("scikit-learn", "skops", "skl2onnx", "onnx")
FILE = "model.skops"
# Names in `train` that `build` uses.
KNOWN = ("C", "max_iter", "class_weight", "seed")
# Types of other packages that the model file may contain: "<module>.<class>".
TRUSTED: tuple[str, ...] = ()


def build(params: Mapping[str, Any]) -> Pipeline:
    """Return an unfitted pipeline. Raises ValueError for a wrong name or value in `train`."""
    for name in params:
        if name not in KNOWN:
            raise ValueError(unknown(f"train.{name}", name, KNOWN, "train"))
    # Do not scale inputs of tree models: float32 rounding moves some rows across a split.
    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
    )
    # Rare and unseen values share a column, so that a column of names does not fill the memory.
    categories = OneHotEncoder(
        max_categories=100, handle_unknown="infrequent_if_exist", sparse_output=False
    )
    words = make_pipeline(FunctionTransformer(np.ravel), TfidfVectorizer(max_features=2_000))
    texts = CONTRACT.texts
    inputs = ColumnTransformer(
        [
            ("numbers", numbers, make_column_selector(dtype_include="number")),
            (
                "categories",
                categories,
                make_column_selector(rf"^(?!(?:{'|'.join(texts)})$)", dtype_include="object"),
            ),
            *((f"words_{name}", words, make_column_selector(f"^{name}$")) for name in texts),
        ]
    )
    classifier = LogisticRegression(
        C=option(params, "C", Above),
        max_iter=option(params, "max_iter", Positive),
        class_weight=weights(CONTRACT, params.get("class_weight")),
        random_state=int(params["seed"]),
    )
    return Pipeline([("inputs", inputs), ("classifier", classifier)])


def fit(estimator: Pipeline, X: pd.DataFrame, y: np.ndarray) -> Pipeline:
    """Fit on X (n rows of features) and y (n class indexes)."""
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
