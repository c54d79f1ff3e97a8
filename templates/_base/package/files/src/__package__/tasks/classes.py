"""Labels as class indexes, and the rows of each value of a column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from ..contract import DataContract


def indexes(contract: DataContract, values: pd.Series) -> np.ndarray:
    """Return the index in `contract.classes` of each label, shape (n,), int64.

    1, 1.0, "1" and True are the same label, because a column with missing labels holds floats, and
    one that was read from CSV may hold text. Raises ValueError for missing or unknown labels.
    """
    missing = int(values.isna().sum())
    if missing:
        raise ValueError(f"{missing} rows have no {contract.target} yet")
    known = {_key(value): index for index, value in enumerate(contract.classes)}
    found = values.unique()
    unknown = sorted({str(value) for value in found if _key(value) not in known})
    if unknown:
        raise ValueError(
            f"{contract.target} has the labels {', '.join(unknown[:5])}, but the classes of the "
            f"contract are {', '.join(map(str, contract.classes))}"
        )
    mapped = values.astype(object).map({value: known[_key(value)] for value in found})
    return mapped.to_numpy(dtype=np.int64)


def _key(value: object) -> str:
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def slices(groups: pd.Series) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each value of a column as text, in order, with a mask of its rows, shape (n,)."""
    values = groups.to_numpy(dtype=object)
    missing = groups.isna().to_numpy()
    for value in sorted(set(values[~missing]), key=str):
        yield str(value), values == value
    if missing.any():
        yield "(missing)", missing
