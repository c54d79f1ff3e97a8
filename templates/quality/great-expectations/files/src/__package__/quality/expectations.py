"""The data contract as a suite of expectations, checked by Great Expectations in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from ..contract import DataContract, Field
from . import Failure

# Set before the import of the library, which takes seconds: only the step validate imports it.
os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")

import great_expectations as gx
import great_expectations.expectations
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.expectation import Expectation

# Without this, mypy takes the names in there for private ones: the module lists no exports.
gxe: Any = great_expectations.expectations


def suite(contract: DataContract) -> gx.ExpectationSuite:
    """Return the expectations of a table: every column of the contract, others are allowed.

    `meta["check"]` of each one says in words what it checks.
    """
    return gx.ExpectationSuite(name=contract.model, expectations=list(_expectations(contract)))


def check(frame: pd.DataFrame, contract: DataContract) -> list[Failure]:
    """Check every row; return one failure per column and check, none for good data."""
    failures = _wrong_types(frame, contract)
    # An expectation about values ends with an error where there is no column, or one of text in
    # the place of numbers; so those have only this one failure.
    unusable = {failure.column for failure in failures}
    usable = [
        item
        for item in _expectations(contract)
        if unusable.isdisjoint(_columns(item.configuration.kwargs))
    ]
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    rows = context.data_sources.add_pandas("rows").add_dataframe_asset("frame")
    validation = gx.ValidationDefinition(
        name=contract.model,
        data=rows.add_batch_definition_whole_dataframe("all"),
        suite=context.suites.add(gx.ExpectationSuite(name=contract.model, expectations=usable)),
    )
    report = context.validation_definitions.add(validation).run(
        batch_parameters={"dataframe": frame}
    )
    failures += [_failure(result, frame) for result in report.results if not result.success]
    return sorted(failures, key=lambda failure: (failure.column, failure.check))


def _expectations(contract: DataContract) -> Iterator[Expectation]:
    for name in (contract.entity, contract.time, contract.label_time):
        yield _not_empty(name)
    yield gxe.ExpectColumnValuesToBeInSet(
        column=contract.target, value_set=[0, 1], meta={"check": "is 0 or 1"}
    )
    yield gxe.ExpectCompoundColumnsToBeUnique(
        column_list=[contract.entity, contract.time],
        meta={"check": "one row per entity and time"},
    )
    for field in (*contract.fields, *contract.protected):
        yield _not_empty(field.name)
        yield from _limits(field)


def _not_empty(name: str) -> Expectation:
    return gxe.ExpectColumnValuesToNotBeNull(column=name, meta={"check": "is not empty"})


def _limits(field: Field) -> Iterator[Expectation]:
    if field.is_category:
        yield gxe.ExpectColumnValuesToBeInSet(
            column=field.name,
            value_set=list(field.categories),
            meta={"check": "is a known category"},
        )
    if field.min is not None:
        yield gxe.ExpectColumnValuesToBeBetween(
            column=field.name, min_value=field.min, meta={"check": f"is at least {field.min:g}"}
        )
    if field.max is not None:
        yield gxe.ExpectColumnValuesToBeBetween(
            column=field.name, max_value=field.max, meta={"check": f"is at most {field.max:g}"}
        )


def _wrong_types(frame: pd.DataFrame, contract: DataContract) -> list[Failure]:
    """Return failures for columns that are missing or have values of another type."""
    times = (contract.time, contract.label_time)
    fields = (*contract.fields, *contract.protected)
    numbers = tuple(field.name for field in fields if not field.is_category)
    failures = []
    for name in (contract.entity, *times, contract.target, *(field.name for field in fields)):
        if name not in frame:
            failures.append(Failure(name, "is there", len(frame), "no column"))
        elif name in times and not isinstance(frame[name].dtype, pd.DatetimeTZDtype):
            failures.append(_of_type(frame[name], "is a UTC time"))
        elif name in numbers and not pd.api.types.is_numeric_dtype(frame[name]):
            failures.append(_of_type(frame[name], "is a number"))
    return failures


def _of_type(values: pd.Series, name: str) -> Failure:
    return Failure(str(values.name), name, len(values), str(values.iloc[0]))


def _columns(kwargs: Mapping[str, Any]) -> list[str]:
    """Names of the columns that an expectation with these arguments is about."""
    return list(kwargs.get("column_list") or [kwargs["column"]])


def _failure(result: Any, frame: pd.DataFrame) -> Failure:
    config = result.expectation_config
    columns = _columns(config.kwargs)
    raised = result.exception_info.get("exception_message")
    examples = result.result.get("partial_unexpected_list") or [raised or "unknown"]
    example = examples[0][columns[0]] if isinstance(examples[0], dict) else examples[0]
    return Failure(
        column=columns[0],
        check=config.meta["check"],
        rows=int(result.result.get("unexpected_count") or len(frame)),
        example=str(example),
    )
