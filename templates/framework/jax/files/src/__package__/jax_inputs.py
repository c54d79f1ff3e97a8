"""Inputs of a neural network: scaled numbers, one column per value of a category, words of texts.

The means, scales and known values are those of the training rows. They are saved with the network,
so a saved model can score rows without the contract, and a change of the contract does not affect
older models.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Mapping

import msgspec
import numpy as np
import pandas as pd

from .contract import DataContract

# Largest number of columns of a category.
MOST_VALUES = 100
# Number of columns of a text.
BUCKETS = 256
# Scaled numbers are limited to this range, so that an outlier cannot outweigh all other inputs.
LIMIT = 10.0
_WORD = re.compile(r"\w+")


class Number(msgspec.Struct, frozen=True, tag="number"):
    """A number: its mean and its standard deviation, or 1 for a constant.

    indicator: whether a further column says where the value is missing. It exists if a value was
    missing in the training rows, because the weights of a column that is always 0 are not trained.
    """

    mean: float
    scale: float
    indicator: bool


class Category(msgspec.Struct, frozen=True, tag="category"):
    """A category: one column for each of these values."""

    values: tuple[str, ...]


class Words(msgspec.Struct, frozen=True, tag="text"):
    """A text: the logarithms of the counts of its words, by hash, in this number of columns."""

    columns: int


# Name of the feature -> its input, in the order of the features.
Inputs = Mapping[str, Number | Category | Words]


def of(X: pd.DataFrame, contract: DataContract) -> Inputs:
    """Return the inputs of n > 0 training rows of features.

    The values of a category are those of the rows, and the most frequent ones of more than
    MOST_VALUES. A missing value is a value like the others: the empty string.
    """
    inputs: dict[str, Number | Category | Words] = {}
    for key, values in X.items():
        name = str(key)
        if values.dtype != object:
            inputs[name] = _number(values.to_numpy(dtype=np.float64))
        elif name in contract.texts:
            inputs[name] = Words(BUCKETS)
        else:
            counts = Counter(sorted(values))
            inputs[name] = Category(tuple(value for value, _ in counts.most_common(MOST_VALUES)))
    return inputs


def columns(inputs: Inputs, X: pd.DataFrame) -> np.ndarray:
    """Encode n rows of features as float64 (n, k): numbers, indicators, then the other inputs.

    A missing number becomes the mean. For an unknown category, all its columns are 0.
    """
    numbers = {name: one for name, one in inputs.items() if isinstance(one, Number)}
    given = X[list(numbers)].to_numpy(dtype=np.float64)
    means = np.array([one.mean for one in numbers.values()])
    scales = np.array([one.scale for one in numbers.values()])
    missing = np.isnan(given)
    scaled = np.clip((given - means) / scales, -LIMIT, LIMIT)
    marked = [one.indicator for one in numbers.values()]
    parts = [np.where(missing, 0.0, scaled), missing[:, marked].astype(np.float64)]
    for name, one in inputs.items():
        if isinstance(one, Category):
            known = np.array(one.values, dtype=object)
            parts.append((X[name].to_numpy().reshape(-1, 1) == known).astype(np.float64))
        elif isinstance(one, Words):
            parts.append(_words(X[name].to_numpy(), one.columns))
    return np.hstack(parts)


def width(inputs: Inputs) -> int:
    """Return the number of columns, k."""
    count = 0
    for one in inputs.values():
        if isinstance(one, Number):
            count += 1 + one.indicator
        else:
            count += len(one.values) if isinstance(one, Category) else one.columns
    return count


def _number(values: np.ndarray) -> Number:
    present = values[~np.isnan(values)]
    mean, scale = (float(present.mean()), float(present.std())) if present.size else (0.0, 0.0)
    # The deviation of equal values can be a rounding error.
    constant = scale <= 1e-12 * abs(mean)
    return Number(mean, 1.0 if constant else scale, present.size < values.size)


def _words(texts: np.ndarray, buckets: int) -> np.ndarray:
    """Return the logarithm of 1 + the count of the words by hash: float64 (n, buckets)."""
    found = np.zeros((len(texts), buckets))
    for row, text in zip(found, texts, strict=True):
        for word in _WORD.findall(text.lower()):
            row[zlib.crc32(word.encode()) % buckets] += 1
    result: np.ndarray = np.log1p(found)
    return result
