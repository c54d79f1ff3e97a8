"""Confidence intervals of the difference between two versions on the same rows.

The paired bootstrap draws rows with replacement and measures both versions on each draw, so it
works for every metric: B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993,
chapter 13 (percentile interval).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..tasks import Metrics, Task

RESAMPLES = 400
# The true difference is below the limit with this probability.
RISK = 0.05

Scored = tuple[np.ndarray, Mapping[str, float]]


def lowest_gains(task: Task, y: np.ndarray, new: Scored, old: Scored, seed: int) -> Metrics:
    """Return metric -> one-sided 95 % lower limit of how much better the new version is.

    y: n labels. new, old: predictions of n rows and the section `decision` of a version. A gain is
    in the unit of the metric and positive if the new version is better. A metric that fewer than
    half of the draws define, such as the AUC of rows of one class, has no limit.
    """
    rng = np.random.default_rng([seed, 7])
    gains: dict[str, list[float]] = {name: [] for name in task.HIGHER_IS_BETTER}
    for _ in range(RESAMPLES):
        rows = rng.integers(0, len(y), len(y))
        after, before = (task.metrics(y[rows], raw[rows], decision) for raw, decision in (new, old))
        for name, better in task.HIGHER_IS_BETTER.items():
            value, reference = after.get(name), before.get(name)
            if value is not None and reference is not None:
                gains[name].append((value - reference) * (1 if better else -1))
    return {
        name: float(np.quantile(found, RISK)) if len(found) >= RESAMPLES / 2 else None
        for name, found in gains.items()
    }
