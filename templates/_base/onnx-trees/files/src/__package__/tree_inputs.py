"""Inputs of boosted trees: numbers unchanged, and one column per value of a category.

The known values are saved with the trees, so a saved model can score raw rows without the contract,
and a change of the contract does not affect older models.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from .contract import DataContract

FILE = "inputs.json"

# Name -> values of a category, or None for a number; in column order.
Inputs = Mapping[str, tuple[str, ...] | None]


def of(X: pd.DataFrame, contract: DataContract) -> Inputs:
    """Return the inputs of n rows of features.

    The values of a category are those of the contract. If it does not list them, they are those of
    the rows.
    """
    listed = {
        field.name: (*field.categories, "") if field.nullable else field.categories
        for field in contract.fields
        if field.categories
    }
    inputs: dict[str, tuple[str, ...] | None] = {}
    for name, values in X.items():
        key = str(name)
        if values.dtype != object:
            inputs[key] = None
        else:
            inputs[key] = listed[key] if key in listed else tuple(sorted(values.unique()))
    return inputs


def columns(inputs: Inputs, X: pd.DataFrame) -> np.ndarray:
    """Encode n rows of features as float32 (n, k).

    For an unknown category, all its columns are zero.
    """
    parts = []
    for name, values in inputs.items():
        column = X[name].to_numpy().reshape(-1, 1)
        parts.append(column if values is None else column == np.array(values, dtype=object))
    return np.hstack([part.astype(np.float32) for part in parts])


def save(inputs: Inputs, directory: Path) -> None:
    """Write the inputs to a file in an existing folder."""
    text = json.dumps(inputs, indent=2)
    (directory / FILE).write_text(text + "\n", encoding="utf-8")


def load(directory: Path) -> Inputs:
    """Load inputs that `save` wrote."""
    inputs = json.loads((directory / FILE).read_text(encoding="utf-8"))
    return {name: None if values is None else tuple(values) for name, values in inputs.items()}
