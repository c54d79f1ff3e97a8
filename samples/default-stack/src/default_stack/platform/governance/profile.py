"""Statistics of the rows of a run, for its data sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...contract import DataContract, Field
from ...data.statistics import numbers

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def profile(frame: pd.DataFrame, contract: DataContract) -> dict[str, Any]:
    """Return statistics, as JSON values, of rows that satisfy the contract.

    Shares are relative to all rows; numbers are in the unit of their field.
    """
    labels = frame[contract.target].dropna()
    times = frame[contract.time].dropna() if contract.time is not None else labels.head(0)
    return {
        "rows": len(frame),
        "entities": int(frame[contract.entity].nunique()) if contract.entity is not None else None,
        "from": times.min().isoformat() if len(times) else None,
        "to": times.max().isoformat() if len(times) else None,
        "labelled": len(labels),
        **_labels(labels, contract),
        "columns": [
            {**_column(field, frame[field.name]), "role": role}
            for role, fields in (("input", contract.fields), ("protected", contract.protected))
            for field in fields
            if field.name in frame
        ],
    }


def _labels(labels: pd.Series, contract: DataContract) -> dict[str, Any]:
    """Return `class_shares` by class, and `positive_rate` if there are two classes; else `mean`."""
    if not contract.classes:
        return {"mean": round(float(labels.astype(float).mean()), 6) if len(labels) else None}
    shares = {
        str(name): round(float((labels == name).mean()), 6) if len(labels) else None
        for name in contract.classes
    }
    rate = list(shares.values())[-1] if len(shares) == 2 else None
    return {"class_shares": shares, "positive_rate": rate}


def _column(field: Field, values: pd.Series) -> dict[str, Any]:
    known = values.dropna()
    common = {
        "name": field.name,
        "kind": field.kind,
        "unit": field.unit,
        "description": field.description,
        "missing": round(1 - len(known) / max(len(values), 1), 6),
    }
    if field.is_category:
        shares = known.astype(str).value_counts(normalize=True)
        listed = [*field.categories, *sorted(set(shares.index) - set(field.categories))]
        return {**common, "shares": {name: round(float(shares.get(name, 0)), 6) for name in listed}}
    if known.empty:
        return common
    if field.kind == "datetime":
        # The data sheet has no mean of datetimes.
        return {**common, "min": known.min().isoformat(), "max": known.max().isoformat()}
    found = numbers(field, known)
    if field.kind == "text":
        return {**common, "unit": "characters", **_summary(found)}
    return {**common, **_summary(found)}


def _summary(found: np.ndarray) -> dict[str, float]:
    return {
        "min": round(float(found.min()), 6),
        "mean": round(float(found.mean()), 6),
        "max": round(float(found.max()), 6),
    }
