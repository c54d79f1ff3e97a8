"""Check the data contract with a pandera schema."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pandas as pd

from ..contract import DataContract
from . import Failure
from .rules import (
    Between,
    NotBefore,
    NotMissing,
    OneOf,
    Rule,
    Unique,
    ordered,
    rules,
    structure,
    usable,
)

# pandera reads this variable at import.
os.environ.setdefault("DISABLE_PANDERA_IMPORT_WARNING", "True")

import pandera.pandas as pa


def schema(contract: DataContract) -> pa.DataFrameSchema:
    """Return the schema of the contract's columns; other columns are allowed."""
    return _schema(rules(contract))


def check(frame: pd.DataFrame, contract: DataContract) -> list[Failure]:
    """Check every row; return one failure per column and check. Valid data has none."""
    failures = structure(frame, contract)
    chosen = usable(contract, failures)
    names = list(dict.fromkeys(name for rule in chosen for name in rule.columns))
    # A check of several columns reports the rows of all of them.
    owners = {rule.check: rule.column for rule in chosen if len(rule.columns) > 1}
    try:
        _schema(chosen).validate(frame[names], lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        whole = cases["schema_context"] == "DataFrameSchema"
        cases = cases[~whole | (cases["column"] == cases["check"].map(owners))]
        failures += [
            Failure(
                column=str(column),
                check=str(name),
                rows=int(group["index"].nunique()),
                example=str(group["failure_case"].iloc[0]),
            )
            for (column, name), group in cases.groupby(["column", "check"])
        ]
    return ordered(failures)


def _schema(chosen: Iterable[Rule]) -> pa.DataFrameSchema:
    columns: dict[str, list[pa.Check]] = {}
    whole: list[pa.Check] = []
    for rule in chosen:
        checks = columns.setdefault(rule.column, [])
        match rule:
            case NotMissing(where=None):
                checks.append(pa.Check(pd.Series.notna, name=rule.check, ignore_na=False))
            case OneOf():
                checks.append(pa.Check.isin(rule.values, error=rule.check))
            case Between(low=None):
                checks.append(pa.Check.le(rule.high, error=rule.check))
            case Between():
                checks.append(pa.Check.ge(rule.low, error=rule.check))
            case _:
                whole.append(_across(rule))
    return pa.DataFrameSchema(
        {name: pa.Column(checks=checks, nullable=True) for name, checks in columns.items()},
        checks=whole,
    )


def _across(rule: Rule) -> pa.Check:
    """Translate a rule about several columns."""

    def holds(frame: pd.DataFrame) -> pd.Series:
        match rule:
            case NotMissing(where=str(where)):
                return frame[rule.column].notna() | frame[where].isna()
            case NotBefore():
                return ~(frame[rule.column] < frame[rule.other])
            case Unique():
                return ~frame.duplicated(list(rule.key), keep=False)
        raise TypeError(f"no check for {rule}")

    return pa.Check(holds, name=rule.check, ignore_na=False)
