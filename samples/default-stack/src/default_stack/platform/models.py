"""Finds the models of this repository: each folder of `models/` is one. There is no list."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from .. import models as package
from ..contract import DataContract
from ..tasks import Task
from . import feature_code
from .columns import Columns, columns_of
from .errors import FeatureError, ParamsError, UserError
from .typed import together, unknown, value_of

if TYPE_CHECKING:
    import pandas as pd

    from ..params import Params


class ModelModule(Protocol):
    """Interface of `models/<model>/model.py`, the only file that imports the framework."""

    FRAMEWORK: str
    LIBRARIES: tuple[str, ...]

    def build(self, params: Mapping[str, Any]) -> Any:
        """Return an unfitted estimator from `train` of the parameters (plus `seed`)."""

    def fit(self, estimator: Any, X: pd.DataFrame, y: np.ndarray) -> Any:
        """Fit on X and y.

        X: n rows of features, float32 numbers and str in object columns. y: result of `labels`.
        """

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

        One input per feature, named as the feature, of shape (n, 1): float32 for numbers, string
        for strings. One output: `probabilities` of shape (n, k) for k classes, or `prediction` of
        shape (n, 1). X holds example rows.
        """


class FeatureModule(Protocol):
    """Interface of `models/<model>/features.py`."""

    def features(self, columns: Columns) -> Columns:
        """Return the features of n rows from the inputs of the contract."""


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
        """Task of the model, which `task.py` names. Raises ContractError for other classes."""
        task = task_of(self.folder)
        task.check_contract(self.contract)
        return task

    @property
    def features(self) -> FeatureModule:
        """Module `features.py`. Raises FeatureError if it has no function `features`."""
        module = _module(self.folder, "features")
        if not hasattr(module, "features"):
            raise FeatureError(
                f"{self._features_file} has no function features(columns)"
                + (", but the older matrix(frame)" if hasattr(module, "matrix") else "")
                + ": docs/upgrading.md says how to change it"
            )
        return cast(FeatureModule, module)

    @property
    def model(self) -> ModelModule:
        """Module `model.py`; imports the framework."""
        return cast(ModelModule, _module(self.folder, "model"))

    @property
    def features_sha256(self) -> str:
        """Hash of the feature code, independent of layout, comments and docstrings."""
        return _code_sha256(self.folder)

    def derive(self, columns: Columns) -> dict[str, np.ndarray]:
        """Return the features of n rows: float32 numbers, and str in object arrays.

        Raises FeatureError if feature code returns something else.
        """
        rows = len(next(iter(columns.values())))
        found = dict(self.features.features(columns))
        if not found:
            raise FeatureError(f"{self._features_file}: features() returns no feature")
        return {
            name: _feature(f"{self._features_file}: feature {name!r}", values, rows)
            for name, values in found.items()
        }

    def frame(self, columns: Columns) -> pd.DataFrame:
        """Return the features of n rows as `model.py` receives them. Raises FeatureError."""
        import pandas as pd

        # Without the type, pandas would give strings another one than object.
        found = {
            name: pd.Series(values, dtype=values.dtype)
            for name, values in self.derive(columns).items()
        }
        return pd.DataFrame(found)

    def inputs(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the features of the rows of a table as `model.py` receives them.

        Raises FeatureError, which names the feature, for infinite values, which no model can learn.
        """
        found = self.frame(columns_of(frame, self.contract))
        for name, values in found.items():
            count = int(np.isinf(values).sum()) if values.dtype.kind == "f" else 0
            if count:
                raise FeatureError(
                    f"{self._features_file}: feature {name!r} is infinite in {count} of "
                    f"{len(values)} rows, as after a division by zero: use np.nan, which counts as "
                    "missing, or another value"
                )
        return found

    def labels(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the target of n rows as the task needs it. Raises ValueError if one is missing."""
        return self.task.labels(self.contract, frame[self.contract.target])

    def build(self, params: Params) -> Any:
        """Return an unfitted estimator with the section `train` of the parameters, and the seed.

        The calibration is left out, because the step `train` applies it. So is a `class_weight` of
        `none`, because models of earlier releases do not know the name. Raises ParamsError for a
        name or a value that the model refuses.
        """
        used = {**params.train, "seed": params.seed}
        used.pop("calibration", None)
        if used.get("class_weight") == "none":
            del used["class_weight"]
        try:
            return self.model.build(used)
        except ValueError as error:
            raise ParamsError(f"params/{self.folder}.yaml: {error}") from error

    def decision(self, params: Params) -> dict[str, float]:
        """Return the section `decision` of the parameters with all defaults."""
        return {**self.task.DECISION, **params.decision}

    def check(self, params: Params) -> None:
        """Check the parameters that depend on the task and the contract.

        The section `train` belongs to `build`, except for the calibration. Raises ParamsError,
        which names all unknown names and wrong values.
        """
        task = self.task
        problems: list[str] = []
        for name, value in params.decision.items():
            if name in task.DECISION:
                value_of(task.DECISION_TYPES[name], value, f"decision.{name}", problems)
            else:
                problems.append(f"decision.{name}: {_expected(task, task.DECISION)}")
        limits = {
            "floors": params.gates.floors,
            "ceilings": params.gates.ceilings,
            "champion_margin": params.gates.champion_margin,
        }
        metrics = ("primary", *task.HIGHER_IS_BETTER)
        for section, listed in limits.items():
            for name in set(listed) - set(metrics):
                problems.append(f"gates.{section}.{name}: {_expected(task, metrics)}")
        for name in set(params.gates.unused_inputs) - set(self.contract.names):
            line = unknown(f"gates.unused_inputs: {name!r}", name, self.contract.names)
            problems.append(line)
        calibration, known = params.train.get("calibration", "none"), ("none", *task.CALIBRATIONS)
        if calibration not in known:
            problems.append(f"train.calibration: {_expected(task, known)}, found {calibration!r}")
        if problems:
            raise ParamsError(together(f"params/{self.folder}.yaml", sorted(problems)))

    @property
    def directory(self) -> Path:
        """Folder with the files of the model."""
        return Path(package.__path__[0]) / self.folder

    @property
    def _features_file(self) -> str:
        return f"models/{self.folder}/features.py"


@cache
def _code_sha256(folder: str) -> str:
    # Once per process: what runs is the code that was imported, also if the file changes later.
    module = _module(folder, "features")
    return feature_code.sha256_of(Path(str(module.__file__)))


def _expected(task: Task, names: Iterable[str]) -> str:
    known = ", ".join(names)
    return f"{task.NAME} has one of {known}" if known else f"{task.NAME} has none"


def _feature(where: str, values: Any, rows: int) -> np.ndarray:
    if not isinstance(values, np.ndarray) or values.shape != (rows,):
        found = f"shape {values.shape}" if isinstance(values, np.ndarray) else type(values).__name__
        raise FeatureError(f"{where} must be an array of {rows} values, found {found}")
    if values.dtype.kind in "biuf":
        return values.astype(np.float32, copy=False)
    if values.dtype.kind in "OUT":
        strings = values.astype(object, copy=False)
        others = set(map(type, strings.tolist())) - {str}
        if not others:
            return strings
        raise FeatureError(f"{where} holds {others.pop().__name__} among strings; missing is ''")
    raise FeatureError(f"{where} has type {values.dtype}; convert it to numbers or strings")


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


def task_of(folder: str) -> Task:
    """Return the task that `task.py` in the folder of a model names, whatever its contract is."""
    return cast(Task, _module(folder, "task").TASK)


def names() -> list[str]:
    """Return the names of all models, in alphabetical order."""
    return sorted(_found())


def load(name: str) -> ModelModules:
    """Find a model by name. Raises UserError, which lists the models, if it does not exist."""
    try:
        return _found()[name]
    except KeyError:
        raise UserError(f"no model '{name}'; there are {', '.join(names())}") from None
