"""Test the false alarm rate and the sensitivity of the drift detector."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from two_models.contract import DataContract, Field
from two_models.monitoring import DRIFTED, STABLE, TOO_FEW_ROWS
from two_models.monitoring.drift import counts, detect, psi, threshold
from two_models.params import DriftParams

CONTRACT = DataContract(
    model="test",
    entity="id",
    time="time",
    target="label",
    label_time="label_time",
    fields=(
        *(Field(f"number_{index}", "float") for index in range(5)),
        Field("skewed", "float", min=0),
        Field("count", "int", min=0),
        Field("rare", "int", min=0),
        Field("gaps", "float"),
        Field("kind", "category", categories=("a", "b", "c", "d")),
        Field("many", "category", categories=tuple("abcdefghijklmnop")),
        Field("flag", "category", categories=("yes", "no")),
        Field("switch", "boolean", nullable=True),
        Field("note", "text", nullable=True),
        Field("day", "datetime", nullable=True),
    ),
)
# No minimum threshold, so that the tests check the statistics.
PARAMS = DriftParams(psi=0.0, false_alarms=0.01, min_rows=200)


def rows(rng: np.random.Generator, count: int, shift: float = 0.0) -> pd.DataFrame:
    """Return random rows; `shift` moves one number and changes the odds of one category."""
    frame = {f"number_{index}": rng.normal(size=count) for index in range(5)}
    frame["number_0"] = frame["number_0"] + shift
    frame["skewed"] = rng.lognormal(0, 1.5, count)
    frame["count"] = rng.poisson(2.0, count)
    frame["rare"] = rng.poisson(0.05, count)
    frame["gaps"] = np.where(rng.random(count) < 0.1, np.nan, rng.normal(size=count))
    weights = np.array([0.5 - shift / 4, 0.3 + shift / 4, 0.15, 0.05])
    frame["kind"] = rng.choice(list("abcd"), count, p=weights)
    frame["many"] = rng.choice(list("abcdefghijklmnop"), count)
    frame["flag"] = rng.choice(["yes", "no"], count, p=[0.02, 0.98])
    frame["switch"] = rng.choice([0.0, 1.0, np.nan], count, p=[0.6, 0.3, 0.1])
    lengths = rng.poisson(20, count)
    frame["note"] = [None if length < 14 else "x" * length for length in lengths]
    days = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 90, count), "D")
    frame["day"] = pd.Series(days).where(rng.random(count) < 0.9)
    return pd.DataFrame(frame)


def test_false_alarms_are_rare_and_drift_is_found() -> None:
    rng = np.random.default_rng(7)
    alarms = missed = 0
    for window in range(200):
        reference = rows(rng, (500, 2_000)[window % 2])
        size = (200, 300, 500, 1_000)[window // 2 % 4]
        alarms += detect(reference, rows(rng, size), CONTRACT, PARAMS).verdict == DRIFTED
        missed += detect(reference, rows(rng, size, 0.8), CONTRACT, PARAMS).verdict != DRIFTED
    assert alarms <= 10
    assert missed == 0


def test_index_follows_the_distribution_that_the_threshold_assumes() -> None:
    rng = np.random.default_rng(3)
    field = CONTRACT.fields[0]
    exceeded = 0
    for _ in range(1_000):
        old = pd.Series(rng.normal(size=426))
        new = pd.Series(rng.normal(size=143))
        before, after = counts(field, old, new)
        exceeded += psi(before, after) > threshold(len(before), 143, 426, share=0.05)
    assert 20 <= exceeded <= 80


def test_threshold_shrinks_with_more_rows() -> None:
    limits = [threshold(10, rows, 5_000, 0.01) for rows in (200, 1_000, 5_000)]
    assert limits == sorted(limits, reverse=True)
    # Chi-square with 9 degrees of freedom exceeds 21.666 with probability 0.01.
    assert threshold(10, 1_000, 1_000, 0.01) == pytest.approx(21.666 / 500, rel=1e-4)
    # With 1 degree of freedom, it exceeds 3.841 with probability 0.05.
    assert threshold(2, 1_000, 1_000, 0.05) == pytest.approx(3.8415 / 500, rel=1e-4)


def test_verdict_depends_on_row_count_and_size_of_shift() -> None:
    rng = np.random.default_rng(5)
    reference = rows(rng, 5_000)
    params = DriftParams()
    assert detect(reference, rows(rng, 199, 1.0), CONTRACT, params).verdict == TOO_FEW_ROWS
    assert detect(reference, reference, CONTRACT, params).verdict == STABLE
    found = detect(reference, rows(rng, 1_000, 1.0), CONTRACT, params)
    assert {item.feature for item in found.features if item.drifted} == {"number_0", "kind"}
    # A real shift that is too small to matter.
    small = detect(reference, rows(rng, 20_000, 0.1), CONTRACT, params)
    assert small.verdict == STABLE


def test_constant_empty_and_unknown_values_are_handled() -> None:
    rng = np.random.default_rng(6)
    reference, current = rows(rng, 1_000), rows(rng, 1_000)
    reference["number_0"] = 1.0
    assert not detect(reference, reference, CONTRACT, PARAMS).features[0].drifted
    current["number_0"] = 2.0
    current["number_1"] = np.nan
    current["kind"] = "never seen"
    current["switch"] = 1.0
    current["note"] = None
    current["day"] = current["day"] + pd.Timedelta(days=30)
    found = {item.feature: item for item in detect(reference, current, CONTRACT, PARAMS).features}
    assert {name for name, item in found.items() if item.drifted} == {
        *("number_0", "number_1", "kind", "switch", "note", "day")
    }
    assert np.isfinite([item.psi for item in found.values()]).all()


@pytest.mark.parametrize("rest", [1.0, 0.0, -999.0, 1e308, -np.inf])
@pytest.mark.parametrize("name", ["number_0", "switch"])
def test_a_value_that_most_rows_share_cannot_change_unseen(name: str, rest: float) -> None:
    rng = np.random.default_rng(8)
    reference, current = rows(rng, 2_000), rows(rng, 500)
    most = 1.0 - rest if rest in (0.0, 1.0) else 0.0
    for values in (np.where(rng.random(2_000) < 0.95, most, rest), np.full(2_000, most)):
        reference[name], current[name] = values, rest
        found = detect(reference, current, CONTRACT, DriftParams())
        assert [item.feature for item in found.features if item.drifted] == [name]
        current[name] = rng.choice(values, 500)
        assert detect(reference, current, CONTRACT, DriftParams()).verdict == STABLE


def test_numbers_of_any_size_are_compared() -> None:
    rng = np.random.default_rng(9)
    ends = [-np.inf, -1.7e308, -1e308, 0.0, 1e-308, 1e308, 1.7e308, np.inf, np.nan]
    for old, new in ((ends, ends), ([0.0, 1.0], ends), (ends, [0.0, 1.0])):
        reference, current = rows(rng, 1_000), rows(rng, 1_000)
        reference["number_0"] = rng.choice(old, 1_000)
        current["number_0"] = rng.choice(new, 1_000)
        found = detect(reference, current, CONTRACT, PARAMS).features[0]
        assert np.isfinite(found.psi)
        assert found.drifted == (old != new)


def test_a_number_of_another_precision_is_the_same_number() -> None:
    rng = np.random.default_rng(10)
    reference, current = rows(rng, 1_000), rows(rng, 1_000)
    reference["number_0"], current["number_0"] = float(np.float32(0.1)), 0.1
    assert not detect(reference, current, CONTRACT, PARAMS).features[0].drifted
