"""Gradient boosted trees with LightGBM: build, fit, predict, save, load, export.

Numbers go in as they are: trees need no scaling, and every split knows where a missing value goes.
Each category becomes one column per value. The values are saved beside the trees, so a saved
model needs nothing else to score raw rows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from .contract import CONTRACT

FRAMEWORK = "lightgbm"
LIBRARIES = ("lightgbm", "numpy", "onnx", "pandas")
TREES = "model.txt"
INPUTS = "inputs.json"

Inputs = dict[str, tuple[str, ...] | None]


@dataclass
class Trees:
    """Trees, and the inputs that they were made for.

    inputs: name -> values of a category, None for a number; in order.
    rounds, options: number of trees, and what LightGBM is told about them.
    """

    inputs: Inputs
    rounds: int = 0
    options: Mapping[str, Any] | None = None
    booster: lgb.Booster | None = None

    def columns(self, X: pd.DataFrame) -> np.ndarray:
        """Encode n rows as columns (n, k). An unknown category is none of the known values.

        Numbers take the precision that the service receives them in, float32; LightGBM compares
        them with its thresholds in float64.
        """
        parts = []
        for name, values in self.inputs.items():
            column = X[name].to_numpy().reshape(-1, 1)
            parts.append(column if values is None else column == np.array(values, dtype=object))
        return np.hstack([part.astype(np.float32) for part in parts]).astype(np.float64)


def build(params: Mapping[str, Any]) -> Trees:
    """Make unfitted trees from `train` of the parameters. Raises ValueError for an unknown name."""
    known = {
        "seed": 0,
        # Below some hundred thousand rows more threads mostly wait for each other.
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
        raise ValueError(f"train.{unknown[0]} is no parameter; known: {', '.join(known)}")
    # Without the last two LightGBM times both ways of counting and takes the quicker one, so that
    # equal rows could give different trees.
    fixed = {"objective": "binary", "verbosity": -1, "deterministic": True, "force_col_wise": True}
    options = {**known, **params, **fixed}
    rounds = int(options.pop("rounds"))
    inputs: Inputs = {
        item.name: item.categories if item.is_category else None for item in CONTRACT.fields
    }
    return Trees(inputs, rounds, options)


def fit(estimator: Trees, X: pd.DataFrame, y: np.ndarray) -> Trees:
    """Fit on X (n rows, inputs of the contract) and y (n values, 0 or 1); return the estimator."""
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
    text = json.dumps(estimator.inputs, indent=2)
    (directory / INPUTS).write_text(text + "\n", encoding="utf-8")


def load(directory: Path) -> Trees:
    """Read back what `save` wrote."""
    inputs = json.loads((directory / INPUTS).read_text(encoding="utf-8"))
    return Trees(
        {name: None if values is None else tuple(values) for name, values in inputs.items()},
        booster=lgb.Booster(model_file=directory / TREES),
    )


def export_onnx(estimator: Trees, directory: Path, X: pd.DataFrame) -> None:
    """Write `model.onnx` into an existing folder. The graph follows from the trees, not from X."""
    from ... import lightgbm_onnx

    trees = _fitted(estimator).dump_model()
    lightgbm_onnx.write(directory / "model.onnx", estimator.inputs, trees)


def _fitted(estimator: Trees) -> lgb.Booster:
    if estimator.booster is None:
        raise ValueError("the model is not fitted yet")
    return estimator.booster
