"""Model card, data sheet, what people state, and the way back from a prediction."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from two_models import artifacts, audit, errors, governance, models
from two_models.data.frames import read_frame
from two_models.governance import Statement, cards, trace
from two_models.governance.profile import profile
from two_models.params import load_params
from two_models.paths import RunPaths
from two_models.registry import get_registry
from two_models.settings import load_settings
from two_models.steps.document import document
from two_models.steps.gate import gate
from two_models.steps.promote import promote

HOSTILE = "<script>alert(1)</script>|`*x*`\n# [a](javascript:b)"
STATED = {"purpose": "p", "out_of_scope": ["a"], "risks": ["r"], "owner": "o", "contact": "c"}


def _documents(model: str, version: str) -> tuple[dict[str, Any], str, str]:
    folder = governance.folder(load_settings(), model, version)
    return (
        artifacts.read_json(f"{folder}/{governance.EVIDENCE}"),
        Path(folder, governance.MODEL_CARD).read_text(),
        Path(folder, governance.DATA_SHEET).read_text(),
    )


def _cells(page: str) -> list[list[str]]:
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


@pytest.mark.parametrize("name", models.names())
def test_the_file_of_each_model_can_be_read(name: str) -> None:
    governance.load(name)


def test_card_and_sheet_hold_what_the_run_holds(home: Path, run: RunPaths, model: str) -> None:
    made, report = artifacts.read_json(run.version), artifacts.read_json(run.metrics)
    _, card, sheet = _documents(model, made["version"])
    rows = _cells(card)
    for name, value in report["metrics"].items():
        assert [name, f"{value:.6g}"] in rows
    for column, groups in report["slices"].items():
        assert f"### By {column}" in card
        for group, found in groups.items():
            assert [group, str(found["rows"]), f"{found['auc']:.6g}"] in rows
    for check in artifacts.read_json(run.decision)["checks"]:
        values = [f"{check[key]:.6g}" for key in ("value", "threshold")]
        name = cards.text(check["metric"])
        assert [check["gate"], name, *values] in [row[:4] for row in rows]
    tags = get_registry().version(model, made["version"]).tags
    for name in ("data_sha256", "params_sha256", "model_sha256", "run_id"):
        assert tags[name] in card
    frame, contract = read_frame(run.data), models.load(model).contract
    assert ["rows", str(len(frame))] in _cells(sheet)
    assert tags["data_sha256"] in sheet
    for name in contract.numbers:
        low, high = float(frame[name].min()), float(frame[name].max())
        row = next(row for row in _cells(sheet) if row[0] == name)
        assert float(row[3]) == pytest.approx(low, rel=1e-4, abs=1e-5)
        assert float(row[5]) == pytest.approx(high, rel=1e-4, abs=1e-5)
    assert all(f"| {field.name} | protected |" in sheet for field in contract.protected)


def test_a_refused_version_has_a_card_that_says_so(
    home: Path, model: str, train_again: Callable[..., RunPaths]
) -> None:
    bad = train_again("mislabelled")
    _, card, _ = _documents(model, artifacts.read_json(bad.version)["version"])
    assert "gate **refused** this version" in card
    assert "**no** |" in card


def test_what_is_not_stated_is_left_out(
    home: Path, run: RunPaths, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = artifacts.read_json(run.version)["version"]
    for stated, present in ((Statement(), False), (Statement(purpose="To sort."), True)):
        monkeypatch.setattr(governance, "load", lambda _, stated=stated: stated)
        document(model, run.metrics, run.version, run.decision)
        _, card, sheet = _documents(model, version)
        assert ("## Purpose" in card) is present
        assert "## Owner" not in card
        assert "## Origin" not in sheet


def test_hostile_text_stays_text(home: Path, run: RunPaths, model: str) -> None:
    evidence, _, _ = _documents(model, artifacts.read_json(run.version)["version"])
    evidence["statement"] |= {"purpose": HOSTILE, "risks": [HOSTILE], "data_origin": HOSTILE}
    evidence["slices"] = {HOSTILE: {HOSTILE: {"rows": 1, "auc": 0.5}}}
    evidence["fairness"] = {HOSTILE: {HOSTILE: 0.1}}
    evidence["lineage"]["data"]["profile"]["columns"][0]["name"] = HOSTILE
    for page in (cards.model_card(evidence), cards.data_sheet(evidence)):
        assert "&lt;script&gt;" in page
        assert "<script" not in page
        assert "](javascript" not in page.replace("\\]", "")
        assert "\n# [" not in page
        assert "</script&gt;|" not in page


def test_a_guarded_environment_wants_an_owner(
    home: Path, run: RunPaths, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_GOVERNANCE__REQUIRED", "true")
    less = {**STATED, "owner": None, "contact": None}
    monkeypatch.setattr(governance, "load", lambda _: governance.parse(less, "x"))
    with pytest.raises(errors.PromotionRefusedError, match="contact, which 'local' requires"):
        promote(model, run.decision)
    decision = gate(model, run.metrics, run.version, run.decision)
    assert decision["accepted"] is False
    assert decision["refused"] == [
        {"gate": "governance", "metric": "missing: owner, contact", "value": 2, "threshold": 0}
    ]
    monkeypatch.setattr(governance, "load", lambda _: governance.parse(STATED, "x"))
    assert gate(model, run.metrics, run.version, run.decision)["accepted"] is True
    promote(model, run.decision)


def test_the_last_environment_is_the_guarded_one(home: Path) -> None:
    required = {
        path.stem: load_settings(path.stem).section("governance", governance.Governance).required
        for path in (home / "config").glob("*.yaml")
        if path.stem != "doctor"
    }
    assert required["local"] is False
    assert sum(required.values()) == min(1, len(required) - 1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"purpos": "x"}, "'purpos' is none of purpose, out_of_scope"),
        ({"purpose": " "}, "purpose: expected text"),
        ({"purpose": ["x"]}, "purpose: expected text"),
        ({"risks": "x"}, "risks: expected a list"),
        ({"risks": ["x", 3]}, "risks: expected text, found 3"),
        (["purpose"], "expected sections"),
    ],
)
def test_a_wrong_file_is_told_by_section(values: Any, message: str) -> None:
    with pytest.raises(errors.GovernanceError, match=message):
        governance.parse(values, "governance.yaml")


def test_profile_of_few_rows(home: Path, run: RunPaths, model: str) -> None:
    contract = models.load(model).contract
    frame = read_frame(run.data).head(10).copy()
    frame[contract.target] = None
    found = profile(frame, contract)
    assert (found["rows"], found["labelled"], found["positive_rate"]) == (10, 0, None)
    json.dumps(profile(frame.head(0), contract), allow_nan=False)


@pytest.fixture
def log(home: Path, run: RunPaths, model: str) -> str:
    """A prediction log with one request to the champion, and the start of another."""
    entry = {
        "time": "2026-06-01T00:00:00+00:00",
        "request_id": "r-1",
        "model": model,
        "model_version": artifacts.read_json(run.version)["version"],
        "rows": 1,
        "features": [{}],
        "scores": [0.25],
    }
    path = home / "predictions.jsonl"
    path.write_text(json.dumps(entry) + '\n{"request_id": "r-2", "mod')
    return str(path)


def test_a_prediction_leads_to_what_made_it(
    home: Path, run: RunPaths, model: str, log: str
) -> None:
    found = trace.trace(load_settings(), "r-1", log)
    lineage = artifacts.read_json(run.lineage)
    assert found["run"]["id"] == artifacts.read_json(run.version)["run_id"]
    assert found["data"]["sha256"] == lineage["data"]["sha256"]
    assert found["params_sha256"] == load_params(model).sha256
    assert found["code"]["revision"] == lineage["git"]["revision"]
    assert [item["action"] for item in found["promotions"]] == ["promote"]
    recorded = audit.read(load_settings(), model)[-1]["evidence"]["model_card"]
    assert found["model_card"]["sha256"] == recorded["sha256"]
    told = dict(trace.sentences(found))
    assert "0.250000" in told["request"]
    assert lineage["data"]["sha256"] in told["data"]


def test_where_the_chain_breaks_is_said(
    home: Path, run: RunPaths, model: str, log: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings()
    for request in ("r-2", "r-3"):
        with pytest.raises(errors.UserError, match=f"no request {request}"):
            trace.trace(settings, request, log)
    with pytest.raises(errors.UserError, match="no prediction log"):
        trace.trace(settings, "r-1", log + ".none")
    folder = governance.folder(settings, model, "1")
    uri = artifacts.read_json(f"{folder}/{governance.EVIDENCE}")["lineage"]["data"]["uri"]
    moved = home / Path(uri).relative_to(Path(uri).parents[4])
    moved.parent.mkdir(parents=True, exist_ok=True)
    moved.write_bytes(b"other rows")
    evidence = artifacts.read_json(f"{folder}/{governance.EVIDENCE}")
    evidence["lineage"]["data"]["uri"] = str(moved)
    artifacts.write_json(f"{folder}/{governance.EVIDENCE}", evidence)
    with pytest.raises(errors.GovernanceError, match="was made from"):
        trace.trace(settings, "r-1", log)
    moved.unlink()
    assert trace.trace(settings, "r-1", log)["data"]["unchanged"] is None
    monkeypatch.setattr(trace, "SHARED", ("trained_at", "run_id"))
    with pytest.raises(errors.GovernanceError, match="run_id of"):
        trace.trace(settings, "r-1", log)
