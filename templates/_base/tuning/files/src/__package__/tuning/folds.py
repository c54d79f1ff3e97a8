"""Divide the training rows into folds, with the rules of the split into training and test rows.

By time, a fold is scored on a part of the newer half, and trains on the rows before it. At random,
each row is scored in one fold. Rows of one entity are never in both parts of a fold, and no fold
trains on a label that was not known at its cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..data.splits import divide
from ..params import Params, SplitParams
from ..platform.errors import UserError
from ..platform.models import ModelModules

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Fold:
    """Positions of the rows that a fold trains on, and of those that it is scored on."""

    train: np.ndarray
    test: np.ndarray


def folds(modules: ModelModules, params: Params, frame: pd.DataFrame) -> list[Fold]:
    """Divide the n training rows into `tune.folds` folds.

    Raises UserError, which names the parameter to change, if a fold cannot train or measure a
    model.
    """
    contract, found = modules.contract, []
    rows = frame.reset_index(drop=True)
    by_time = contract.time is not None and params.split.by != "random"
    divided = _by_time(modules, params, rows) if by_time else _at_random(modules, params, rows)
    try:
        for train, test in divided:
            modules.task.check_split(contract, train[contract.target], test[contract.target])
            found.append(Fold(train.index.to_numpy(), test.index.to_numpy()))
    except UserError as error:
        raise UserError(
            f"fold {len(found) + 1} of {params.tune.folds} cannot score a trial: {error}; for the "
            "search, you can also set tune.folds lower, or tune.trials: 0"
        ) from error
    return found


def _by_time(
    modules: ModelModules, params: Params, rows: pd.DataFrame
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Cut the newer half of the rows into blocks, each the test rows of a fold.

    The older half is long enough for rows whose labels were known before the first block.
    """
    time, folds = str(modules.contract.time), params.tune.folds
    times = rows[time].sort_values(kind="stable")
    for blocks in range(folds + 1, 2 * folds + 1):
        last = times.iloc[blocks * len(rows) // (2 * folds) - 1]
        split = SplitParams(by="time", test_fraction=1 / blocks)
        parts = divide(rows[rows[time] <= last], modules.contract, split, params.seed)
        yield parts.train, parts.test


def _at_random(
    modules: ModelModules, params: Params, rows: pd.DataFrame
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Draw the rows of one fold after the other, from those that no fold has."""
    left = rows
    for number in range(params.tune.folds):
        test, parts = left, params.tune.folds - number
        if parts > 1:
            split = SplitParams(by="random", test_fraction=1 / parts)
            test = divide(left, modules.contract, split, (params.seed + number) % 2**31).test
        left = left.drop(test.index)
        yield rows.drop(test.index), test
