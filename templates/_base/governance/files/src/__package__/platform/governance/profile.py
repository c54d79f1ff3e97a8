"""Statistics of the rows of a run, for its data sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...contract import DataContract, Field

if TYPE_CHECKING:
    import pandas as pd


def profile(frame: pd.DataFrame, contract: DataContract) -> dict[str, Any]:
    """Return statistics, as JSON values, of rows that satisfy the contract.

    Shares are relative to all rows; numbers are in the unit of their field.
    """
    target = frame[contract.target]
    labelled = int(target.notna().sum())
    times = frame[contract.time]
    return {
        "rows": len(frame),
        "entities": int(frame[contract.entity].nunique()),
        "from": times.min().isoformat() if len(frame) else None,
        "to": times.max().isoformat() if len(frame) else None,
        "labelled": labelled,
        "positive_rate": round(float(target.dropna().astype(float).mean()), 6)
        if labelled
        else None,
        "columns": [
            {**_column(field, frame[field.name]), "role": role}
            for role, fields in (("input", contract.fields), ("protected", contract.protected))
            for field in fields
            if field.name in frame
        ],
    }


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
    numbers = known.astype(float)
    return {
        **common,
        "min": round(float(numbers.min()), 6),
        "mean": round(float(numbers.mean()), 6),
        "max": round(float(numbers.max()), 6),
    }
