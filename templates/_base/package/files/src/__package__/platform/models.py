"""Finds the models of this repository: each folder of `models/` is one. There is no list."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from .. import models as package
from ..contract import DataContract
from ..tasks import Task
from .errors import ParamsError, UserError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ..params import Params


class ModelModule(Protocol):
    """Interface of `models/<model>/model.py`, the only file that imports the framework."""

    FRAMEWORK: str
    LIBRARIES: tuple[str, ...]

    def build(self, params: Mapping[str, Any]) -> Any:
        """Return an unfitted estimator from `train` of the parameters (plus `seed`)."""

    def fit(self, estimator: Any, X: pd.DataFrame, y: np.ndarray) -> Any:
        """Fit on X (n rows, inputs of the contract in order) and y (result of `labels`)."""

    def predict(self, estimator: Any, X: pd.DataFrame) -> np.ndarray:
        """Return predictions as float64.

        Shape (n,): the probability of the positive class, or a value. Shape (n, k): the
        probabilities of k classes, in the order of the contract.
        """

    def save(self, estimator: Any, directory: Path) -> None:
        """Write the model into an existing folder, as data that runs no code when it is loaded."""

    def load(self, directory: Path) -> Any:
        """Load a model that `save` wrote."""

    def export_onnx(self, estimator: Any, directory: Path, X: pd.DataFrame) -> None:
        """Write `model.onnx` into an existing folder.

        One input per column, named as the column, of shape (n, 1): float32 for numbers, string
        for categories. One output: `probabilities` of shape (n, k) for k classes, or `prediction`
        of shape (n, 1). X holds example rows.
        """


class FeatureModule(Protocol):
    """Interface of `models/<model>/features.py`."""

    def matrix(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the inputs of the model, in order: float32 numbers, str categories."""


@dataclass(frozen=True)
class ModelModules:
    """One model: its name, its folder, its contract and its code.

    `task`, `features` and `model` are imported on first use, so that reading a contract is fast.
    """

    name: str
    folder: str
    contract: DataContract

    @property
    def task(self) -> Task:
        """Task of the model, which `task.py` names."""
        return cast(Task, _module(self.folder, "task").TASK)

    @property
    def features(self) -> FeatureModule:
        """Module `features.py`."""
        return cast(FeatureModule, _module(self.folder, "features"))

    @property
    def model(self) -> ModelModule:
        """Module `model.py`; imports the framework."""
        return cast(ModelModule, _module(self.folder, "model"))

    def labels(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the target of n rows as the task needs it. Raises ValueError if one is missing."""
        return self.task.labels(self.contract, frame[self.contract.target])

    def decision(self, params: Params) -> dict[str, float]:
        """Return the section `decision` of the parameters with all defaults.

        Raises ParamsError for a name that the task does not have.
        """
        defaults = self.task.DECISION
        unknown = sorted(set(params.decision) - set(defaults))
        if unknown:
            raise ParamsError(
                f"decision.{unknown[0]} is not a parameter of {self.task.NAME}; "
                f"known: {', '.join(defaults) or 'none'}"
            )
        return {**defaults, **params.decision}


def _module(folder: str, name: str) -> Any:
    return importlib.import_module(f".{folder}.{name}", package.__name__)


@cache
def _found() -> dict[str, ModelModules]:
    models = {}
    for item in pkgutil.iter_modules(package.__path__):
        if item.ispkg:
            contract = _module(item.name, "contract").CONTRACT
            models[contract.model] = ModelModules(contract.model, item.name, contract)
    return models


def names() -> list[str]:
    """Return the names of all models, in alphabetical order."""
    return sorted(_found())


def load(name: str) -> ModelModules:
    """Find a model by name. Raises UserError, which lists the models, if it does not exist."""
    try:
        return _found()[name]
    except KeyError:
        raise UserError(f"no model '{name}'; there are {', '.join(names())}") from None
