"""Predictions that a model has to be better than: a constant one, and those of a linear model.

The linear model is a ridge regression of the target, or of the indicator of each class, on the
inputs of the contract: T. Hastie, R. Tibshirani and J. Friedman, "The Elements of Statistical
Learning", 2nd edition, 2009, sections 3.4.1 and 4.2. It needs NumPy only, so that it is the same
for every framework. For classes its values rank rows, but can lie outside of 0 and 1.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from ..contract import Field
from .columns import Columns
from .models import ModelModules

# More training rows hardly change a linear model.
MOST_ROWS = 20_000
# Values of a category, and words of a text, that have a column of their own: the most frequent.
MOST_VALUES = 30
MOST_WORDS = 200
# Added to the diagonal of the normal equations; numbers have the standard deviation 1.
PENALTY = 1.0
# Numbers are limited to this many times the range of the middle 98 % of them, on both sides of it.
TAIL = 1.0
_WORD = re.compile(r"\w+")

# n values of an input -> numbers of shape (n, k).
Encode = Callable[[np.ndarray], np.ndarray]


def constant(modules: ModelModules, y: np.ndarray, rows: int) -> np.ndarray:
    """Return the prediction for `rows` rows that uses no input, as `predict` of a model does.

    y: n targets of training rows. The prediction is the frequency of each class, or the mean.
    """
    return _raw(modules, np.tile(_targets(modules, y).mean(axis=0), (rows, 1)))


@dataclass(frozen=True)
class Linear:
    """A fitted linear model: d numbers per row, their means, and coefficients of shape (d, k)."""

    modules: ModelModules
    encoders: dict[str, Encode]
    means: np.ndarray
    intercept: np.ndarray
    coefficients: np.ndarray

    def predict(self, columns: Columns) -> np.ndarray:
        """Return predictions for n rows of inputs, as `predict` of a model does."""
        rows = len(next(iter(columns.values())))
        parts = []
        for start in range(0, rows, MOST_ROWS):
            part = {name: values[start : start + MOST_ROWS] for name, values in columns.items()}
            design = _design(self.encoders, part) - self.means
            parts.append(self.intercept + design @ self.coefficients)
        return _raw(self.modules, np.concatenate(parts))


def linear(
    modules: ModelModules,
    columns: Columns,
    y: np.ndarray,
    seed: int,
    without: Collection[str] = (),
) -> Linear:
    """Fit the linear model to n rows of inputs and their targets, `without` some of the inputs."""
    if len(y) > MOST_ROWS:
        chosen = np.random.default_rng([seed, 11]).choice(len(y), MOST_ROWS, replace=False)
        columns = {name: values[chosen] for name, values in columns.items()}
        y = y[chosen]
    encoders = {
        field.name: _encoder(field, columns[field.name])
        for field in modules.contract.fields
        if field.name not in without
    }
    design, targets = _design(encoders, columns), _targets(modules, y)
    means, intercept = design.mean(axis=0), targets.mean(axis=0)
    centered = design - means
    normal = centered.T @ centered + PENALTY * np.eye(design.shape[1])
    coefficients = np.linalg.solve(normal, centered.T @ (targets - intercept))
    return Linear(modules, encoders, means, intercept, coefficients)


def _targets(modules: ModelModules, y: np.ndarray) -> np.ndarray:
    """Return the target as numbers of shape (n, 1), or the indicators of k classes, (n, k)."""
    classes = len(modules.contract.classes)
    return np.eye(classes)[y] if classes else y.reshape(-1, 1)


def _raw(modules: ModelModules, values: np.ndarray) -> np.ndarray:
    # What a model returns follows from the output of its ONNX file, which has this shape.
    return modules.task.raw(values)


def _design(encoders: dict[str, Encode], columns: Columns) -> np.ndarray:
    """Return the numbers of n rows, shape (n, d); n > 0."""
    rows = len(next(iter(columns.values())))
    parts = [encode(columns[name]) for name, encode in encoders.items()]
    return np.column_stack([np.zeros((rows, 0)), *parts])


def _encoder(field: Field, values: np.ndarray) -> Encode:
    if field.kind == "text":
        counts = Counter(word for text in values for word in _words(text))
        return _words_of(_most(counts, MOST_WORDS))
    if field.is_string:
        return _values_of(_most(Counter(values.tolist()), MOST_VALUES))
    if field.kind == "datetime":
        parts = [_number(part) for part in _calendar(values)]
        return lambda times: np.column_stack(
            [encode(part) for encode, part in zip(parts, _calendar(times), strict=True)]
        )
    return _number(values)


def _number(values: np.ndarray) -> Encode:
    """Return an encoder with two columns: the standardized number, and whether it is missing."""
    known = values[np.isfinite(values)].astype(np.float64)
    if known.size == 0:
        return lambda numbers: np.zeros((len(numbers), 0))
    low, high = np.quantile(known, (0.01, 0.99))
    if low < high:
        room = TAIL * (high - low)
        low, high = low - room, high + room
    else:
        low, high = known.min(), known.max()
    limited = np.clip(known, low, high)
    mean, deviation = limited.mean(), limited.std() or 1.0

    def encode(numbers: np.ndarray) -> np.ndarray:
        missing = np.isnan(numbers)
        scaled = (np.clip(numbers.astype(np.float64), low, high) - mean) / deviation
        return np.column_stack([np.where(missing, 0.0, scaled), missing])

    return encode


def _calendar(times: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return days since 1970, hour of the day and day of the week."""
    days = (times - np.datetime64(0, "us")) / np.timedelta64(1, "D")
    return days, days % 1 * 24, (np.floor(days) + 3) % 7


def _values_of(known: list[str]) -> Encode:
    return lambda values: np.column_stack([values == value for value in known]).astype(np.float64)


def _words_of(known: list[str]) -> Encode:
    place = {word: number for number, word in enumerate(known)}

    def encode(texts: np.ndarray) -> np.ndarray:
        found = np.zeros((len(texts), len(place)))
        for row, text in enumerate(texts):
            found[row, [place[word] for word in _words(text) if word in place]] = 1
        return found

    return encode


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def _most(counts: Counter[str], most: int) -> list[str]:
    """Return the most frequent values; of equally frequent ones, the first in the alphabet."""
    return sorted(counts, key=lambda value: (-counts[value], value))[:most]
