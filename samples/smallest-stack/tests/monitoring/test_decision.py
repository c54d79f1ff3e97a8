"""The decision to retrain: its reasons, and what holds it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smallest_stack.monitoring import retrainings
from smallest_stack.monitoring.decision import decide
from smallest_stack.monitoring.retrainings import Retraining, sha256_of
from smallest_stack.params import RetrainParams
from smallest_stack.platform import artifacts
from smallest_stack.platform.errors import ConflictError, UserError
from smallest_stack.platform.paths import RunPaths
from smallest_stack.registry import CHAMPION, ModelVersion, get_registry
from smallest_stack.steps.retrain import retrain

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PARAMS = RetrainParams(
    drifted_features=2, min_primary=0.7, max_age_days=90, min_labeled_rows=100, cooldown_hours=20
)
REPORT = {
    "created": NOW.isoformat(),
    "version": "3",
    "verdict": "drifted",
    "drifted": ["a", "b"],
}


def champion(days: float = 1, sha256: str = "ab") -> ModelVersion:
    """Return version 3, trained `days` ago."""
    trained = (NOW - timedelta(days=days)).isoformat()
    return ModelVersion("any", "3", "nowhere", sha256, {}, {"trained_at": trained})


def acted(hours: float, **values: Any) -> Retraining:
    """Return the record of a training that was started `hours` ago."""
    return Retraining(1, NOW - timedelta(hours=hours), ("drift",), **values)


def test_each_condition_is_a_reason_to_retrain() -> None:
    few = {**REPORT, "drifted": ["a"], "quality": {"auc": 0.8}, "labelled_rows": 100}
    assert decide(few, PARAMS, champion(89), now=NOW)["outcome"] == "no reason"
    report = {**REPORT, "quality": {"auc": 0.6}, "labelled_rows": 100}
    found = decide(report, PARAMS, champion(91), now=NOW)
    assert [item["reason"] for item in found["reasons"]] == ["drift", "quality", "age"]
    assert (found["outcome"], found["reasons"][2]["value"]) == ("retrain", 91.0)
    short = {"verdict": "too few rows", "drifted": ["a", "b"], "quality": None}
    assert not decide(short, PARAMS, champion(), now=NOW)["retrain"]
    assert decide(short, PARAMS, None, now=NOW)["reasons"][0]["reason"] == "no champion"


def test_quality_on_few_labels_is_no_reason() -> None:
    report = {**REPORT, "drifted": [], "quality": {"auc": 0.1}, "labelled_rows": 99}
    assert decide(report, PARAMS, champion(), now=NOW)["outcome"] == "no reason"


@pytest.mark.parametrize(
    ("changed", "last", "says"),
    [
        ({"created": (NOW - timedelta(days=2)).isoformat()}, None, "before the champion"),
        ({"version": "2"}, None, "about version 2, but the champion is version 3"),
        ({"version_sha256": "another"}, None, "but the champion is version 3"),
        ({"created": (NOW + timedelta(minutes=6)).isoformat()}, None, "in the future"),
        ({"created": None}, None, "does not say when"),
        ({}, acted(30, report_sha256=sha256_of(REPORT)), "for this report already"),
        ({}, acted(30, report_created=NOW + timedelta(minutes=1)), "for a newer one"),
        ({}, acted(19.9), "less than 20 hours ago"),
    ],
)
def test_a_report_that_does_not_count_holds_the_decision(
    changed: dict[str, Any], last: Retraining | None, says: str
) -> None:
    report = {**REPORT, **changed}
    found = decide(report, PARAMS, champion(), last, now=NOW)
    assert (found["outcome"], found["retrain"], found["reasons"]) == ("held", False, [])
    assert says in found["held"]
    # A person can train nevertheless.
    forced = decide(report, PARAMS, champion(), last, force=True, now=NOW)
    assert forced["retrain"]
    assert forced["reasons"][0]["reason"] == "forced"


def test_a_new_report_about_the_champion_counts() -> None:
    soon = {**REPORT, "created": (NOW + timedelta(minutes=4)).isoformat(), "version_sha256": "ab"}
    earlier = acted(20.1, report_created=NOW - timedelta(days=1), report_sha256="of another")
    assert decide(soon, PARAMS, champion(), earlier, now=NOW)["retrain"]
    # A clock that was wrong once must not stop retraining for years.
    assert decide(soon, PARAMS, champion(), acted(-9_000), now=NOW)["retrain"]


def test_the_cooldown_covers_all_reasons() -> None:
    assert decide({}, PARAMS, champion(91), acted(1), now=NOW)["outcome"] == "held"
    assert decide({}, PARAMS, champion(91), acted(21), now=NOW)["retrain"]


def drifted(run: RunPaths, model: str, **values: Any) -> str:
    """Write a report of drift about the champion, and return its URI."""
    found = get_registry().get(model, CHAMPION)
    assert found is not None
    names = [f"input {number}" for number in range(100)]
    report = {"created": datetime.now(UTC).isoformat(), "version_sha256": found.sha256}
    uri = run.at("report.json")
    artifacts.write_json(uri, {**report, "verdict": "drifted", "drifted": names, **values})
    return uri


def test_one_report_starts_one_training(home: Path, run: RunPaths, model: str) -> None:
    report, decision = drifted(run, model), run.at("retrain.json")
    assert retrain(model, report, decision)["outcome"] == "retrain"
    assert artifacts.read_json(decision)["retrain"] is True
    assert [retrain(model, report, decision)["outcome"] for _ in range(2)] == ["held", "held"]
    assert artifacts.read_json(decision)["held"]
    # A person who repeats a failed training does not wait, and does not need a report.
    assert retrain(model, run.at("missing.json"), decision, force=True)["retrain"]
    assert retrain(model, report, decision)["outcome"] == "held"
    last = retrainings.last(retrainings.folder(model))
    assert last is not None
    assert (last.number, last.reasons) == (2, ("forced",))
    assert last.report_sha256 == sha256_of(artifacts.read_json(report))


def test_a_demonstration_has_records_of_its_own(home: Path, run: RunPaths, model: str) -> None:
    report = drifted(run, model)
    own = run.at("retraining")
    assert retrain(model, report, run.at("retrain.json"), own)["retrain"]
    assert retrainings.last(own) is not None
    assert retrainings.last(retrainings.folder(model)) is None


def test_of_schedulers_at_once_one_trains(home: Path, run: RunPaths, model: str) -> None:
    report = drifted(run, model)

    def decide_again(number: int) -> str:
        return str(retrain(model, report, run.at(f"{number}.json"))["outcome"])

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(decide_again, range(8)))
    assert sorted(outcomes) == ["held"] * 7 + ["retrain"]


def test_nothing_is_decided_without_a_record(
    run: RunPaths, model: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, folder = drifted(run, model), retrainings.folder(model)
    retrainings.record(folder, model, None, ["age"])
    with pytest.raises(ConflictError):
        retrainings.record(folder, model, None, ["age"])
    Path(folder, "00000002.json").write_text(json.dumps({"time": "yesterday"}))
    with pytest.raises(UserError, match="is not the record of a training"):
        retrain(model, report, run.at("retrain.json"))
    (home / "blocked").touch()
    with pytest.raises(UserError, match="no training starts"):
        retrain(model, report, run.at("retrain.json"), str(home / "blocked" / "records"))
    assert not artifacts.exists(run.at("retrain.json"))
