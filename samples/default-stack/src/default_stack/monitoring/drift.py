"""Input drift: population stability index (PSI) with a threshold that depends on sample size.

For two samples of n and m rows from one distribution over B bins, PSI / (1/n + 1/m) is close to
chi-square distributed with B - 1 degrees of freedom: B. Yurdakul and J. Naranjo, "Statistical
properties of the population stability index", Journal of Risk Model Validation 14(4), 2020. The
usual fixed limits (0.1, 0.25) therefore raise false alarms in small windows. This module uses a
quantile of that distribution as the threshold of each input. Šidák's correction sets the quantile
so that all inputs together raise a false alarm in at most the configured share of windows. The
threshold is never below `params.psi`, so that large windows do not report negligible shifts.

A value that many rows share (an atom: a flag, a count, a default) has a bin of its own, and so have
the values below and above all reference rows. Otherwise, all values that fall on the same side of
an atom would be in its bin, and a flag of ones that becomes zero would have an index of 0.
"""

from __future__ import annotations

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
# A value with this share of the rows, on average over both samples, has a separate bin.
ATOM = 0.5 / BINS
# Below this expected number of rows in a bin the approximation is poor, so bins are merged.
MIN_EXPECTED = 10.0
# Significant bits of a float32.
PRECISION = 2.0**24


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

    Numbers, datetimes and the lengths of texts: quantiles of the reference, with open outer bins
    and one bin per atom. Infinities are numbers, too. Categories: one bin per value; rare values
    share bins. Missing values have a separate bin. Bins are merged until each one expects at least
    MIN_EXPECTED rows of the smaller sample.
    """
    if field.is_category:
        return _merged(*_category_counts(reference, current))
    old, new = numbers(field, reference), numbers(field, current)
    if field.kind == "float":
        old, new = _rounded(old), _rounded(new)
    return _merged(*_number_counts(old, new))


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
    edges = _edges(old[~np.isnan(old)], new[~np.isnan(new)])

    def count(values: np.ndarray) -> np.ndarray:
        known = values[~np.isnan(values)]
        bins = np.bincount(np.searchsorted(edges, known), minlength=len(edges) + 1)
        return np.append(bins, len(values) - len(known)).astype(np.float64)

    return count(old), count(new)


def _edges(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Return the edges of bins for two samples without missing values.

    Bin i holds the values above edge i - 1 and not above edge i. The first and the last bin are
    open.
    """
    values, inverse = np.unique(np.concatenate([old, new]), return_inverse=True)
    shares = np.zeros(len(values))
    for part, of in ((inverse[: len(old)], old), (inverse[len(old) :], new)):
        shares += np.bincount(part, minlength=len(values)) / max(len(of), 1) / 2
    atoms = values[shares >= ATOM]
    rest = np.sort(old[~np.isin(old, atoms)])
    edges = [atoms, np.nextafter(atoms, -np.inf)]
    if len(rest):
        # The atoms leave this many bins for the other rows. Edges are values of the sample, so that
        # each whole number falls on one side of an edge.
        bins = max(round(BINS * len(rest) / len(old)), 1)
        edges.append(rest[np.arange(1, bins) * len(rest) // bins])
        edges.append(np.array([np.nextafter(old.min(), -np.inf), old.max()]))
    return np.unique(np.concatenate(edges))


def _rounded(values: np.ndarray) -> np.ndarray:
    """Round to the precision of float32, but not to its range.

    A table of float32 and the decimal text of a request mean the same number: without this, they
    would be different atoms.
    """
    mantissa, exponent = np.frexp(values)
    with np.errstate(over="ignore"):
        return np.ldexp(np.rint(mantissa * PRECISION) / PRECISION, exponent)


def _category_counts(reference: pd.Series, current: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    samples = (reference, current)
    found = [values.dropna().astype(str).value_counts() for values in samples]
    # The order does not depend on the samples, so that rare values that share a bin do not come
    # from one sample only: another sample of many rare values always has some that are new.
    names = sorted(set(found[0].index) | set(found[1].index))
    old, new = (
        np.array([float(counted.get(name, 0)) for name in names] + [float(values.isna().sum())])
        for counted, values in zip(found, samples, strict=True)
    )
    rare = _shares(old, new) < _needed(old, new)
    order = np.argsort(rare, kind="stable")
    return old[order], new[order]


def _shares(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Return the share of the rows in each bin, on average over both samples."""
    return (old / max(float(old.sum()), 1.0) + new / max(float(new.sum()), 1.0)) / 2


def _needed(old: np.ndarray, new: np.ndarray) -> float:
    """Return the share of a bin that expects MIN_EXPECTED rows of the smaller sample."""
    return MIN_EXPECTED / max(min(float(old.sum()), float(new.sum())), 1.0)


def _merged(old: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Merge neighbors until the mean share expects enough rows of the smaller sample."""
    shares, needed = _shares(old, new), _needed(old, new)
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
