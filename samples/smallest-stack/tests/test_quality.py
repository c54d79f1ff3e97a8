"""The rules of a contract find each kind of violation, and name column, check, rows and example."""

from __future__ import annotations

import pandas as pd

from smallest_stack.contract import DataContract, Field
from smallest_stack.data.conversion import conform
from smallest_stack.quality import Failure, check

CONTRACT = DataContract(
    model="any",
    entity="id",
    time="time",
    label_time="known_at",
    target="label",
    classes=("No", "Yes"),
    source_names={"price": "Price (EUR)"},
    fields=(
        Field("price", "float", min=0, max=10, nullable=True),
        Field("count", "int", min=0),
        Field("flag", "boolean", nullable=True),
        Field("plan", "category", categories=("a", "b")),
        Field("city", "category", categories=("x",), unseen="allow", nullable=True),
        Field("note", "text", nullable=True),
        Field("day", "datetime", nullable=True),
    ),
    protected=(Field("group", "category", categories=("1", "2"), nullable=True),),
)
VALID = {
    "id": [1, 2, 3, 4],
    "time": ["2024-03-31T02:30:00+01:00", "2024-03-31 02:30", "2024-04-01", "2024-04-02"],
    "known_at": ["2024-05-01", "2024-05-01", None, "2024-06-01"],
    "label": ["Yes", "No", None, None],
    "Price (EUR)": [1.5, None, 0.0, 10.0],
    "count": [1, 2, 3, 9007199254740993],
    "flag": [True, False, None, True],
    "plan": ["a", "b", "a", "b"],
    "city": ["x", "elsewhere", None, "y"],
    "note": ["any", "", None, "more"],
    "day": ["2024-01-05", None, "9999-12-31", "0001-01-01"],
    "group": [1, 2, None, 1],
    "unused": [1, "text", None, 2.5],
}


def failures(**changes: object) -> list[Failure]:
    """Check the valid rows with some columns replaced; None removes a column."""
    columns = {name: values for name, values in {**VALID, **changes}.items() if values is not None}
    return check(conform(pd.DataFrame(columns), CONTRACT), CONTRACT)


def test_rows_with_declared_missing_values_are_valid() -> None:
    assert failures() == []


def test_each_broken_rule_is_a_failure() -> None:
    found = failures(
        **{
            "id": [1, None, 3, 3],
            "time": ["2024-03-01", "2024-03-02", "2024-04-02", "2024-04-02"],
            "known_at": ["2024-02-28", None, None, None],
            "label": ["Yes", "Maybe", None, None],
            "Price (EUR)": [-1.0, 11.0, 12.0, None],
            "count": [1, None, None, 4],
            "plan": ["a", "platinum", None, "b"],
            "group": [1, 3, None, 1],
        }
    )
    assert [(item.column, item.check, item.rows) for item in found] == [
        ("count", "is not empty", 2),
        ("group", "is a known category", 1),
        ("id", "is not empty", 1),
        ("id", "one row per entity and time", 2),
        ("known_at", "is not before time", 1),
        ("known_at", "is not empty in a row with a label", 1),
        ("label", "is a known class", 1),
        ("plan", "is a known category", 1),
        ("plan", "is not empty", 1),
        ("price", "is at least 0", 1),
        ("price", "is at most 10", 2),
    ]
    examples = {(item.column, item.check): item.example for item in found}
    assert examples["plan", "is a known category"] == "platinum"
    assert examples["label", "is a known class"] == "Maybe"
    assert examples["price", "is at most 10"] == "11.0"


def test_values_of_another_type_are_failures_that_give_an_example() -> None:
    found = failures(
        **{
            "time": ["yesterday", "2024-03-02", "2024-03-03", "2024-02-30"],
            "Price (EUR)": ["much", "1.5", "", float("inf")],
            "count": [1, 2, 2.5, 3],
            "flag": ["true", "0", "maybe", None],
            "plan": None,
        }
    )
    assert [(item.column, item.check, item.rows, item.example) for item in found] == [
        ("count", "is a whole number", 1, "2.5"),
        ("flag", "is true or false", 1, "maybe"),
        ("plan", "is there", 4, "no column"),
        ("price", "is a number", 2, "much"),
        ("time", "is a date and time", 2, "yesterday"),
    ]


def test_a_number_that_models_would_receive_as_infinite_is_a_failure() -> None:
    free = DataContract(model="any", target="label", fields=(Field("x", "float"),))
    rows = pd.DataFrame({"x": [1e39, -1e300, 3e38, -3e38], "label": [0, 1, 0, 1]})
    assert [(item.column, item.check, item.rows) for item in check(rows, free)] == [
        ("x", "is at least -3.4e+38", 1),
        ("x", "is at most 3.4e+38", 1),
    ]


def test_an_optional_time_and_entity_are_not_checked() -> None:
    plain = DataContract(model="any", target="label", fields=(Field("count", "int"),))
    rows = pd.DataFrame({"count": [1, 1], "label": [0, 1], "id": [1, 1]})
    assert check(rows, plain) == []


def test_a_target_without_classes_is_a_number() -> None:
    plain = DataContract(model="any", target="cost", classes=(), fields=(Field("count", "int"),))
    rows = pd.DataFrame({"count": [1, 1, 1], "cost": ["1.5", "dear", None]})
    found = check(conform(rows, plain), plain)
    assert found == [Failure("cost", "is a number", 1, "dear")]
