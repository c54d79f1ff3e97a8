"""Numbers that stand for the values of a column in statistics: drift, plots, the data sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..contract import Field

if TYPE_CHECKING:
    import pandas as pd

_YEAR = 365.2425 * 86_400


def numbers(field: Field, values: pd.Series) -> np.ndarray:
    """Return n numbers (float64) for n values of any kind but category; a missing value is NaN.

    Numbers and booleans are themselves, a datetime is its year with a fraction, and a text is its
    number of characters.
    """
    import pandas as pd

    if field.kind == "datetime":
        times = pd.to_datetime(values, utc=True)
        seconds = (times - pd.Timestamp("1970-01-01", tz="UTC")).dt.total_seconds()
        return 1970 + seconds.to_numpy(dtype=np.float64, na_value=np.nan) / _YEAR
    if field.kind == "text":
        return values.astype("str").str.len().to_numpy(dtype=np.float64, na_value=np.nan)
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def unit(field: Field) -> str:
    """Return the unit of `numbers`."""
    return {"datetime": "year", "text": "characters"}.get(field.kind, field.unit)
