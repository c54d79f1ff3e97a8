"""Distributions of each input in both samples: shares per bin, for the plots.

Bins have equal width, or hold one category each. Datetimes are shown as years, texts by their
length. The bins are for display only: the verdict comes from
the drift detector.
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
    `missing` they add up to 1. Numbers have one more edge than bins.
    """
    return (_categories if field.is_category else _numbers)(field, reference, current)


def _numbers(field: Field, reference: pd.Series, current: pd.Series) -> dict[str, Any]:
    samples = [numbers(field, series) for series in (reference, current)]
    known = [values[np.isfinite(values)] for values in samples]
    edges = _edges(field, [values for values in known if len(values)])
    old, new = (
        np.histogram(np.clip(part, edges[0], edges[-1]), edges)[0] / max(len(whole), 1)
        for part, whole in zip(known, samples, strict=True)
    )
    return {
        "kind": "number",
        "unit": unit(field),
        "edges": _rounded(edges),
        "reference": _rounded(old),
        "current": _rounded(new),
        **_pair("missing", *map(_missing, samples)),
        **_pair("mean", *(float(part.mean()) if len(part) else None for part in known)),
    }


def _missing(values: np.ndarray) -> float:
    return 1 - float(np.isfinite(values).mean()) if len(values) else 0.0


def _edges(field: Field, samples: list[np.ndarray]) -> np.ndarray:
    if not samples:
        return np.array([0.0, 1.0])
    low = min(float(np.quantile(values, TAIL)) for values in samples)
    high = max(float(np.quantile(values, 1 - TAIL)) for values in samples)
    if field.kind in ("int", "boolean", "text") and high - low < BINS:
        return np.arange(np.floor(low), np.ceil(high) + 2) - 0.5
    return np.linspace(low, high if high > low else low + 1.0, BINS + 1)


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
