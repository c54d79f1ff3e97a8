"""Monitoring: the report, the decision to retrain, and the metrics of the service."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from two_models.contract import DataContract, Field
from two_models.data.frames import read_frame, write_frame
from two_models.monitoring import state
from two_models.monitoring.decision import decide
from two_models.monitoring.distributions import compare
from two_models.monitoring.report import read_window
from two_models.params import DataParams, RetrainParams, load_params
from two_models.platform import artifacts, models
from two_models.platform.errors import DataContractError, UserError
from two_models.platform.paths import RunPaths
from two_models.registry import get_registry
from two_models.steps.ingest import ingest
from two_models.steps.monitor import monitor
from two_models.steps.retrain import retrain


def test_rows_like_training_rows_are_stable(home: Path, run: RunPaths, model: str) -> None:
    found = monitor(model, run.test, "champion", run.at("report.json"))
    assert (found["verdict"], found["drifted"]) == ("stable", [])
    primary = artifacts.read_json(run.at("report.json"))["primary"]
    assert found["quality"][primary] > load_params(model).retrain.min_primary
    known = state.read(model)
    assert set(known.psi) == {*models.load(model).contract.names, "prediction"}
    champion = get_registry().get(model)
    assert champion is not None
    assert known.quality_version == champion.version
    assert known.quality[primary] == pytest.approx(found["quality"][primary])
    assert known.successes["monitoring"] > 0
    decision = retrain(model, run.at("report.json"), run.at("retrain.json"))
    assert decision == {"retrain": False, "reasons": []}


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


def test_a_log_is_a_window(home: Path, run: RunPaths, model: str, tmp_path: Path) -> None:
    names = list(models.load(model).contract.names)
    frame = read_frame(run.test)[names].head(400)
    rows = json.loads(frame.to_json(orient="records", date_format="iso"))
    log = tmp_path / "predictions.jsonl"
    entries: list[dict[str, Any]] = [
        {"model": name, "model_version": "1", "features": [row], "scores": [0.5]}
        for row in rows
        for name in (model, "another")
    ]
    log.write_text("".join(json.dumps(entry) + "\n" for entry in entries) + '{"model": "hal')
    found = monitor(model, str(log), run.train, run.at("report.json"))
    assert (found["rows"], found["quality"]) == (len(rows), None)
    # The same log as several files, as services write it to an object store.
    pieces = [tmp_path / "archive" / f"2026-06-0{day}" / "120000.jsonl" for day in (1, 2)]
    for piece, half in zip(pieces, (entries[:30], entries[30:]), strict=True):
        piece.parent.mkdir(parents=True)
        piece.write_text("".join(json.dumps(entry) + "\n" for entry in half))
    whole = monitor(model, str(tmp_path / "archive"), run.train, run.at("report.json"))
    assert whole == found
    # A window without a verdict does not replace the numbers of the previous window.
    log.write_text(json.dumps(entries[0]) + "\n")
    assert monitor(model, str(log), run.train, run.at("report.json"))["verdict"] == "too few rows"
    assert any(state.read(model).psi.values())


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
    params = DataParams(decimal=",")
    window = read_window(str(table), "any", contract, params)
    found = compare(window, window, contract)
    assert found["price"]["missing"]["current"] == 0.5
    assert found["day"]["mean"]["current"] == pytest.approx(2025.0, abs=0.01)
    assert (found["day"]["unit"], found["note"]["unit"]) == ("year", "characters")
    json.dumps(found, allow_nan=False)
    table.write_text("Preis (€);open;note;day;left\nmuch;true;;31.12.2024;Yes\n")
    with pytest.raises(DataContractError, match="price: is a number fails on 1 rows"):
        read_window(str(table), "any", contract, params)


def test_each_condition_is_a_reason_to_retrain() -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    params = RetrainParams(drifted_features=2, min_primary=0.7, max_age_days=90)
    report = {"verdict": "drifted", "drifted": ["a"], "quality": {"auc": 0.8}}
    assert not decide(report, params, now - timedelta(days=89), now=now)["retrain"]
    report = {"verdict": "drifted", "drifted": ["a", "b"], "quality": {"auc": 0.6}}
    found = decide(report, params, now - timedelta(days=91), now=now)
    assert [item["reason"] for item in found["reasons"]] == ["drift", "quality", "age"]
    assert found["reasons"][2]["value"] == 91.0
    few = {"verdict": "too few rows", "drifted": ["a", "b"], "quality": None}
    assert not decide(few, params, None, now=now)["retrain"]
    assert decide(few, params, None, has_champion=False)["reasons"][0]["reason"] == "no champion"


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
