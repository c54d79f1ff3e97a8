"""Leave out rows that are repeated more often than separate observations can be.

A client that tries the same request again and again, a load test or a smoke test fills the window
with copies of one row. They are one observation: as many of them, they would look like drift of all
inputs at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

# How many times the share of the most frequent reference row a row can have in the window. Inputs
# with few values repeat rows, and drift changes their shares.
TIMES = 3


def without_repeats(
    current: pd.DataFrame, reference: pd.DataFrame, names: Sequence[str]
) -> pd.DataFrame:
    """Return the current rows with at most the plausible number of copies of each.

    A row is the values of the columns `names` of both frames. The plausible number is TIMES the
    share that the most frequent row has in the reference, and at least 1; the first copies stay.
    """
    if reference.empty or current.empty:
        return current
    columns = list(names)
    most = pd.util.hash_pandas_object(reference[columns], index=False).value_counts().iloc[0]
    plausible = max(1, math.ceil(TIMES * float(most) / len(reference) * len(current)))
    rows = pd.util.hash_pandas_object(current[columns], index=False)
    return current[rows.groupby(rows).cumcount() < plausible]
