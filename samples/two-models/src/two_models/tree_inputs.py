"""Inputs of boosted trees: numbers unchanged, one column per value of a category, words of texts.

The known values are saved with the trees, so a saved model can score rows without the contract, and
a change of the contract does not affect older models.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from .contract import DataContract
from .platform import fitted
from .platform.strict_json import dumps

FILE = "inputs.json"
# Largest number of columns of a category whose values the contract does not list.
MOST_VALUES = 100
# Number of columns of a text.
BUCKETS = 256
_WORD = re.compile(r"\w+")

# Feature -> None for a number, the values of a category, or the number of columns of a text; in the
# order of the columns.
Inputs = Mapping[str, tuple[str, ...] | int | None]


def of(X: pd.DataFrame, contract: DataContract) -> Inputs:
    """Return the inputs of n rows of features.

    The values of a category are those of the contract. If it does not list them, they are the most
    frequent ones of the rows. A missing value is a value like the others: the empty string.
    """
    fitted.note(len(X))
    listed = {
        field.name: (*field.categories, "") if field.nullable else field.categories
        for field in contract.fields
        if field.categories
    }
    inputs: dict[str, tuple[str, ...] | int | None] = {}
    for key, values in X.items():
        name = str(key)
        if values.dtype != object:
            inputs[name] = None
        elif name in contract.texts:
            inputs[name] = BUCKETS
        elif name in listed:
            inputs[name] = listed[name]
        else:
            counts = Counter(sorted(values))
            inputs[name] = tuple(value for value, _ in counts.most_common(MOST_VALUES))
    return inputs


def columns(inputs: Inputs, X: pd.DataFrame) -> np.ndarray:
    """Encode n rows of features as float32 (n, k).

    For an unknown category, all its columns are zero. A column of a text is the number of its words
    whose hash is the number of the column.
    """
    parts = []
    for name, values in inputs.items():
        column = X[name].to_numpy()
        if isinstance(values, int):
            parts.append(_words(column, values))
        elif values is None:
            parts.append(column.reshape(-1, 1).astype(np.float32))
        else:
            known = np.array(values, dtype=object)
            parts.append((column.reshape(-1, 1) == known).astype(np.float32))
    return np.hstack(parts)


def _words(texts: np.ndarray, buckets: int) -> np.ndarray:
    """Count the words of n texts by hash: float32 (n, buckets)."""
    found = np.zeros((len(texts), buckets), dtype=np.float32)
    for row, text in zip(found, texts, strict=True):
        for word in _WORD.findall(text.lower()):
            row[zlib.crc32(word.encode()) % buckets] += 1
    return found


def save(inputs: Inputs, directory: Path) -> None:
    """Write the inputs to a file in an existing folder."""
    text = dumps(inputs, indent=2)
    (directory / FILE).write_text(text + "\n", encoding="utf-8")


def load(directory: Path) -> Inputs:
    """Load inputs that `save` wrote."""
    inputs = json.loads((directory / FILE).read_text(encoding="utf-8"))
    return {
        name: tuple(values) if isinstance(values, list) else values
        for name, values in inputs.items()
    }
