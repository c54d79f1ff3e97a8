"""Gradient boosted trees with XGBoost: build, fit, predict, save, load, export.

Numbers are used unchanged: trees need no scaling, and each split has a branch for missing values.
Each category becomes one column per value.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb

from ... import tree_inputs
from ...platform.typed import Above, AtLeastZero, Count, Positive, ShareAboveZero, options
from ...tasks.classes import row_weights, weights
from .contract import CONTRACT

FRAMEWORK = "xgboost"
# On Linux and Windows the build without GPU code is installed: a tenth of the size.
LIBRARIES = ("numpy", "pandas", "xgboost" if sys.platform == "darwin" else "xgboost-cpu")
TREES = "model.ubj"
# Names in `train` -> default and type.
KNOWN: Mapping[str, tuple[Any, Any]] = {
    "seed": (0, Count),
    # Below some hundred thousand rows, more threads do not make training faster.
    "nthread": (1, Positive),
    "rounds": (300, Positive),
    "max_depth": (4, Count),
    "learning_rate": (0.05, Above),
    "min_child_weight": (10, AtLeastZero),
    "subsample": (0.8, ShareAboveZero),
    "colsample_bytree": (0.8, ShareAboveZero),
    "reg_lambda": (1.0, AtLeastZero),
    "class_weight": (None, Any),
}


@dataclass
class Trees:
    """Trees, and their inputs.

    inputs: see `tree_inputs`; known after `fit`.
    rounds, options: number of boosting rounds, and parameters of XGBoost.
    class_weight: `train.class_weight`.
    """

    inputs: tree_inputs.Inputs = field(default_factory=dict)
    rounds: int = 0
    options: Mapping[str, Any] | None = None
    class_weight: Any = None
    booster: xgb.Booster | None = None

    def columns(self, X: pd.DataFrame) -> xgb.DMatrix:
        """Encode n rows as XGBoost takes them."""
        return xgb.DMatrix(tree_inputs.columns(self.inputs, X))


def build(params: Mapping[str, Any]) -> Trees:
    """Make unfitted trees from `train` of the parameters. Raises ValueError for wrong values."""
    given = options(params, KNOWN)
    rounds = given.pop("rounds")
    class_weight = given.pop("class_weight")
    weights(CONTRACT, class_weight)  # refuses a wrong value before the rows are read
    fixed = {"objective": "binary:logistic", "tree_method": "hist"}
    return Trees(rounds=rounds, options={**given, **fixed}, class_weight=class_weight)


def fit(estimator: Trees, X: pd.DataFrame, y: np.ndarray) -> Trees:
    """Fit on X (n rows of features) and y (n class indexes); return the estimator."""
    estimator.inputs = tree_inputs.of(X, CONTRACT)
    matrix = estimator.columns(X)
    matrix.set_info(label=y, weight=row_weights(CONTRACT, y, estimator.class_weight))
    estimator.booster = xgb.train(dict(estimator.options or {}), matrix, estimator.rounds)
    return estimator


def predict(estimator: Trees, X: pd.DataFrame) -> np.ndarray:
    """Return n probabilities of the positive class, as float64."""
    return _fitted(estimator).predict(estimator.columns(X)).astype(np.float64)


def save(estimator: Trees, directory: Path) -> None:
    """Write the trees and their inputs into an existing folder: data, never code."""
    _fitted(estimator).save_model(directory / TREES)
    tree_inputs.save(estimator.inputs, directory)


def load(directory: Path) -> Trees:
    """Load a model that `save` wrote."""
    booster = xgb.Booster(model_file=directory / TREES)
    return Trees(tree_inputs.load(directory), booster=booster)


def export_onnx(estimator: Trees, directory: Path, X: pd.DataFrame) -> None:
    """Write `model.onnx` into an existing folder. The graph follows from the trees, not from X."""
    from ... import onnx_trees, xgboost_onnx

    learner = json.loads(bytes(_fitted(estimator).save_raw("json")))["learner"]
    trees = xgboost_onnx.ensemble(learner)
    onnx_trees.write(directory / "model.onnx", estimator.inputs, trees)


def _fitted(estimator: Trees) -> xgb.Booster:
    if estimator.booster is None:
        raise ValueError("the model is not fitted yet")
    return estimator.booster
