"""Check that a target fits the task of a model, and order its classes."""

from __future__ import annotations

import pandas as pd

from ...contract import Label
from ..errors import UserError
from .columns import Column, almost_numbers

# A target with more different values than this is no set of classes.
MOST_CLASSES = 50
# Numbers with more different values than this are a quantity.
MOST_NUMERIC_CLASSES = 20
_YES = ("1", "yes", "y", "true", "t", "positive", "pos")
_NO = ("0", "no", "n", "false", "f", "negative", "neg")

BINARY, MULTICLASS, REGRESSION = (
    "binary-classification",
    "multiclass-classification",
    "regression",
)


def classes_of(column: Column, task: str, model: str, positive: str | None) -> tuple[Label, ...]:
    """Return the classes, the positive one of two last; () for regression.

    Raises UserError, which names the task to choose, if the target does not fit `task`.
    """
    known = column.known
    count = known.nunique()
    if count < 2:
        missing = len(column.values) - len(known)
        hint = (
            f"; {missing:,} rows have no value, where texts such as NA and None count as missing, "
            "which data.missing can change"
            if missing
            else ""
        )
        value = "no value" if known.empty else f"one value only, {known.iloc[0]!r}"
        raise UserError(f"the target {column.source} has {value}: it needs two{hint}")
    fits = _task_for(column, count)
    if fits is None:
        reason = almost_numbers(column)
        if reason is not None:
            raise UserError(f"the target {column.source} is not numeric: {reason}")
        raise UserError(
            f"the target {column.source} has {count:,} different texts, such as "
            f"{known.iloc[0]!r}: choose a column with numbers or with at most {MOST_CLASSES} labels"
        )
    if task not in fits:
        raise UserError(
            f"the target {column.source} has {count:,} different values, which does not fit "
            f"{task}: set the task of {model} to {fits[0]} in mlops-stack.yaml, "
            "run npx create-mlops-stack update, and run make contract again"
        )
    if task == REGRESSION:
        if positive is not None:
            raise UserError("POSITIVE exists for binary classification only; this is regression")
        return ()
    labels = _labels(column)
    if task == MULTICLASS:
        if positive is not None:
            raise UserError("POSITIVE exists for binary classification only; this is multiclass")
        return labels
    chosen = _positive(column, labels, positive)
    return (*(label for label in labels if label != chosen), chosen)


def is_guessed(column: Column, classes: tuple[Label, ...]) -> bool:
    """Return whether neither of two labels says which one is positive."""
    words = {text_of(label).lower() for label in classes}
    return not (words & set(_YES) and words & set(_NO))


def text_of(label: object) -> str:
    """Return the text of a label; whole numbers have no decimals."""
    if isinstance(label, bool):
        return "true" if label else "false"
    if isinstance(label, float) and label.is_integer():
        return str(int(label))
    return str(label)


def _task_for(column: Column, count: int) -> tuple[str, ...] | None:
    """Return the tasks that fit, the best one first."""
    number = column.kind in ("float", "int")
    if count == 2:
        return (BINARY,)
    if number and count > MOST_NUMERIC_CLASSES:
        return (REGRESSION,)
    if number:
        whole = bool((column.known % 1 == 0).all())
        return (MULTICLASS, REGRESSION) if whole else (REGRESSION,)
    if column.kind == "category" and count <= MOST_CLASSES:
        return (MULTICLASS,)
    return None


def _labels(column: Column) -> tuple[Label, ...]:
    values = sorted(column.known.unique())
    if column.kind == "category":
        return tuple(str(value) for value in values)
    if column.logical:
        return (False, True)
    return tuple(int(value) if float(value).is_integer() else str(value) for value in values)


def _positive(column: Column, labels: tuple[Label, ...], wanted: str | None) -> Label:
    by_text = {text_of(label).lower(): label for label in labels}
    if wanted is not None:
        if wanted.lower() in by_text:
            return by_text[wanted.lower()]
        words = {"true": "1", "false": "0"}
        if words.get(wanted.lower()) in by_text:
            return by_text[words[wanted.lower()]]
        found = " and ".join(text_of(label) for label in labels)
        raise UserError(f"POSITIVE={wanted} is no value of {column.source}, which has {found}")
    for word in _YES:
        if word in by_text:
            return by_text[word]
    counts = column.known.value_counts()
    rarest = min(labels, key=lambda label: counts.get(_key(column, label), 0))
    return rarest


def _key(column: Column, label: Label) -> object:
    return label if column.kind == "category" else float(label)


def comparable(column: Column, task: str) -> pd.Series:
    """Return the target for comparison with inputs: numbers for regression, else labels as text."""
    if task == REGRESSION:
        return column.values.astype("float64")
    return column.values.map(text_of, na_action="ignore").astype(object)
