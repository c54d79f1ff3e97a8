"""Simple predictions, effects of inputs and counted rows, on rows with a known answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from smallest_stack.contract import DataContract, Field
from smallest_stack.platform import baselines, fitted
from smallest_stack.platform.columns import Columns
from smallest_stack.platform.effects import effects
from smallest_stack.platform.models import ModelModules
from smallest_stack.platform.scoring import Scorer

FIELDS = (
    Field("number", "float", nullable=True),
    Field("category", "category"),
    Field("words", "text", nullable=True),
    Field("day", "datetime", nullable=True),
)
START = np.datetime64("2026-01-01", "us")


def _rows(seed: int, rows: int = 3_000) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    number = rng.normal(0, 1, rows).astype(np.float32)
    number[rng.random(rows) < 0.1] = np.nan
    number[:4] = [np.inf, -np.inf, 3e38, -3e38]
    texts = np.array(["good day", "a bad day", ""], dtype=object)
    day = START + rng.integers(0, 365, rows) * np.timedelta64(1, "D")
    day[4] = np.datetime64("NaT")
    return {
        "number": number,
        "category": np.array(["a", "b", "c"], dtype=object)[rng.integers(0, 3, rows)],
        "words": texts[rng.integers(0, 3, rows)],
        "day": day,
    }


def _signal(columns: Columns, name: str) -> np.ndarray:
    """Return a target that follows from one input."""
    values = columns[name]
    if name == "number":
        return np.nan_to_num(np.clip(values.astype(np.float64), -3, 3), nan=5.0)
    if name == "day":
        return np.nan_to_num((values - START) / np.timedelta64(1, "D") % 7 >= 4).astype(np.float64)
    return np.isin(values, ("b", "a bad day")).astype(np.float64)


def _modules(classes: tuple[Any, ...] = ()) -> ModelModules:
    contract = DataContract(model="any", target="y", fields=FIELDS, classes=classes)
    raw = (lambda values: values) if classes else (lambda values: values[:, 0])
    return cast(ModelModules, SimpleNamespace(contract=contract, task=SimpleNamespace(raw=raw)))


def _r2(y: np.ndarray, found: np.ndarray) -> float:
    return 1 - float(np.mean((y - found) ** 2) / np.var(y))


@pytest.mark.parametrize("name", [field.name for field in FIELDS])
def test_a_linear_model_learns_from_each_kind_of_input(name: str) -> None:
    train, test = _rows(1), _rows(2)
    y, known = _signal(train, name), _signal(test, name)
    full = baselines.linear(_modules(), train, y, seed=0).predict(test)
    without = baselines.linear(_modules(), train, y, seed=0, without=[name]).predict(test)
    assert np.isfinite(full).all()
    # The day of the week is a number, so that a linear model sees a part of the signal only.
    assert _r2(known, full) > (0.5 if name == "day" else 0.95)
    assert _r2(known, without) < 0.05


def test_classes_have_an_indicator_each() -> None:
    train, test, modules = _rows(1), _rows(2), _modules(("a", "b", "c"))
    classes = np.array(["a", "b", "c"], dtype=object)
    y = np.searchsorted(classes.astype(str), train["category"].astype(str))
    found = baselines.linear(modules, train, y, seed=0).predict(test)
    assert (classes[np.argmax(found, axis=1)] == test["category"]).all()
    assert found.sum(axis=1) == pytest.approx(1)
    constant = baselines.constant(modules, np.array([0, 0, 1, 2]), 2)
    assert constant.tolist() == [[0.5, 0.25, 0.25]] * 2
    assert baselines.constant(_modules(), np.array([1.0, 4.0]), 3).tolist() == [2.5] * 3


def test_many_rows_are_a_sample_and_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    train, test = _rows(1), _rows(2)
    y = _signal(train, "number")
    whole = baselines.linear(_modules(), train, y, seed=0)
    expected = whole.predict(test)
    monkeypatch.setattr(baselines, "MOST_ROWS", 1_000)
    assert whole.predict(test) == pytest.approx(expected)
    sampled = baselines.linear(_modules(), train, y, seed=0).predict(test)
    assert _r2(expected, sampled) > 0.99


def test_an_input_without_effect_and_one_without_values_are_told_apart() -> None:
    train, test = _rows(1), _rows(2, 200)
    train["category"] = np.full(len(train["category"]), "a", dtype=object)
    # The model looks only at a value that few training rows and no test row have.
    train["words"][7] = "rare"

    def raw(columns: Columns) -> np.ndarray:
        return np.nan_to_num(columns["number"]) + 2.0 * (columns["words"] == "rare")

    def difference(found: np.ndarray, expected: np.ndarray) -> float:
        return float(np.max(np.abs(found - expected)))

    scorer = cast(Scorer, SimpleNamespace(raw=raw, task=SimpleNamespace(difference=difference)))
    found = effects(scorer, train, test, seed=0)
    assert (found["category"], found["day"], found["words"]) == (None, 0, 2)
    assert found["number"] is not None
    assert found["number"] > 1


def test_the_largest_noted_number_of_rows_counts() -> None:
    def folds_and_all() -> str:
        for rows in (80, 100, 20):
            fitted.note(rows)
        return "model"

    fitted.note(7)
    assert fitted.counted(folds_and_all, 100) == ("model", 100)
    assert fitted.counted(lambda: fitted.note(60), 100) == (None, 60)
    # Code of an owner that notes nothing.
    assert fitted.counted(lambda: "model", 100) == ("model", 100)
