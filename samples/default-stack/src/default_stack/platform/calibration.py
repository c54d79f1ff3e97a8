"""Calibration: corrects probabilities, with a function that is fitted to held-out training rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..params import Params
from . import artifacts, models
from .errors import ParamsError

if TYPE_CHECKING:
    import pandas as pd

FILE = "calibration.json"
FOLDS = 5


def fit(
    modules: models.ModelModules,
    params: Params,
    frame: pd.DataFrame,
    X: pd.DataFrame,
    y: np.ndarray,
) -> dict[str, float] | None:
    """Fit the calibration that `train.calibration` names; None for `none`.

    The model is trained FOLDS times, each time without a part of the n rows. The calibration is
    fitted to the predictions for these parts. Rows of one entity are in the same part. Raises
    ParamsError for a method that the task does not have.
    """
    method = params.train.get("calibration", "none")
    if method == "none":
        return None
    if method not in modules.task.CALIBRATIONS:
        known = ", ".join(("none", *modules.task.CALIBRATIONS))
        raise ParamsError(
            f"params of {modules.name}: train.calibration of {modules.task.NAME} is one of "
            f"{known}, not {method!r}"
        )
    part = _parts(modules, frame, params.seed)
    raw: np.ndarray | None = None
    for number in range(FOLDS):
        train, held = part != number, part == number
        if not held.any():
            continue
        estimator = modules.model.fit(modules.build(params), X[train], y[train])
        found = modules.model.predict(estimator, X[held])
        raw = np.zeros((len(y), *found.shape[1:])) if raw is None else raw
        raw[held] = found
    assert raw is not None
    return modules.task.fit_calibration(y, raw)


def save(calibration: dict[str, float] | None, directory: Path) -> None:
    """Write a calibration next to the files of the model, if there is one."""
    if calibration is not None:
        artifacts.write_json(str(directory / FILE), calibration)


def load(directory: Path) -> dict[str, float] | None:
    """Read the calibration of a model; None if it has none."""
    path = directory / FILE
    found: dict[str, float] | None = artifacts.read_json(str(path)) if path.exists() else None
    return found


def _parts(modules: models.ModelModules, frame: pd.DataFrame, seed: int) -> np.ndarray:
    """Return the number of the part of each row, shape (n,)."""
    import pandas as pd

    entity = modules.contract.entity
    known = entity is not None and entity in frame
    groups = pd.factorize(frame[entity])[0] if known else np.arange(len(frame))
    order = np.random.default_rng(seed).permutation(int(groups.max()) + 1)
    parts: np.ndarray = order[groups] % FOLDS
    return parts
