"""The split: by time or at random, entities in one part, no label from the future."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from default_stack.contract import DataContract, Field
from default_stack.data.splits import divide
from default_stack.params import SplitParams
from default_stack.platform.errors import UserError

PARAMS = SplitParams(test_fraction=0.25)


def contract(**changes: Any) -> DataContract:
    """Return a contract of one input with changes."""
    fields = (Field("x", "float"),)
    return DataContract(**{"model": "any", "target": "y", "fields": fields, **changes})


def rows(count: int, **columns: Any) -> pd.DataFrame:
    """Return rows with one day between two of them."""
    days = pd.date_range("2024-01-01", periods=count, freq="D", tz="UTC", unit="us")
    labels = np.arange(count) % 2
    return pd.DataFrame({"x": 1.0, "time": days, "y": labels, **columns})


def test_the_newest_rows_are_the_test_rows() -> None:
    parts = divide(rows(100), contract(time="time"), PARAMS, seed=1)
    assert (len(parts.train), len(parts.test)) == (75, 25)
    assert parts.train["time"].max() < parts.test["time"].min()
    assert parts.test_from == "2024-03-16T00:00:00+00:00"


def test_rows_without_a_time_are_drawn_with_equal_shares_of_each_class() -> None:
    frame = rows(1_000, y=np.arange(1_000) % 20 == 0).drop(columns="time")
    parts = divide(frame, contract(), PARAMS, seed=1)
    again = divide(frame, contract(), PARAMS, seed=1)
    other = divide(frame, contract(), PARAMS, seed=2)
    assert (int(parts.train["y"].sum()), int(parts.test["y"].sum())) == (38, 12)
    assert len(parts.test) == pytest.approx(250, abs=1)
    pd.testing.assert_frame_equal(parts.test, again.test)
    assert list(parts.test.index) != list(other.test.index)


@pytest.mark.parametrize("by", ["time", "random"])
def test_rows_of_one_entity_are_in_one_part_and_the_others_are_counted(by: Any) -> None:
    frame = rows(400, id=np.random.default_rng(0).integers(0, 40, 400))
    declared = contract(time="time", entity="id")
    parts = divide(frame, declared, SplitParams(by=by, test_fraction=0.25), seed=1)
    assert not set(parts.train["id"]) & set(parts.test["id"])
    assert len(parts.train) + len(parts.test) + parts.entity_rows == 400
    assert (parts.entity_rows > 0) == (by == "time")
    assert len(parts.train) > len(parts.test) > 0


def test_training_rows_have_labels_that_were_known_at_the_cut() -> None:
    frame = rows(100)
    frame["known"] = frame["time"] + pd.Timedelta(days=10)
    frame.loc[95:, "y"] = np.nan
    frame.loc[0, "y"] = np.nan
    parts = divide(frame, contract(time="time", label_time="known"), PARAMS, seed=1)
    cut = pd.Timestamp(parts.test_from)
    assert (parts.train["known"] <= cut).all()
    assert (parts.late_rows, parts.unlabelled_rows, parts.overdue_rows) == (9, 6, 1)
    assert len(parts.train) + len(parts.test) + parts.late_rows + parts.unlabelled_rows == 100


def test_a_class_with_one_row_is_in_the_training_part() -> None:
    frame = rows(20, y=["rare", *["often", "seldom"] * 9, "often"]).drop(columns="time")
    parts = divide(frame, contract(classes=("often", "rare", "seldom")), PARAMS, seed=1)
    assert set(parts.train["y"]) == {"often", "rare", "seldom"}
    assert set(parts.test["y"]) == {"often", "seldom"}


@pytest.mark.parametrize(
    ("count", "changes", "params", "message"),
    [
        (0, {"time": "time"}, PARAMS, "at least two"),
        (1, {}, PARAMS, "at least two"),
        (2, {}, PARAMS, "each class has only one row"),
        (9, {}, SplitParams(by="time"), "set split.by: random"),
        (9, {"time": "time", "label_time": "known"}, PARAMS, "set split.test_fraction lower"),
        (9, {"time": "same"}, PARAMS, "no training row is left"),
        (9, {"entity": "one", "time": "time"}, PARAMS, "part is empty, because each one"),
    ],
)
def test_an_empty_part_is_an_error_that_names_the_parameter(
    count: int, changes: dict[str, Any], params: SplitParams, message: str
) -> None:
    frame = rows(count, one=1)
    frame["known"] = frame["time"] + pd.Timedelta(days=100)
    frame["same"] = pd.Timestamp("2024-01-01", tz="UTC")
    with pytest.raises(UserError, match=message):
        divide(frame, contract(**changes), params, seed=1)
