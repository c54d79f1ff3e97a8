"""The data contract as a suite of expectations, checked by Great Expectations in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

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

# Set before the import of the library, which takes seconds: only the step validate imports it.
os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")

import great_expectations as gx
import great_expectations.expectations
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.row_conditions import Column

# Without this, mypy takes the names in there for private ones: the module lists no exports.
gxe: Any = great_expectations.expectations


def suite(contract: DataContract) -> gx.ExpectationSuite:
    """Return the expectations of a table: every column of the contract, others are allowed.

    `meta["check"]` of each one says in words what it checks.
    """
    return _suite(contract.model, rules(contract))


def check(frame: pd.DataFrame, contract: DataContract) -> list[Failure]:
    """Check every row; return one failure per column and check, none for good data."""
    failures = structure(frame, contract)
    # An expectation about a column that is missing or has another type ends with an error.
    suite = _suite(contract.model, usable(contract, failures))
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    rows = context.data_sources.add_pandas("rows").add_dataframe_asset("frame")
    validation = gx.ValidationDefinition(
        name=contract.model,
        data=rows.add_batch_definition_whole_dataframe("all"),
        suite=context.suites.add(suite),
    )
    # The library compares times without their zone, which here is always UTC.
    times = frame.select_dtypes("datetimetz")
    batch = frame.assign(**{str(name): times[name].dt.tz_convert(None) for name in times})
    report = context.validation_definitions.add(validation).run(
        batch_parameters={"dataframe": batch}
    )
    failures += [_failure(result, frame) for result in report.results if not result.success]
    return ordered(failures)


def _suite(name: str, chosen: Iterable[Rule]) -> gx.ExpectationSuite:
    return gx.ExpectationSuite(name=name, expectations=[_expectation(rule) for rule in chosen])


def _expectation(rule: Rule) -> Expectation:
    meta = {"check": rule.check, "column": rule.column}
    match rule:
        case NotMissing(where=None):
            return gxe.ExpectColumnValuesToNotBeNull(column=rule.column, meta=meta)
        case NotMissing(where=str(where)):
            return gxe.ExpectColumnValuesToNotBeNull(
                column=rule.column,
                row_condition=Column(where).is_not_null(),
                meta=meta,
            )
        case OneOf():
            return gxe.ExpectColumnValuesToBeInSet(
                column=rule.column, value_set=list(rule.values), meta=meta
            )
        case Between():
            return gxe.ExpectColumnValuesToBeBetween(
                column=rule.column, min_value=rule.low, max_value=rule.high, meta=meta
            )
        case NotBefore():
            return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=rule.column,
                column_B=rule.other,
                or_equal=True,
                ignore_row_if="either_value_is_missing",
                meta=meta,
            )
        case Unique():
            return gxe.ExpectCompoundColumnsToBeUnique(column_list=list(rule.key), meta=meta)
    raise TypeError(f"no expectation for {rule}")


def _failure(result: Any, frame: pd.DataFrame) -> Failure:
    config = result.expectation_config
    raised = result.exception_info.get("exception_message")
    examples = result.result.get("partial_unexpected_list") or [raised or "unknown"]
    example = examples[0]
    if isinstance(example, dict):
        example = example[config.meta["column"]]
    elif isinstance(example, (tuple, list)):
        example = example[0]
    return Failure(
        column=config.meta["column"],
        check=config.meta["check"],
        rows=int(result.result.get("unexpected_count") or len(frame)),
        example=str(example),
    )
