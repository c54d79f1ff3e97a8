"""Check the data contract with a pandera schema."""

from __future__ import annotations

import os

import pandas as pd

from ..contract import DataContract, Field
from . import Failure

# pandera reads this variable at import.
os.environ.setdefault("DISABLE_PANDERA_IMPORT_WARNING", "True")

import pandera.pandas as pa


def schema(contract: DataContract) -> pa.DataFrameSchema:
    """Return the schema of the contract's columns; other columns are allowed."""
    columns = {
        contract.entity: pa.Column(nullable=False),
        contract.time: pa.Column(checks=_is_time(), nullable=False),
        contract.label_time: pa.Column(checks=_is_time(), nullable=False),
        contract.target: pa.Column(checks=pa.Check.isin([0, 1]), nullable=True),
    }
    for field in (*contract.fields, *contract.protected):
        columns[field.name] = _column(field)
    return pa.DataFrameSchema(
        columns,
        checks=pa.Check(
            lambda frame: ~frame.duplicated([contract.entity, contract.time]),
            name="one row per entity and time",
        ),
    )


def check(frame: pd.DataFrame, contract: DataContract) -> list[Failure]:
    """Check every row; return one failure per column and check. Valid data has none."""
    try:
        schema(contract).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        # A check of the whole table reports every column of a failing row.
        whole = (cases["schema_context"] == "DataFrameSchema") & cases["index"].notna()
        cases["column"] = cases["column"].mask(whole, contract.entity)
        absent = cases["check"] == "column_in_dataframe"
        cases["column"] = cases["column"].mask(absent, cases["failure_case"])
        return [
            Failure(
                column=str(column),
                check=str(name),
                rows=int(group["index"].nunique()) or len(frame),
                example=str(group["failure_case"].iloc[0]),
            )
            for (column, name), group in cases.groupby(["column", "check"], sort=True)
        ]
    return []


def _column(field: Field) -> pa.Column:
    if field.is_category:
        return pa.Column(checks=pa.Check.isin(field.categories), nullable=False)
    checks = []
    if field.min is not None:
        checks.append(pa.Check.ge(field.min))
    if field.max is not None:
        checks.append(pa.Check.le(field.max))
    numeric = pa.Check(pd.api.types.is_numeric_dtype, name="is a number")
    return pa.Column(checks=[numeric, *checks], nullable=False)


def _is_time() -> pa.Check:
    return pa.Check(
        lambda values: isinstance(values.dtype, pd.DatetimeTZDtype), name="is a UTC time"
    )
