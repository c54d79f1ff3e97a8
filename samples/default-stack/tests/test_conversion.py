"""Values of a source become the names and types of the contract, or an error names them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from default_stack.contract import DataContract, Field
from default_stack.data.conversion import conform
from default_stack.params import MISSING
from default_stack.platform.errors import UserError


def contract(*fields: Field, **changes: Any) -> DataContract:
    """Return a contract of some inputs with changes."""
    return DataContract(**{"model": "any", "target": "y", "fields": fields, **changes})


def converted(kind: Any, values: list[Any], missing: Any = ("",), **options: Any) -> pd.Series:
    """Return the values of one column after the conversion."""
    declared = contract(Field("x", kind, **options))
    return conform(pd.DataFrame({"x": values}, dtype=object), declared, missing)["x"]


def test_numbers_are_read_exactly() -> None:
    exact = converted("int", ["9007199254740993", " 7", "+1", "1e3", "2.0"])
    assert exact.tolist() == [9007199254740993, 7, 1, 1000, 2]
    assert exact.dtype == "int64"
    floats = converted("float", ["1.5", "", "-2", ".5", 3])
    assert floats.tolist()[:1] + floats.tolist()[2:] == [1.5, -2.0, 0.5, 3.0]
    assert floats.isna().tolist() == [False, True, False, False, False]
    flags = converted("boolean", [True, "false", 1, 0.0, None, "T"])
    assert flags.fillna(-1).tolist() == [1, 0, 1, 0, -1, 1]


def test_texts_that_mean_missing_are_missing_unless_the_contract_lists_them() -> None:
    values = ["NA", "x", "", None]
    assert converted("category", values, MISSING).isna().tolist() == [True, False, True, True]
    listed = converted("category", values, MISSING, categories=("NA", "x"))
    assert listed.isna().tolist() == [False, False, True, True]
    assert converted("text", values, MISSING).isna().tolist() == [False, False, True, True]


def test_categories_are_compared_as_text() -> None:
    assert converted("category", [1, 2]).tolist() == ["1", "2"]
    assert converted("category", [1.0, 2.5]).tolist() == ["1", "2.5"]
    assert converted("category", [True, False]).tolist() == ["true", "false"]


def test_times_are_in_utc_whatever_their_offset() -> None:
    values = ["2024-03-31T01:59:00+01:00", "2024-03-31 03:00+0200", "2024-01-05", "9999-12-31"]
    found = converted("datetime", [*values, "2024-01-05T10:00:00.1234567Z", None])
    assert found.dtype == "datetime64[us, UTC]"
    assert found.tolist()[:4] == [
        datetime(2024, 3, 31, 0, 59, tzinfo=UTC),
        datetime(2024, 3, 31, 1, 0, tzinfo=UTC),
        datetime(2024, 1, 5, tzinfo=UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
    ]
    assert found[4].microsecond == 123456
    assert found.isna().tolist() == [False] * 5 + [True]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-01-05", "2024-01-05T00:00:00+00:00"),
        ("2024-01-05 10:30", "2024-01-05T10:30:00+00:00"),
        ("2024-01-05T10:30:15.5", "2024-01-05T10:30:15.500000+00:00"),
        ("2024-01-05T10:30:15,5Z", "2024-01-05T10:30:15.500000+00:00"),
        ("2024-01-05T10:30:15.123456789Z", "2024-01-05T10:30:15.123456+00:00"),
        ("2024-01-05 10:30:15 +0230", "2024-01-05T08:00:15+00:00"),
        ("2024-01-05T00:30-05", "2024-01-05T05:30:00+00:00"),
        ("0001-01-01", "0001-01-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59", "9999-12-31T23:59:59+00:00"),
        ("0000-01-01", None),
        ("2023-02-29", None),
        ("2024-01-05T25:00", None),
    ],
)
def test_one_form_of_iso_8601_is_read_as_a_mixture_of_forms_is(
    value: str, expected: str | None
) -> None:
    alone = converted("datetime", [value]).tolist()
    mixed = converted("datetime", [value, "2024-01-05 10:00", "2024-01-05T10:00Z"]).tolist()
    read = value if expected is None else datetime.fromisoformat(expected)
    assert [alone[0], mixed[0]] == [read, read]


@pytest.mark.parametrize(
    ("values", "format"),
    [
        (["05/01/2024"], "%d/%m/%Y"),
        (["01/05/2024"], "%m/%d/%Y"),
        ([20240105], "%Y%m%d"),
        (["20240105"], "%Y%m%d"),
        ([1704412800], "%s"),
        (["1704412800000"], "%Q"),
        (["2024-01-05"], "%d/%m/%Y"),
    ],
)
def test_a_declared_format_is_used_and_iso_8601_always_is(values: list[Any], format: str) -> None:
    expected = [datetime(2024, 1, 5, tzinfo=UTC)]
    assert converted("datetime", values, format=format).tolist() == expected
    declared = contract(Field("x", "float"), time="at", time_format=format)
    frame = conform(pd.DataFrame({"at": values, "x": 1.0}), declared)
    assert frame["at"].tolist() == expected


@pytest.mark.parametrize(
    ("value", "readings"),
    [
        ("05/01/2024", ["2024-01-05", "2024-05-01", 'format="%d/%m/%Y"', 'format="%m/%d/%Y"']),
        ("25/01/2024", ["is not ISO 8601", "2024-01-25", 'format="%d/%m/%Y"']),
        ("20240105", ["is not ISO 8601", 'format="%Y%m%d"']),
        (20240105, ["is not ISO 8601", 'format="%Y%m%d"']),
        (1704412800, ["2024-01-05", 'format="%s"']),
    ],
)
def test_a_date_without_a_declared_format_is_an_error_with_its_readings(
    value: Any, readings: list[str]
) -> None:
    with pytest.raises(UserError) as caught:
        converted("datetime", [value])
    assert [text for text in readings if text not in str(caught.value)] == []
    declared = contract(Field("x", "float"), time="at")
    with pytest.raises(UserError, match="time_format="):
        conform(pd.DataFrame({"at": [value], "x": 1.0}), declared)


def test_years_outside_of_1_to_9999_are_kept_as_text() -> None:
    declared = contract(Field("x", "datetime", format="%s"))
    for far in (np.array([600_000_000_000], dtype="datetime64[s]"), [600_000_000_000], ["6e11"]):
        frame = conform(pd.DataFrame({"x": far}), declared)
        assert not pd.api.types.is_datetime64_any_dtype(frame["x"])


def test_a_comma_in_a_number_names_the_parameter() -> None:
    with pytest.raises(UserError, match=r"data\.decimal: ','"):
        converted("float", ["1,5", "2"])


@pytest.mark.parametrize(
    ("classes", "values", "expected"),
    [
        ((0, 1), ["1", "0", ""], [1, 0]),
        ((0, 1), [True, False, None], [1, 0]),
        (("No", "Yes"), ["Yes", "No", None], ["Yes", "No"]),
        (("1", "2"), [1.0, 2.0, None], ["1", "2"]),
        (("NA", "EU"), ["NA", "EU", ""], ["NA", "EU"]),
        ((), ["1.5", "2", ""], [1.5, 2.0]),
    ],
)
def test_labels_keep_the_values_of_the_classes(
    classes: tuple[Any, ...], values: list[Any], expected: list[Any]
) -> None:
    declared = contract(Field("x", "float"), classes=classes)
    frame = pd.DataFrame({"y": pd.Series(values, dtype=object), "x": 1.0})
    labels = conform(frame, declared, MISSING)["y"]
    assert labels.dropna().tolist() == expected
    assert labels.isna().tolist() == [False, False, True]


def test_names_of_the_source_become_names_of_the_contract() -> None:
    declared = contract(Field("gust", "float"), source_names={"gust": "wind gust (km/h)"})
    frame = pd.DataFrame({"wind gust (km/h)": [1.0], "other": ["kept"]})
    once = conform(frame, declared)
    assert list(once.columns) == ["gust", "other"]
    pd.testing.assert_frame_equal(conform(once, declared), once)
    with pytest.raises(UserError, match="choose another name"):
        conform(frame.assign(gust=2.0), declared)
    with pytest.raises(UserError, match="two columns named 'a'"):
        conform(pd.DataFrame([[1, 2]], columns=["a", "a"]), declared)


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_empty_tables_and_columns_have_the_types_of_the_contract(rows: int) -> None:
    kinds: dict[str, Any] = {"a": "float", "b": "boolean", "c": "datetime", "d": "text"}
    declared = contract(*(Field(name, kind) for name, kind in kinds.items()))
    frame = conform(pd.DataFrame({name: [None] * rows for name in kinds}), declared)
    assert [str(kind) for kind in frame.dtypes] == [
        *("float64", "float64", "datetime64[us, UTC]", "str")
    ]
    assert frame.isna().all(axis=None)
