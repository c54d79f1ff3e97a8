"""Data: the sample, other sources, the contract, the split by time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from two_models.data.frames import read_frame, write_frame
from two_models.data.sample import generate
from two_models.platform import artifacts, models
from two_models.platform.errors import DataContractError, UserError
from two_models.platform.paths import RunPaths
from two_models.quality import check
from two_models.steps.ingest import ingest
from two_models.steps.split import split
from two_models.steps.validate import validate


@pytest.fixture
def base(sample_only: None, model: str) -> pd.DataFrame:
    return generate(models.load(model).task, seed=1, rows=4_000)


def test_equal_seeds_give_equal_sample_rows(base: pd.DataFrame, model: str) -> None:
    task = models.load(model).task
    pd.testing.assert_frame_equal(base, generate(task, seed=1, rows=4_000))
    assert not base.equals(generate(task, seed=2, rows=4_000))


@pytest.mark.parametrize("variant", ["base", "drifted", "fresh", "late", "mislabelled"])
def test_valid_variants_satisfy_the_contract(sample_only: None, model: str, variant: str) -> None:
    modules = models.load(model)
    frame = generate(modules.task, seed=1, rows=4_000, variant=variant)
    assert check(frame, modules.contract) == []


def test_corrupted_data_is_refused(home: Path, model: str, run: RunPaths) -> None:
    ingest(model, run.data, "corrupted")
    with pytest.raises(DataContractError, match="tenure_months") as caught:
        validate(model, run.data, run.validation)
    report = artifacts.read_json(run.validation)
    assert report["valid"] is False
    assert report["failures"] == caught.value.failures
    columns = {failure["column"] for failure in report["failures"]}
    target = models.load(model).contract.target
    assert columns == {"tenure_months", "monthly_price", "plan", target}


@pytest.mark.parametrize(
    ("column", "value", "rows"),
    [
        ("discount", 1.5, 3),
        ("support_calls", -1, 3),
        ("region", "moon", 3),
        ("plan", None, 3),
        ("age_group", "0-3", 3),
    ],
)
def test_each_violation_is_found(
    base: pd.DataFrame, model: str, column: str, value: Any, rows: int
) -> None:
    broken = base.copy()
    broken.loc[broken.index[:rows], column] = value
    found = check(broken, models.load(model).contract)
    assert [(failure.column, failure.rows) for failure in found] == [(column, rows)]


def test_a_wrong_label_is_found(base: pd.DataFrame, model: str) -> None:
    modules = models.load(model)
    broken = base.copy()
    broken.loc[broken.index[:3], modules.contract.target] = modules.task.SAMPLE.wrong
    (found,) = check(broken, modules.contract)
    assert (found.column, found.rows) == (modules.contract.target, 3)


def test_missing_column_and_text_for_numbers_are_found(base: pd.DataFrame, model: str) -> None:
    contract = models.load(model).contract
    without = check(base.drop(columns="usage_gb"), contract)
    assert [failure.column for failure in without] == ["usage_gb"]
    text = check(base.assign(usage_gb="much"), contract)
    assert {failure.column for failure in text} == {"usage_gb"}


def test_one_row_per_entity_and_time(base: pd.DataFrame, model: str) -> None:
    twice = pd.concat([base, base.head(2)], ignore_index=True)
    found = check(twice, models.load(model).contract)
    assert [failure.check for failure in found] == ["one row per entity and time"]


def test_the_split_of_the_sample_is_by_time(
    sample_only: None, trained: RunPaths, model: str
) -> None:
    contract = models.load(model).contract
    older, newer = read_frame(trained.train), read_frame(trained.test)
    assert older[contract.time].max() < newer[contract.time].min()
    assert older[contract.label_time].max() <= newer[contract.time].min()
    assert not set(older[contract.entity]) & set(newer[contract.entity])


def test_every_row_is_split_or_counted(home: Path, model: str, run: RunPaths) -> None:
    ingest(model, run.data, "late")
    result = split(model, run.data, run.train, run.test)
    counts = {name: count for name, count in result.items() if name.endswith("_rows")}
    assert counts["unlabelled_rows"] > 0
    assert counts.pop("overdue_rows") == 0
    assert sum(counts.values()) == len(read_frame(run.data))
    assert read_frame(run.test)[models.load(model).contract.target].notna().all()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_own_files_are_read(
    home: Path,
    base: pd.DataFrame,
    model: str,
    run: RunPaths,
    set_params: Callable[..., None],
    ending: str,
) -> None:
    contract = models.load(model).contract
    write_frame(base.sample(frac=1, random_state=0), str(home / f"mine.{ending}"))
    set_params(model, **{"data.source": f"mine.{ending}"})
    assert ingest(model, run.data)["rows"] == len(base)
    validate(model, run.data, run.validation)
    assert read_frame(run.data)[contract.time].is_monotonic_increasing


def test_own_database_is_read(
    home: Path, base: pd.DataFrame, model: str, run: RunPaths, set_params: Callable[..., None]
) -> None:
    database = sqlite3.connect(home / "mine.db")
    base.assign(
        event_time=base["event_time"].astype(str), label_time=base["label_time"].astype(str)
    ).to_sql("events", database, index=False)
    database.close()
    source = {"data.source": f"sqlite:///{home}/mine.db", "data.query": "SELECT * FROM events"}
    set_params(model, **source)
    assert ingest(model, run.data)["rows"] == len(base)
    validate(model, run.data, run.validation)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere.csv", "not on this computer"),
        ("somewhere", "none of"),
        ("sqlite:///x.db", "data.query"),
    ],
)
def test_an_invalid_source_is_an_error(
    home: Path,
    model: str,
    run: RunPaths,
    set_params: Callable[..., None],
    source: str,
    message: str,
) -> None:
    set_params(model, **{"data.source": source})
    with pytest.raises(UserError, match=message):
        ingest(model, run.data)
