"""Check the data contract with pandas."""

from __future__ import annotations

import pandas as pd

from ..contract import DataContract, Field
from . import Failure


def check(frame: pd.DataFrame, contract: DataContract) -> list[Failure]:
    """Check every row; return one failure per column and check. Valid data has none."""
    failures: list[Failure] = []

    def fail(column: str, name: str, bad: pd.Series, values: pd.Series) -> None:
        if bad.any():
            failures.append(Failure(column, name, int(bad.sum()), str(values[bad].iloc[0])))

    known = (contract.entity, contract.time, contract.label_time, contract.target)
    fields = (*contract.fields, *contract.protected)
    missing = [name for name in (*known, *(f.name for f in fields)) if name not in frame]
    failures.extend(Failure(name, "is there", len(frame), "no column") for name in missing)

    for name in set(known[:3]) - set(missing):
        fail(name, "is not empty", frame[name].isna(), frame[name])
    for name in {contract.time, contract.label_time} - set(missing):
        if not isinstance(frame[name].dtype, pd.DatetimeTZDtype):
            failures.append(Failure(name, "is a UTC time", len(frame), str(frame[name].iloc[0])))
    if contract.target not in missing:
        target = frame[contract.target]
        fail(contract.target, "is 0 or 1", target.notna() & ~target.isin([0, 1]), target)
    if not {contract.entity, contract.time} & set(missing):
        twice = frame.duplicated([contract.entity, contract.time])
        fail(contract.entity, "one row per entity and time", twice, frame[contract.entity])
    for field in fields:
        if field.name not in missing:
            for name, bad in _violations(frame[field.name], field):
                fail(field.name, name, bad, frame[field.name])
    return sorted(failures, key=lambda failure: (failure.column, failure.check))


def _violations(values: pd.Series, field: Field) -> list[tuple[str, pd.Series]]:
    found = [("is not empty", values.isna())]
    if field.is_category:
        found.append(("is a known category", values.notna() & ~values.isin(field.categories)))
    elif not pd.api.types.is_numeric_dtype(values):
        found.append(("is a number", values.notna()))
    else:
        if field.min is not None:
            found.append((f"is at least {field.min:g}", values < field.min))
        if field.max is not None:
            found.append((f"is at most {field.max:g}", values > field.max))
    return found
