"""Scores of trials: the primary metric of the task in the folds of the training rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..params import Params
from ..platform import baselines
from ..platform.models import ModelModules
from .folds import folds
from .space import replaced

if TYPE_CHECKING:
    import pandas as pd


class Scorer:
    """The model and its training rows.

    metric: the primary metric. higher_is_better: its direction. folds: number of folds.
    """

    def __init__(self, modules: ModelModules, params: Params, frame: pd.DataFrame) -> None:
        self._modules = modules
        self._params = params
        self._folds = folds(modules, params, frame)
        # Features of a row do not depend on other rows, so all folds share them.
        self._X, self._y = modules.inputs(frame), modules.labels(frame)
        task = modules.task
        # The metric can depend on the share of a class, so that all folds must agree on one.
        simple = baselines.constant(modules, self._y, len(self._y))
        self._decision = modules.decision(params)
        self.metric = task.primary(task.metrics(self._y, simple, self._decision))
        self.higher_is_better = task.HIGHER_IS_BETTER[self.metric]
        self.folds = len(self._folds)

    def score(self, values: Mapping[str, object], number: int) -> float:
        """Train with other values of `train` in a fold; return the metric on its other rows.

        The calibration is left out. Raises ValueError if the metric is not a number.
        """
        fold, model = self._folds[number], self._modules.model
        estimator = self._modules.build(replaced(self._params, values))
        fitted = model.fit(estimator, self._X.iloc[fold.train], self._y[fold.train])
        raw = model.predict(fitted, self._X.iloc[fold.test])
        found = self._modules.task.metrics(self._y[fold.test], raw, self._decision)[self.metric]
        if found is None or not math.isfinite(found):
            raise ValueError(f"{self.metric} of fold {number + 1} is not a number")
        return float(found)
