"""The ONNX graph does what XGBoost does, also where rounding or a missing value decides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import xgboost as xgb

from two_models import onnx_trees, xgboost_onnx

INPUTS = {"a": None, "b": None, "kind": ("x", "y")}
OPTIONS = {"objective": "binary:logistic", "max_depth": 4, "nthread": 1}


def _rows(count: int, missing: bool) -> np.ndarray:
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(count, 2)).astype(np.float32)
    if missing:
        numbers[rng.random(count) < 0.2, 0] = np.nan
    kinds = rng.integers(0, 3, count)
    return np.column_stack([numbers, kinds == 0, kinds == 1]).astype(np.float32)


def _train(X: np.ndarray, **options: Any) -> xgb.Booster:
    rng = np.random.default_rng(1)
    y = np.nan_to_num(X[:, 0], nan=1.0) + X[:, 2] + rng.normal(size=len(X)) > 0.5
    # A base score far from a half, so that leaving it out would be seen.
    rows = xgb.DMatrix(X, label=y.astype(float))
    return xgb.train({"base_score": 0.2, **OPTIONS, **options}, rows, 60)


def _learner(booster: xgb.Booster) -> Any:
    return json.loads(bytes(booster.save_raw("json")))["learner"]


def _graph(path: Path, booster: xgb.Booster, X: np.ndarray) -> np.ndarray:
    onnx_trees.write(path, INPUTS, xgboost_onnx.ensemble(_learner(booster)))
    kinds = np.where(X[:, 2] == 1, "x", np.where(X[:, 3] == 1, "y", "other")).astype(object)
    feed = {"a": X[:, :1], "b": X[:, 1:2], "kind": kinds.reshape(-1, 1)}
    return np.asarray(onnxruntime.InferenceSession(str(path)).run(["probabilities"], feed)[0])


@pytest.mark.parametrize("missing", [False, True])
def test_scores_are_equal(tmp_path: Path, missing: bool) -> None:
    booster = _train(_rows(2_000, missing))
    X = _rows(5_000, missing=True)
    found = _graph(tmp_path / "m.onnx", booster, X)
    expected = booster.predict(xgb.DMatrix(X))
    np.testing.assert_allclose(found[:, 1], expected, rtol=0, atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=0, atol=1e-6)


def test_rows_next_to_a_threshold_take_the_same_branch(tmp_path: Path) -> None:
    booster = _train(_rows(2_000, missing=False))
    table = booster.trees_to_dataframe()
    splits = table[table["Feature"] == "f0"]["Split"].to_numpy(dtype=np.float32)
    close = np.concatenate([splits, np.nextafter(splits, -9), np.nextafter(splits, 9)])
    X = np.zeros((len(close), 4), dtype=np.float32)
    X[:, 0] = close
    found = _graph(tmp_path / "m.onnx", booster, X)[:, 1]
    np.testing.assert_allclose(found, booster.predict(xgb.DMatrix(X)), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"objective": "reg:squarederror"}, "objective"),
        ({"booster": "dart"}, "dart"),
    ],
)
def test_what_the_graph_cannot_say_is_refused(options: dict[str, Any], message: str) -> None:
    booster = _train(_rows(2_000, missing=False), **options)
    with pytest.raises(NotImplementedError, match=message):
        xgboost_onnx.ensemble(_learner(booster))
