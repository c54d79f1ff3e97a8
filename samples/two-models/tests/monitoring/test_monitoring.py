"""Monitoring: the report, the decision to retrain, and the metrics of the service."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pytest

from two_models.contract import DataContract, Field
from two_models.data.frames import read_frame, write_frame
from two_models.monitoring import state
from two_models.monitoring.distributions import compare
from two_models.monitoring.repeats import without_repeats
from two_models.monitoring.report import read_window
from two_models.params import DataParams, Params, load_params
from two_models.platform import artifacts, models, scoring
from two_models.platform.columns import Values
from two_models.platform.errors import (
    DataContractError,
    FeatureError,
    UserError,
)
from two_models.platform.paths import RunPaths
from two_models.registry import get_registry
from two_models.steps.ingest import ingest
from two_models.steps.monitor import monitor
from two_models.steps.retrain import retrain

NOW = datetime.now(UTC)


def in_log(rows: pd.DataFrame, model: str, time: datetime | None = NOW) -> str:
    """Return the lines of a prediction log, with one request per row."""
    found = json.loads(rows.to_json(orient="records", date_format="iso"))
    entry = {"model": model, "model_version": "1", "scores": [0.5]}
    if time is not None:
        entry["time"] = time.isoformat()
    return "".join(json.dumps({**entry, "features": [row]}) + "\n" for row in found)


def test_rows_of_one_distribution_are_stable(home: Path, run: RunPaths, model: str) -> None:
    rows = pd.concat([read_frame(run.train), read_frame(run.test)])
    rows = rows.sample(frac=1.0, random_state=0, ignore_index=True)
    write_frame(rows[::2], run.at("reference.parquet"))
    write_frame(rows[1::2], run.at("current.parquet"))
    params = load_params(model)
    # By default, one window in a hundred raises an alarm by chance.
    drift = msgspec.structs.replace(params.drift, false_alarms=1e-9)
    params = msgspec.structs.replace(params, drift=drift)
    tables = (run.at("current.parquet"), run.at("reference.parquet"))
    found = monitor(model, *tables, run.at("report.json"), params=params)
    assert (found["verdict"], found["drifted"]) == ("stable", [])
    decision = retrain(model, run.at("report.json"), run.at("retrain.json"))
    assert decision["outcome"] == "no reason"
    assert not decision["retrain"]


def test_the_champion_is_measured_on_the_current_rows(
    home: Path, run: RunPaths, model: str
) -> None:
    found = monitor(model, run.test, "champion", run.at("report.json"))
    primary = artifacts.read_json(run.at("report.json"))["primary"]
    assert found["quality"][primary] > load_params(model).retrain.min_primary
    known = state.read(model)
    assert set(known.psi) == {*models.load(model).contract.names, "prediction"}
    champion = get_registry().get(model)
    assert champion is not None
    assert known.quality_version == champion.version
    assert known.quality[primary] == pytest.approx(found["quality"][primary])
    assert known.successes["monitoring"] > 0


def test_drifted_rows_lead_to_retraining(home: Path, run: RunPaths, model: str) -> None:
    ingest(model, run.at("new.parquet"), "drifted")
    found = monitor(model, run.at("new.parquet"), "champion", run.at("report.json"))
    assert found["verdict"] == "drifted"
    report = artifacts.read_json(run.at("report.json"))
    assert report["drifted"] == found["drifted"]
    assert all(item["psi"] > item["threshold"] for item in report["features"] if item["drifted"])
    assert report["prediction"]["drifted"]
    decision = retrain(model, run.at("report.json"), run.at("retrain.json"))
    assert decision["retrain"]
    assert "drift" in [item["reason"] for item in decision["reasons"]]
    assert artifacts.read_json(run.at("retrain.json"))["retrain"] is True


def test_a_champion_that_is_older_than_the_contract_says_so(
    home: Path, run: RunPaths, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules = models.load(model)
    fields = (*modules.contract.fields, Field("input_of_today", "float"))
    changed = replace(modules, contract=replace(modules.contract, fields=fields))
    monkeypatch.setattr(models, "load", lambda _: changed)
    write_frame(read_frame(run.test).assign(input_of_today=1.0), run.at("today.parquet"))
    with pytest.raises(FeatureError, match=rf"^{model} \d+ was trained without input_of_today"):
        monitor(model, run.at("today.parquet"), "champion", run.at("report.json"))


def test_a_log_is_a_window(home: Path, run: RunPaths, model: str, tmp_path: Path) -> None:
    names = list(models.load(model).contract.names)
    rows = read_frame(run.test)[names].head(400)
    parts = [
        in_log(rows.iloc[number : number + 1], name)
        for number in range(len(rows))
        for name in (model, "another")
    ]
    log = tmp_path / "predictions.jsonl"
    log.write_text("".join(parts) + '{"model": "hal')
    found = monitor(model, str(log), run.train, run.at("report.json"))
    assert (found["rows"] + found["repeated_rows"], found["quality"]) == (len(rows), None)
    # The same log as several files, as services write it to an object store.
    pieces = [tmp_path / "archive" / f"2026-06-0{day}" / "120000.jsonl" for day in (1, 2)]
    for piece, half in zip(pieces, (parts[:30], parts[30:]), strict=True):
        piece.parent.mkdir(parents=True)
        piece.write_text("".join(half))
    whole = monitor(model, str(tmp_path / "archive"), run.train, run.at("report.json"))
    assert whole == found


def test_old_rows_of_a_log_are_not_current(run: RunPaths, model: str, tmp_path: Path) -> None:
    contract = models.load(model).contract
    rows = read_frame(run.test)[list(contract.names)].head(3)
    params = load_params(model)
    days = params.drift.window_days
    old = in_log(rows.head(1), model, NOW - timedelta(days=days, hours=1))
    log = tmp_path / "predictions.jsonl"
    log.write_text(in_log(rows.head(2), model) + old + in_log(rows.tail(1), model))
    assert len(read_window(str(log), model, contract, params)) == 3
    # Neither is a row of unknown age.
    log.write_text(old + in_log(rows, model, None))
    with pytest.raises(UserError, match=r"no rows .*drift\.window_days"):
        read_window(str(log), model, contract, params)


def test_a_window_of_too_few_rows_is_no_success(
    home: Path, run: RunPaths, model: str, tmp_path: Path
) -> None:
    monitor(model, run.test, "champion", run.at("report.json"))
    before = state.read(model)
    row = read_frame(run.test).head(1)
    log = tmp_path / "predictions.jsonl"
    log.write_text(in_log(row[list(models.load(model).contract.names)], model))
    assert monitor(model, str(log), run.train, run.at("few.json"))["verdict"] == "too few rows"
    # The service still exports the numbers of the previous window, and their age.
    assert state.read(model) == before
    assert "window_too_small" in (home / "events.jsonl").read_text()


def test_few_labels_are_no_quality(home: Path, run: RunPaths, model: str) -> None:
    params = load_params(model)
    least = 50
    params = with_retrain(params, min_labeled_rows=least)
    rows, target = read_frame(run.test), models.load(model).contract.target
    rows[target] = rows[target].where(pd.Series(range(len(rows)), index=rows.index) < least - 1)
    write_frame(rows, run.at("few.parquet"))
    found = monitor(model, run.at("few.parquet"), "champion", run.at("r.json"), None, params)
    assert found["quality"] is None
    assert 0 < found["labelled_rows"] < least
    assert state.read(model).quality == {}
    # A report of an earlier release has a quality of few rows.
    report = {**artifacts.read_json(run.at("r.json")), "quality": {"auc": 0.1}, "primary": "auc"}
    artifacts.write_json(run.at("r.json"), report)
    decision = retrain(model, run.at("r.json"), run.at("retrain.json"), params=params)
    assert "quality" not in [item["reason"] for item in decision["reasons"]]


def with_retrain(params: Params, **values: float) -> Params:
    """Return parameters with other conditions for retraining."""
    return msgspec.structs.replace(
        params, retrain=msgspec.structs.replace(params.retrain, **values)
    )


def test_a_repeated_row_is_one_observation() -> None:
    reference = pd.DataFrame({"amount": range(1_000), "flag": [True, False] * 500})
    usual = pd.DataFrame({"amount": range(300), "flag": [True, False, False] * 100})
    again = pd.concat([usual.head(1)] * 500)
    window = without_repeats(pd.concat([again, usual]), reference, ["amount", "flag"])
    assert window["amount"].value_counts().max() <= 3
    assert len(window) == pytest.approx(300, abs=3)
    assert without_repeats(again, reference, ["amount"])["amount"].to_list() == [0, 0]
    # A flag repeats in the reference, too: its share is what drifts.
    assert len(without_repeats(usual, reference, ["flag"])) == 300


def test_the_champion_scores_each_row_once(
    home: Path, run: RunPaths, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored: list[int] = []
    raw = scoring.Scorer.raw

    def counted(self: scoring.Scorer, values: Values) -> Any:
        found = raw(self, values)
        scored.append(len(found))
        return found

    monkeypatch.setattr(scoring.Scorer, "raw", counted)
    found = monitor(model, run.test, "champion", run.at("report.json"))
    assert scored == [found["rows"]]


def test_rows_that_cannot_be_compared_are_an_error(home: Path, run: RunPaths, model: str) -> None:
    report = run.at("report.json")
    with pytest.raises(UserError, match="no rows at"):
        monitor(model, run.at("missing.jsonl"), "champion", report)
    name = models.load(model).contract.names[0]
    write_frame(read_frame(run.test).drop(columns=name), run.at("less.parquet"))
    with pytest.raises(DataContractError, match=name):
        monitor(model, run.at("less.parquet"), "champion", report)
    with pytest.raises(UserError, match="no file"):
        retrain(model, run.at("missing.json"), run.at("retrain.json"))


def test_a_table_of_the_source_is_a_window(tmp_path: Path) -> None:
    contract = DataContract(
        model="any",
        target="left",
        classes=("No", "Yes"),
        source_names={"price": "Preis (€)"},
        fields=(
            Field("price", "float", nullable=True),
            Field("open", "boolean", nullable=True),
            Field("note", "text", nullable=True),
            Field("day", "datetime", format="%d.%m.%Y", nullable=True),
        ),
    )
    table = tmp_path / "rows.csv"
    table.write_text("Preis (€);open;note;day;left\n1,5;true;;31.12.2024;Yes\nNA;;x;;\n")
    params = Params("any", data=DataParams(decimal=","))
    window = read_window(str(table), "any", contract, params)
    found = compare(window, window, contract)
    assert found["price"]["missing"]["current"] == 0.5
    assert found["day"]["mean"]["current"] == pytest.approx(2025.0, abs=0.01)
    assert (found["day"]["unit"], found["note"]["unit"]) == ("year", "characters")
    json.dumps(found, allow_nan=False)
    table.write_text("Preis (€);open;note;day;left\nmuch;true;;31.12.2024;Yes\n")
    with pytest.raises(DataContractError, match="price: is a number fails on 1 rows"):
        read_window(str(table), "any", contract, params)


def test_state_never_fails_a_step(home: Path, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "blocked").touch()
    monkeypatch.setenv("MLOPS_ARTIFACTS__ROOT", str(home / "blocked"))
    state.record_validation(model, 1)
    assert state.read(model) == state.State()
    assert "monitoring_state_not_written" in (home / "events.jsonl").read_text()


def test_failures_add_up(home: Path) -> None:
    for failures in (2, 0, 3):
        state.record_validation("any", failures)
    assert state.read("any").failures == 5
