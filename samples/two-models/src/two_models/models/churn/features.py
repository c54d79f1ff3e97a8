"""Features: what the model receives, made from the inputs of the contract.

The same function runs in training, in batch prediction and in the service. A version of the model
runs only with the feature code that trained it: after a change, train again. Transformations that
are fitted to data, such as scaling, belong in `model.py`.

Keep the code of the features in this file: code that it imports is not part of the comparison.
"""

from __future__ import annotations

import numpy as np

from ...platform.columns import Columns
from .contract import CONTRACT

TIMES = tuple(field.name for field in CONTRACT.fields if field.kind == "datetime")


def features(columns: Columns) -> Columns:
    """Return the features of n rows: numbers, or strings in an object array, of n values each.

    columns: the inputs; `platform/columns.py` describes their types and missing values. The service
    has NumPy, but not pandas. The features of a row must not depend on other rows. A new feature is
    a further entry, for example `found["calls_per_month"] = columns["calls"] / columns["months"]`.
    """
    found = dict(columns)
    for name in TIMES:
        found.update(_calendar(name, found.pop(name)))
    return found


def _calendar(name: str, times: np.ndarray) -> dict[str, np.ndarray]:
    """Return points in time as days since 1970, hour of the day and day of the week (Monday 0)."""
    days = (times - np.datetime64(0, "us")) / np.timedelta64(1, "D")
    return {
        f"{name}__days": days,
        f"{name}__hour": days % 1 * 24,
        f"{name}__weekday": (np.floor(days) + 3) % 7,
    }
