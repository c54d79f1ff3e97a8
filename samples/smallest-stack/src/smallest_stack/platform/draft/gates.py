"""Derive the limits of the gate from what the model reaches on rows like the test rows.

The test rows are not used. The training rows are split several times as the pipeline splits all
rows: by time, or at random with whole entities. The model is fitted to the older part of each, and
resamples of its predictions, as many rows as the test set has, show how far a metric can fall by
chance. A limit is three standard deviations below the mean, but never below what a constant
prediction reaches.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...params import Params
from .. import baselines, calibration, models
from ..errors import UserError

FOLDS = 5
RESAMPLES = 60
DEVIATIONS = 3
MOST_ROWS = 10_000


@dataclass(frozen=True)
class Gates:
    """Limits for one model.

    primary: name of its primary metric. mean, deviation: of the primary metric on rows like the
    test rows. trivial: the primary metric of a constant prediction. floors, ceilings: metric ->
    limit. margin: how much worse than the champion a version may be. slices: limit of the primary
    metric in each slice; None if the slices are too small for one that a constant does not reach.
    """

    primary: str
    mean: float
    deviation: float
    trivial: float
    floors: Mapping[str, float]
    ceilings: Mapping[str, float]
    margin: float
    slices: float | None

    @property
    def is_certain(self) -> bool:
        """Whether the model is better than a constant prediction by more than chance."""
        return abs(self.mean - self.trivial) > 2 * self.deviation


@dataclass(frozen=True)
class _Spread:
    """Mean and standard deviation of a metric in resamples, and its value for a constant."""

    mean: float
    deviation: float
    trivial: float


def derive(
    modules: models.ModelModules, train: pd.DataFrame, test_rows: int, params: Params
) -> Gates:
    """Fit the model to parts of the training rows, and return limits for `test_rows` test rows."""
    task = modules.task
    found, in_slices = _spreads(modules, train.tail(MOST_ROWS), test_rows, params)
    labels = modules.labels(train)
    constant = baselines.constant(modules, labels, len(labels))
    primary = task.primary(task.metrics(labels, constant, modules.decision(params)))
    floors: dict[str, float] = {}
    ceilings: dict[str, float] = {}
    wanted = [primary, *(name for name in params.gates.ceilings if name in found)]
    spread = found[primary]
    if not task.HIGHER_IS_BETTER[primary] and not _beats(spread):
        # A limit in the unit of the target depends on which rows are in the test set, so that it
        # cannot tell a weak model from a constant one. A relative metric can.
        relative = [name for name in found if task.HIGHER_IS_BETTER[name]]
        wanted += relative[:1]
    for name in dict.fromkeys(wanted):
        limit = found[name]
        if task.HIGHER_IS_BETTER[name]:
            lowest = limit.mean - DEVIATIONS * limit.deviation
            trivial = max(limit.trivial, 0.0)
            floors[name] = _round(max(lowest, trivial), down=lowest > trivial)
        else:
            ceilings[name] = _round(limit.mean + DEVIATIONS * limit.deviation, down=False)
    margin = _round(max(spread.deviation, abs(spread.mean) * 0.005), down=False)
    return Gates(
        primary,
        spread.mean,
        spread.deviation,
        spread.trivial,
        floors,
        ceilings,
        margin,
        _slice_limit(in_slices, spread, higher=task.HIGHER_IS_BETTER[primary]),
    )


def _slice_limit(values: list[float], spread: _Spread, *, higher: bool) -> float | None:
    """Return a limit that is three standard deviations worse than the worst slice so far."""
    if not values:
        return None
    room = DEVIATIONS * spread.deviation
    if higher:
        limit = min(values) - room
        return _round(limit, down=True) if limit > spread.trivial else None
    limit = max(values) + room
    return _round(limit, down=False)


def _beats(spread: _Spread) -> bool:
    return abs(spread.mean - spread.trivial) > DEVIATIONS * spread.deviation


def _spreads(
    modules: models.ModelModules, train: pd.DataFrame, test_rows: int, params: Params
) -> tuple[dict[str, _Spread], list[float]]:
    """Return the spread of each metric, and the primary metric of each slice in each fold."""
    task, decision = modules.task, modules.decision(params)
    rng = np.random.default_rng(params.seed)
    values: dict[str, list[float]] = {}
    trivial: dict[str, list[float]] = {}
    in_slices: list[float] = []
    for older, newer in _folds(modules, train, params):
        y, known = modules.labels(older), modules.labels(newer)
        X = modules.inputs(older)
        calibrated = calibration.fit(modules, params, older, X, y)
        estimator = modules.model.fit(modules.build(params), X, y)
        raw = modules.model.predict(estimator, modules.inputs(newer))
        if calibrated is not None:
            raw = task.calibrated(raw, calibrated)
        constant = baselines.constant(modules, y, len(known))
        primary = task.primary(task.metrics(known, raw, decision))
        for column in modules.contract.slices:
            for group in task.by_slice(known, raw, newer[column], primary).values():
                value = group[primary]
                if value is not None and (group["rows"] or 0) >= params.gates.slices.min_rows:
                    in_slices.append(float(value))
        for _ in range(RESAMPLES):
            rows = rng.integers(0, len(known), test_rows)
            for into, predicted in ((values, raw), (trivial, constant)):
                for name, value in task.metrics(known[rows], predicted[rows], decision).items():
                    if value is not None and math.isfinite(value):
                        into.setdefault(name, []).append(float(value))
    spreads = {
        name: _Spread(
            float(np.mean(values[name])), float(np.std(values[name])), float(np.mean(trivial[name]))
        )
        for name in task.HIGHER_IS_BETTER
        if values.get(name) and trivial.get(name)
    }
    return spreads, in_slices


def _folds(
    modules: models.ModelModules, train: pd.DataFrame, params: Params
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Split the training rows as the pipeline splits all rows, with other rows each time.

    Raises UserError if no split leaves rows on both sides.
    """
    from ...data.splits import divide

    by_time = modules.contract.time is not None and params.split.by != "random"
    problem = None
    for fold in range(FOLDS):
        rows = train
        if by_time:
            # The first half, and then more and more of the rows: the newest ones are predicted.
            rows = train.head(len(train) * (FOLDS + fold + 1) // (2 * FOLDS))
        try:
            parts = divide(rows, modules.contract, params.split, fold)
            modules.task.check_split(
                modules.contract,
                parts.train[modules.contract.target],
                parts.test[modules.contract.target],
            )
        except UserError as error:
            # The first rows may have no label that was known in time, or one class only.
            problem = error
            continue
        yield parts.train, parts.test
        problem = None
    if problem is not None:
        raise problem


def _round(value: float, *, down: bool) -> float:
    """Round to two significant digits, but to at most three decimals of numbers below 1."""
    if value == 0 or not math.isfinite(value):
        return 0.0
    digits = min(3, 1 - math.floor(math.log10(abs(value))))
    scale = 10.0**digits
    rounded = (math.floor if down else math.ceil)(round(value * scale, 6)) / scale
    return float(f"{rounded:.12g}")
