"""The rules of a contract, independent of the tool that checks them.

`structure` finds columns that are missing or have values of another type. The tools translate
`rules`, the checks of values, and skip rules about columns that `structure` has reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..contract import MOST_NUMBER, DataContract, Field, Label
from ..data import conversion
from . import Failure

if TYPE_CHECKING:
    import pandas as pd

_TYPES = {
    "float": "is a number",
    "int": "is a whole number",
    "boolean": "is true or false",
    "category": "is text",
    "text": "is text",
    "datetime": "is a date and time",
    "key": "is text or a whole number",
    "label": "is a known class",
}


@dataclass(frozen=True)
class Rule:
    """A check of the values of `column`; `check` says in words what holds for each row."""

    column: str
    check: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rule reads."""
        return (self.column,)


@dataclass(frozen=True)
class NotMissing(Rule):
    """There is a value. With `where`, only in rows that have a value in that column."""

    where: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rule reads."""
        return (self.column,) if self.where is None else (self.column, self.where)


@dataclass(frozen=True)
class OneOf(Rule):
    """The value is missing or one of `values`."""

    values: tuple[Label, ...]


@dataclass(frozen=True)
class Between(Rule):
    """The value is missing or within the inclusive limits, of which one is None."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class NotBefore(Rule):
    """The time is missing or not before the time in the column `other`."""

    other: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rule reads."""
        return (self.column, self.other)


@dataclass(frozen=True)
class Unique(Rule):
    """No two rows have the same values in all columns of `key`; all rows that do count."""

    key: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rule reads."""
        return self.key


def rules(contract: DataContract) -> Iterator[Rule]:
    """Return the checks of values of a contract."""
    for name in contract.keys:
        yield NotMissing(name, "is not empty")
    if len(contract.keys) == 2:
        yield Unique(contract.keys[0], "one row per entity and time", contract.keys)
    yield from _target(contract)
    for field in (*contract.fields, *contract.protected):
        yield from _values(field)


def _target(contract: DataContract) -> Iterator[Rule]:
    if contract.classes:
        yield OneOf(contract.target, "is a known class", contract.classes)
    if contract.label_time is not None and contract.time is not None:
        known, time = contract.label_time, contract.time
        yield NotMissing(known, "is not empty in a row with a label", contract.target)
        yield NotBefore(known, f"is not before {time}", time)


def _values(field: Field) -> Iterator[Rule]:
    if not field.nullable:
        yield NotMissing(field.name, "is not empty")
    if field.categories and field.unseen == "refuse":
        yield OneOf(field.name, "is a known category", field.categories)
    low, high = field.min, field.max
    if field.kind == "float":
        low = -MOST_NUMBER if low is None else max(low, -MOST_NUMBER)
        high = MOST_NUMBER if high is None else min(high, MOST_NUMBER)
    if low is not None:
        yield Between(field.name, f"is at least {low:g}", low=low)
    if high is not None:
        yield Between(field.name, f"is at most {high:g}", high=high)


def structure(frame: pd.DataFrame, contract: DataContract) -> list[Failure]:
    """Return one failure for each column that is missing or has values of another type."""
    failures = []
    for column in conversion.columns(contract):
        if column.name not in frame:
            failures.append(Failure(column.name, "is there", len(frame), "no column"))
            continue
        values = frame[column.name]
        bad = conversion.unreadable(values, column)
        if bad.any():
            example = str(values[bad].iloc[0])
            failures.append(Failure(column.name, _TYPES[column.kind], int(bad.sum()), example))
    return failures


def usable(contract: DataContract, failures: list[Failure]) -> list[Rule]:
    """Return the rules about columns without a failure of `structure`."""
    broken = {failure.column for failure in failures}
    return [rule for rule in rules(contract) if broken.isdisjoint(rule.columns)]


def ordered(failures: list[Failure]) -> list[Failure]:
    """Return failures in the order in which every tool reports them."""
    return sorted(failures, key=lambda failure: (failure.column, failure.check))
