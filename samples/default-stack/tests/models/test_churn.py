"""The model churn: contract, features and model code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from default_stack import metrics, models
from default_stack.models import ModelModules
from default_stack.params import load_params

NAME = "churn"


@pytest.fixture(scope="module")
def modules() -> ModelModules:
    return models.load(NAME)


def test_the_model_learns_and_a_saved_model_gives_equal_scores(
    modules: ModelModules, rows: Callable[[str], pd.DataFrame], tmp_path: Path
) -> None:
    params = load_params(NAME)
    frame = rows(NAME)
    older = len(frame) * 3 // 4
    X, y = modules.features.matrix(frame), modules.features.labels(frame)
    built = modules.model.build({**params.train, "seed": params.seed})
    estimator = modules.model.fit(built, X.head(older), y[:older])
    scores = modules.model.predict(estimator, X)
    assert scores.shape == (len(frame),)
    assert scores.dtype == np.float64
    assert metrics.auc(y[older:], scores[older:]) >= params.gates.floors["auc"]
    modules.model.save(estimator, tmp_path)
    again = modules.model.predict(modules.model.load(tmp_path), X)
    np.testing.assert_array_equal(scores, again)
    assert not [path for path in tmp_path.iterdir() if path.suffix in (".pkl", ".pickle")]


def test_inputs_have_the_order_of_the_contract(
    modules: ModelModules, rows: Callable[[str], pd.DataFrame]
) -> None:
    frame = rows(NAME).head(100)
    X = modules.features.matrix(frame[frame.columns[::-1]])
    assert tuple(X.columns) == modules.contract.names
    assert modules.contract.target not in X


def test_a_missing_label_is_an_error(
    modules: ModelModules, rows: Callable[[str], pd.DataFrame]
) -> None:
    frame = rows(NAME).head(100)
    target = modules.contract.target
    frame[target] = frame[target].mask(frame.index == frame.index[0])
    with pytest.raises(ValueError, match="have no"):
        modules.features.labels(frame)


def test_protected_columns_are_not_inputs(modules: ModelModules) -> None:
    protected = {field.name for field in modules.contract.protected}
    assert not protected & set(modules.contract.names)
    assert set(modules.contract.slices) <= set(modules.contract.categories)
