"""Check the data contract with pandas."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ..contract import DataContract
from . import Failure
from .rules import Between, NotBefore, NotMissing, OneOf, Rule, Unique, ordered, structure, usable


def check(frame: pd.DataFrame, contract: DataContract) -> list[Failure]:
    """Check every row; return one failure per column and check. Valid data has none."""
    failures = structure(frame, contract)
    return ordered([*failures, *_failures(frame, usable(contract, failures))])


def _failures(frame: pd.DataFrame, rules: list[Rule]) -> Iterator[Failure]:
    for rule in rules:
        bad = _violations(frame, rule)
        if bad.any():
            example = str(frame[rule.column][bad].iloc[0])
            yield Failure(rule.column, rule.check, int(bad.sum()), example)


def _violations(frame: pd.DataFrame, rule: Rule) -> pd.Series:
    values = frame[rule.column]
    match rule:
        case NotMissing(where=None):
            return values.isna()
        case NotMissing(where=str(where)):
            return values.isna() & frame[where].notna()
        case OneOf():
            return values.notna() & ~values.isin(rule.values)
        case Between(low=None):
            return values > rule.high
        case Between():
            return values < rule.low
        case NotBefore():
            return values < frame[rule.other]
        case Unique():
            return frame.duplicated(list(rule.key), keep=False)
    raise TypeError(f"no check for {rule}")
