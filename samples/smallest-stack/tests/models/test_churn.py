"""The model churn: contract, features and model code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smallest_stack.data.splits import divide
from smallest_stack.params import load_params
from smallest_stack.platform import models
from smallest_stack.platform.models import ModelModules

NAME = "churn"


@pytest.fixture(scope="module")
def modules() -> ModelModules:
    return models.load(NAME)


def test_the_model_learns_and_a_saved_model_gives_equal_scores(
    modules: ModelModules, rows: Callable[[str], pd.DataFrame], tmp_path: Path
) -> None:
    params = load_params(NAME)
    parts = divide(rows(NAME), modules.contract, params.split, params.seed)
    X, y = modules.inputs(parts.test), modules.labels(parts.test)
    estimator = modules.model.fit(
        modules.build(params), modules.inputs(parts.train), modules.labels(parts.train)
    )
    scores = modules.model.predict(estimator, X)
    assert len(scores) == len(parts.test)
    assert scores.dtype == np.float64
    task, decision = modules.task, modules.decision(params)
    found = task.metrics(y, scores, decision)
    for metric, floor in params.gates.floors.items():
        value = found[task.primary(found) if metric == "primary" else metric]
        assert value is not None, metric
        assert value >= floor, metric
    predictions = task.predictions(modules.contract, scores, decision)
    assert list(predictions) == [output.name for output in task.outputs(modules.contract)]
    modules.model.save(estimator, tmp_path)
    again = modules.model.predict(modules.model.load(tmp_path), X)
    np.testing.assert_array_equal(scores, again)
    assert not [path for path in tmp_path.iterdir() if path.suffix in (".pkl", ".pickle")]


def test_features_do_not_depend_on_the_order_of_columns_or_on_other_rows(
    modules: ModelModules, rows: Callable[[str], pd.DataFrame]
) -> None:
    frame = rows(NAME).head(20)
    X = modules.inputs(frame)
    pd.testing.assert_frame_equal(modules.inputs(frame[frame.columns[::-1]]), X)
    alone = [modules.inputs(frame.iloc[[row]]) for row in range(len(frame))]
    pd.testing.assert_frame_equal(pd.concat(alone, ignore_index=True), X)
    assert modules.contract.target not in X


def test_a_missing_label_is_an_error(
    modules: ModelModules, rows: Callable[[str], pd.DataFrame]
) -> None:
    frame = rows(NAME).head(100)
    target = modules.contract.target
    frame[target] = frame[target].mask(frame.index == frame.index[0])
    with pytest.raises(ValueError, match="have no"):
        modules.labels(frame)


def test_protected_columns_are_not_inputs(modules: ModelModules) -> None:
    protected = {field.name for field in modules.contract.protected}
    assert not protected & set(modules.contract.names)
    assert set(modules.contract.slices) <= set(modules.contract.categories)
