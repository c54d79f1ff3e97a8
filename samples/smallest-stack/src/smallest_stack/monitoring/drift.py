"""Input drift: population stability index (PSI) with a threshold that depends on sample size.

For two samples of n and m rows from one distribution over B bins, PSI / (1/n + 1/m) is close to
chi-square distributed with B - 1 degrees of freedom: B. Yurdakul and J. Naranjo, "Statistical
properties of the population stability index", Journal of Risk Model Validation 14(4), 2020. The
usual fixed limits (0.1, 0.25) therefore raise false alarms in small windows. This module uses a
quantile of that distribution as the threshold of each input. Šidák's correction sets the quantile
so that all inputs together raise a false alarm in at most the configured share of windows. The
threshold is never below `params.psi`, so that large windows do not report negligible shifts.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtri

from ..contract import DataContract, Field
from ..data.statistics import numbers
from ..params import DriftParams
from . import DRIFTED, STABLE, TOO_FEW_ROWS, DriftResult, FeatureDrift, Predictions

if TYPE_CHECKING:
    import pandas as pd

BINS = 10
# Below this expected number of rows in a bin the approximation is poor, so bins are merged.
MIN_EXPECTED = 10.0
MISSING = "(missing)"


def detect(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    contract: DataContract,
    params: DriftParams,
    predictions: Predictions | None = None,
) -> DriftResult:
    """Compare the inputs of two samples, and the predictions for them.

    Both frames hold the inputs of `contract` as columns. With fewer than `params.min_rows` rows
    in either frame, the result has the indexes but no verdict.
    """
    compared = len(contract.fields) + (predictions is not None)
    share = 1.0 - (1.0 - params.false_alarms) ** (1.0 / compared)
    features = tuple(
        _compare(field, reference[field.name], current[field.name], share, params.psi)
        for field in contract.fields
    )
    prediction = None
    if predictions is not None:
        samples = (predictions.reference, predictions.current)
        prediction = _compare(predictions.field, *samples, share, params.psi)
    found = features if prediction is None else (*features, prediction)
    if min(len(reference), len(current)) < params.min_rows:
        verdict = TOO_FEW_ROWS
    else:
        verdict = DRIFTED if any(item.drifted for item in found) else STABLE
    return DriftResult(verdict, features, len(current), len(reference), prediction)


def psi(reference: np.ndarray, current: np.ndarray) -> float:
    """Return the index of two arrays of counts per bin, of equal shape (bins,).

    Adds half a row to each bin, because an empty bin would make the index infinite.
    """
    if len(reference) < 2:
        return 0.0
    expected = (reference + 0.5) / (reference.sum() + 0.5 * len(reference))
    found = (current + 0.5) / (current.sum() + 0.5 * len(current))
    return float(np.sum((found - expected) * np.log(found / expected)))


def threshold(bins: int, rows: int, reference_rows: int, share: float) -> float:
    """Return the index that two samples of one distribution exceed with probability `share`.

    bins: 2 or more. rows, reference_rows: sizes of the samples, 1 or more.
    """
    return (1.0 / rows + 1.0 / reference_rows) * float(chdtri(bins - 1, share))


def counts(field: Field, reference: pd.Series, current: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Count the rows of both samples in the same bins.

    Numbers, datetimes and the lengths of texts: quantiles of the reference. Categories: one bin per
    value; values that are not in the reference share one bin. Missing values have a separate bin.
    Bins are merged until each one expects at least MIN_EXPECTED rows of the smaller sample.
    """
    if field.is_category:
        old, new = _category_counts(reference, current)
        order = np.argsort(-(old + new), kind="stable")
        old, new = old[order], new[order]
    else:
        old, new = _number_counts(numbers(field, reference), numbers(field, current))
    return _merged(old, new)


def _compare(
    field: Field, reference: pd.Series, current: pd.Series, share: float, floor: float
) -> FeatureDrift:
    old, new = counts(field, reference, current)
    value = psi(old, new)
    limit = floor
    if len(old) > 1:
        limit = max(floor, threshold(len(old), len(current), len(reference), share))
    return FeatureDrift(field.name, value, limit, value > limit, len(old))


def _number_counts(old: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = old[np.isfinite(old)]
    quantiles = np.arange(1, BINS) / BINS
    # "lower" selects edges from the sample, so that each integer falls on one side of an edge.
    edges = np.unique(np.quantile(known, quantiles, method="lower")) if len(known) else known

    def count(values: np.ndarray) -> np.ndarray:
        finite = values[np.isfinite(values)]
        bins = np.bincount(np.searchsorted(edges, finite), minlength=len(edges) + 1)
        return np.append(bins, len(values) - len(finite)).astype(np.float64)

    return count(old), count(new)


def _category_counts(reference: pd.Series, current: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    old, new = (
        Counter(map(str, values.where(values.notna(), MISSING).tolist()))
        for values in (reference, current)
    )
    known = sorted(old)
    before = [float(old[value]) for value in known]
    after = [float(new[value]) for value in known]
    other = float(new.total()) - sum(after)
    return np.array([*before, 0.0]), np.array([*after, other])


def _merged(old: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Merge neighbors until the mean share expects enough rows of the smaller sample."""
    before, after = max(float(old.sum()), 1.0), max(float(new.sum()), 1.0)
    shares = (old / before + new / after) / 2
    needed = MIN_EXPECTED / min(before, after)
    groups: list[list[int]] = []
    open_share = needed
    for index in np.flatnonzero(shares):
        if open_share >= needed:
            groups.append([])
            open_share = 0.0
        groups[-1].append(int(index))
        open_share += float(shares[index])
    if open_share < needed and len(groups) > 1:
        last = groups.pop()
        groups[-1].extend(last)
    return (
        np.array([old[group].sum() for group in groups]),
        np.array([new[group].sum() for group in groups]),
    )
