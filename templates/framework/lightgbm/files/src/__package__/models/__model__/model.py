"""Gradient boosted trees with LightGBM: build, fit, predict, save, load, export.

Numbers are used unchanged: trees need no scaling, and each split has a branch for missing values.
Each category becomes one column per value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from ... import tree_inputs
from .contract import CONTRACT

FRAMEWORK = "lightgbm"
LIBRARIES = ("lightgbm", "numpy", "onnx", "pandas")
TREES = "model.txt"


@dataclass
class Trees:
    """Trees, and their inputs.

    inputs: see `tree_inputs`; known after `fit`.
    rounds, options: number of trees, and parameters of LightGBM.
    """

    inputs: tree_inputs.Inputs = field(default_factory=dict)
    rounds: int = 0
    options: Mapping[str, Any] | None = None
    booster: lgb.Booster | None = None

    def columns(self, X: pd.DataFrame) -> np.ndarray:
        """Encode n rows as columns (n, k); LightGBM compares them with thresholds in float64."""
        return tree_inputs.columns(self.inputs, X).astype(np.float64)


def build(params: Mapping[str, Any]) -> Trees:
    """Make unfitted trees from `train` of the parameters. Raises ValueError for an unknown name."""
    known = {
        "seed": 0,
        # Below some hundred thousand rows, more threads do not make training faster.
        "num_threads": 1,
        "rounds": 200,
        "num_leaves": 15,
        "max_depth": -1,
        "learning_rate": 0.05,
        "min_data_in_leaf": 50,
        "feature_fraction": 0.8,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 1.0,
    }
    unknown = sorted(set(params) - set(known))
    if unknown:
        raise ValueError(f"train.{unknown[0]} is not a parameter; use one of {', '.join(known)}")
    # Without the last two LightGBM times both ways of counting and takes the quicker one, so that
    # equal rows could give different trees.
    fixed = {"objective": "binary", "verbosity": -1, "deterministic": True, "force_col_wise": True}
    options = {**known, **params, **fixed}
    rounds = int(options.pop("rounds"))
    return Trees(rounds=rounds, options=options)


def fit(estimator: Trees, X: pd.DataFrame, y: np.ndarray) -> Trees:
    """Fit on X (n rows of features) and y (n values, 0 or 1); return the estimator."""
    estimator.inputs = tree_inputs.of(X, CONTRACT)
    rows = lgb.Dataset(estimator.columns(X), label=y)
    estimator.booster = lgb.train(dict(estimator.options or {}), rows, estimator.rounds)
    return estimator


def predict(estimator: Trees, X: pd.DataFrame) -> np.ndarray:
    """Return n probabilities of the positive class, as float64."""
    scores = _fitted(estimator).predict(estimator.columns(X))
    return np.asarray(scores, dtype=np.float64)


def save(estimator: Trees, directory: Path) -> None:
    """Write the trees and their inputs into an existing folder: data, never code."""
    _fitted(estimator).save_model(directory / TREES)
    tree_inputs.save(estimator.inputs, directory)


def load(directory: Path) -> Trees:
    """Load a model that `save` wrote."""
    booster = lgb.Booster(model_file=directory / TREES)
    return Trees(tree_inputs.load(directory), booster=booster)


def export_onnx(estimator: Trees, directory: Path, X: pd.DataFrame) -> None:
    """Write `model.onnx` into an existing folder. The graph follows from the trees, not from X."""
    from ... import lightgbm_onnx, onnx_trees

    trees = lightgbm_onnx.ensemble(_fitted(estimator).dump_model())
    onnx_trees.write(directory / "model.onnx", estimator.inputs, trees, double=True)


def _fitted(estimator: Trees) -> lgb.Booster:
    if estimator.booster is None:
        raise ValueError("the model is not fitted yet")
    return estimator.booster
