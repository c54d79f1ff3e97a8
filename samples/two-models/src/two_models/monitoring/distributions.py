"""Distributions of each input in both samples: shares per bin, for the plots.

Bins have equal width, or hold one category each. Datetimes are shown as years, texts by their
length. The bins are for display only: the verdict comes from the drift detector. A bin can hide
that a value in it became another one, so values that many rows share are listed, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..contract import DataContract, Field
from ..data.statistics import numbers, unit

if TYPE_CHECKING:
    import pandas as pd

BINS = 24
CATEGORIES = 12
OTHER = "(other)"
# Rare extreme values would widen the bins too much: they are counted in the outer bins.
TAIL = 0.005
# A value is listed if it has this share of the rows of a sample.
FREQUENT, LISTED = 0.1, 4
# Differences and means of values up to this size are finite.
LARGEST = float(np.finfo(np.float64).max) / 4
# Above this number, the distance between two floats is more than half.
EXACT = 2.0**51


def compare(
    reference: pd.DataFrame, current: pd.DataFrame, contract: DataContract
) -> dict[str, dict[str, Any]]:
    """Return the distribution of each input of two samples, as JSON values: see `distribution`."""
    return {
        field.name: distribution(field, reference[field.name], current[field.name])
        for field in contract.fields
    }


def distribution(field: Field, reference: pd.Series, current: pd.Series) -> dict[str, Any]:
    """Return the distribution of a column in two samples.

    `reference` and `current` hold one share of all rows per bin; together with the share that is
    `missing` they add up to 1. Numbers have one more edge than bins; infinities are in the outer
    bins, and not in the mean. `frequent` lists the values that most rows share.
    """
    return (_categories if field.is_category else _numbers)(field, reference, current)


def _numbers(field: Field, reference: pd.Series, current: pd.Series) -> dict[str, Any]:
    samples = [numbers(field, series) for series in (reference, current)]
    known = [values[~np.isnan(values)] for values in samples]
    clipped = [np.clip(values, -LARGEST, LARGEST) for values in known]
    edges = _edges(field, [values for values in clipped if len(values)])
    old, new = (
        np.histogram(np.clip(part, edges[0], edges[-1]), edges)[0] / max(len(whole), 1)
        for part, whole in zip(clipped, samples, strict=True)
    )
    return {
        "kind": "number",
        "unit": unit(field),
        "edges": [float(edge) for edge in edges],
        "reference": _rounded(old),
        "current": _rounded(new),
        "frequent": _frequent(known, [max(len(whole), 1) for whole in samples]),
        **_pair("missing", *map(_missing, samples)),
        "mean": dict(zip(("reference", "current"), map(_mean, known), strict=True)),
    }


def _missing(values: np.ndarray) -> float:
    return float(np.isnan(values).mean()) if len(values) else 0.0


def _mean(values: np.ndarray) -> float | None:
    """Return the mean of the finite values; the sum of large ones would overflow."""
    finite = np.clip(values[np.isfinite(values)], -LARGEST, LARGEST)
    if not len(finite):
        return None
    largest = max(float(np.abs(finite).max()), 1.0)
    return float(f"{float((finite / largest).mean()) * largest:.12g}")


def _edges(field: Field, samples: list[np.ndarray]) -> np.ndarray:
    """Return increasing edges; samples: values up to LARGEST, without missing values."""
    if not samples:
        return np.array([0.0, 1.0])
    # "nearest" selects values of the sample: an interpolation between large ones would overflow.
    low = min(float(np.quantile(values, TAIL, method="nearest")) for values in samples)
    high = max(float(np.quantile(values, 1 - TAIL, method="nearest")) for values in samples)
    whole = field.kind in ("int", "boolean", "text") and max(abs(low), abs(high)) < EXACT
    if whole and high - low < BINS:
        return np.arange(np.floor(low), np.ceil(high) + 2) - 0.5
    # A constant also has bins of a width above 0, whatever its size.
    return np.linspace(low, high if high > low else low + max(1.0, abs(low) / 2), BINS + 1)


def _frequent(known: list[np.ndarray], rows: list[int]) -> list[dict[str, Any]]:
    found = []
    for values in known:
        distinct, number = np.unique(values, return_counts=True)
        found.append(dict(zip(distinct.tolist(), number.tolist(), strict=True)))
    shares = {
        value: [counted.get(value, 0) / total for counted, total in zip(found, rows, strict=True)]
        for value in {*found[0], *found[1]}
    }
    listed = sorted(
        (value for value, share in shares.items() if max(share) >= FREQUENT),
        key=lambda value: (-max(shares[value]), value),
    )
    return [
        {
            # JSON has no infinity.
            "value": value if np.isfinite(value) else str(value),
            "reference": round(shares[value][0], 6),
            "current": round(shares[value][1], 6),
        }
        for value in listed[:LISTED]
    ]


def _categories(field: Field, reference: pd.Series, current: pd.Series) -> dict[str, Any]:
    old, new = (
        series.dropna().astype(str).value_counts() / max(len(series), 1)
        for series in (reference, current)
    )
    found = sorted(set(old.index) | set(new.index))
    names = [*field.categories, *(name for name in found if name not in field.categories)]
    if len(names) > CATEGORIES:
        names.sort(key=lambda name: -max(old.get(name, 0.0), new.get(name, 0.0)))
    shown, rest = names[:CATEGORIES], names[CATEGORIES:]

    def shares(counted: pd.Series) -> list[float]:
        values = [float(counted.get(name, 0.0)) for name in shown]
        return _rounded([*values, *([sum(counted.get(name, 0.0) for name in rest)] * bool(rest))])

    return {
        "kind": "category",
        "unit": field.unit,
        "labels": [*shown, *([OTHER] * bool(rest))],
        "reference": shares(old),
        "current": shares(new),
        **_pair("missing", 1 - float(old.sum()), 1 - float(new.sum())),
    }


def _pair(name: str, old: float | None, new: float | None) -> dict[str, Any]:
    values = {"reference": old, "current": new}
    return {name: {key: None if v is None else round(v, 6) for key, v in values.items()}}


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 6) for value in values]
