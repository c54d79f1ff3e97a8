"""The demo proves what it prints: whatever is broken, it ends with the name of that step."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from two_models import artifacts, audit, demo, models, scoring
from two_models.governance import trace
from two_models.monitoring import state
from two_models.paths import RunPaths
from two_models.registry import CHAMPION, get_registry
from two_models.serving.http import Reply
from two_models.settings import load_settings
from two_models.steps import gate, monitor, rollback, validate

# Most of what is broken here is a variant of the sample.
pytestmark = pytest.mark.usefixtures("sample_only")


class InProcess(demo.Service):
    """A service without a process: it answers from the registry and the files."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.drift: dict[str, float] = {}
        self.process = 1
        self.follows = True
        self.frozen: str | None = None

    @property
    def pid(self) -> int | None:
        return self.process

    def start(self) -> None: ...

    def wait_until_ready(self) -> None: ...

    def stop(self) -> None: ...

    def version(self, model: str) -> str | None:
        champion = get_registry().get(model, CHAMPION)
        found = champion.version if champion else None
        if self.follows or self.frozen is None:
            self.frozen = found
        return self.frozen

    def predict(self, model: str, row: dict[str, Any]) -> Reply:
        champion = get_registry().get(model, CHAMPION)
        assert champion is not None
        scorer = scoring.load(artifacts.local_copy(champion.uri))
        score = float(scorer.score({name: [value] for name, value in row.items()})[0])
        self.predictions.parent.mkdir(parents=True, exist_ok=True)
        entry = {
            "time": "2026-06-01T00:00:00+00:00",
            "request_id": "some-id",
            "model": model,
            "model_version": champion.version,
            "rows": 1,
            "features": [row],
            "scores": [score],
        }
        self.predictions.write_text(json.dumps(entry) + "\n")
        return Reply([score], champion.version, "some-id")

    def metrics(self) -> str:
        return "\n".join(
            f'feature_drift_psi{{feature="{feature}",model="{name}"}} {value}'
            for name in models.names()
            for feature, value in state.read(name).psi.items()
        )


@pytest.fixture
def loop(home: Path, model: str) -> demo.Loop:
    return demo.Loop(model)


@pytest.fixture
def subject(
    home: Path, monkeypatch: pytest.MonkeyPatch, train_again: Callable[..., RunPaths]
) -> demo.Demo:
    monkeypatch.setattr(demo, "Service", InProcess)
    monkeypatch.setattr(demo, "FOLLOW_SECONDS", 0.2)

    def run_training(model: str, run_dir: str, variant: str = "base") -> dict[str, Any]:
        train_again(variant, RunPaths(run_dir))
        return {}

    return demo.Demo(load_settings(), run_training)


def _fails_at(subject: demo.Demo, loop: demo.Loop) -> str:
    with pytest.raises(demo.DemoFailedError) as caught:
        subject.run(loop)
    assert loop.steps[-1].status == "failed"
    assert str(caught.value).startswith(f"{loop.steps[-1].name} of {loop.model}")
    return loop.steps[-1].name


def test_the_loop_holds(subject: demo.Demo, loop: demo.Loop, tmp_path: Path) -> None:
    subject.run(loop)
    assert {row.status for row in loop.steps} <= {"ok", "substituted"}
    assert loop.refused is not None
    assert loop.refused["metric"] == "auc"
    assert loop.refused["value"] < loop.refused["threshold"]
    assert loop.rollback is not None
    assert loop.rollback["to"] == loop.model_version
    demo.write([loop], 1.0, tmp_path / "demo.json")
    written = json.loads((tmp_path / "demo.json").read_text())
    assert set(written["models"]) == {loop.model}
    for key in ("metrics", "prediction", "refused", "drift", "retrain", "rollback"):
        assert written[key]
    assert all(set(row) == {"name", "status", "seconds", "evidence"} for row in written["steps"])


def test_two_loops_give_equal_metrics(subject: demo.Demo, loop: demo.Loop) -> None:
    again = demo.Loop(loop.model)
    subject.run(loop)
    subject.run(again)
    assert again.metrics == loop.metrics


def test_accepted_corruption_is_noticed(
    subject: demo.Demo, loop: demo.Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate, "validate", lambda *_: {})
    assert _fails_at(subject, loop) == "refuse corrupted data"


def test_a_version_that_is_not_registered_is_noticed(
    subject: demo.Demo, loop: demo.Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = subject.run_training

    def forgets(model: str, run_dir: str, variant: str = "base") -> dict[str, Any]:
        result = honest(model, run_dir, variant)
        run = RunPaths(run_dir)
        artifacts.write_json(run.version, {**artifacts.read_json(run.version), "version": "77"})
        return result

    subject.run_training = forgets
    assert _fails_at(subject, loop) == "register"


def test_an_alias_that_did_not_move_is_noticed(
    subject: demo.Demo, loop: demo.Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(subject.registry), "promote", lambda *_: None)
    assert _fails_at(subject, loop) == "promote"


def test_a_step_that_raises_is_named(subject: demo.Demo, loop: demo.Loop) -> None:
    honest = subject.run_training

    def breaks(model: str, run_dir: str, variant: str = "base") -> dict[str, Any]:
        return honest(model, run_dir, "corrupted")

    subject.run_training = breaks
    assert _fails_at(subject, loop) == "validate"


def test_a_prediction_that_is_not_logged_is_noticed(
    subject: demo.Demo, loop: demo.Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(InProcess, "logged", lambda *_: None)
    assert _fails_at(subject, loop) == "predict"


def test_silent_drift_is_noticed(
    subject: demo.Demo, loop: demo.Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(InProcess, "metrics", lambda *_: "")
    assert _fails_at(subject, loop) == "drift"


def test_a_false_alarm_is_noticed(
    subject: demo.Demo, loop: demo.Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarm = {"drifted": ["plan"], "psi": {"plan": 1.0}, "rows": 1}
    monkeypatch.setattr(monitor, "monitor", lambda *_: alarm)
    assert _fails_at(subject, loop) == "no drift"


def test_an_accepted_bad_candidate_is_noticed(
    subject: demo.Demo, loop: demo.Loop, model: str, set_params: Callable[..., None]
) -> None:
    honest = subject.run_training

    def lets_pass(name: str, run_dir: str, variant: str = "base") -> dict[str, Any]:
        if variant == "mislabelled":
            gates: dict[str, Any] = {"floors": {}, "ceilings": {}, "champion_margin": {}}
            gates["slices"] = {"min_auc": 0.0}
            gates["fairness"] = {"max_selection_rate_gap": 1.0, "max_recall_gap": 1.0}
            set_params(model, gates=gates)
        return honest(name, run_dir, variant)

    subject.run_training = lets_pass
    assert _fails_at(subject, loop) == "refuse bad candidate"


def test_a_service_that_does_not_follow_is_noticed(
    subject: demo.Demo, loop: demo.Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = demo.Demo.serve

    def then_freeze(*given: Any) -> None:
        honest(*given)
        monkeypatch.setattr(subject.service, "follows", False)

    monkeypatch.setattr(demo.Demo, "serve", then_freeze)
    assert _fails_at(subject, loop) == "follow"


def test_a_restarted_service_is_noticed(
    subject: demo.Demo, loop: demo.Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = iter(range(1, 1000))
    monkeypatch.setattr(InProcess, "pid", property(lambda _: next(pids)))
    assert _fails_at(subject, loop) == "follow"


def test_a_rollback_that_did_nothing_is_noticed(
    subject: demo.Demo, loop: demo.Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollback, "rollback", lambda *_: {})
    assert _fails_at(subject, loop) == "rollback"


def test_a_prediction_of_another_run_is_noticed(
    subject: demo.Demo, loop: demo.Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = trace.trace

    def of_another(*given: Any) -> dict[str, Any]:
        return {**honest(*given), "run": {"id": "another"}}

    monkeypatch.setattr(trace, "trace", of_another)
    assert _fails_at(subject, loop) == "lineage"


def test_missing_documents_are_noticed(
    subject: demo.Demo, loop: demo.Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "document", lambda *_: {})
    assert _fails_at(subject, loop) == "document"


def test_a_changed_audit_is_noticed(
    subject: demo.Demo, loop: demo.Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = audit.record

    def forging(*given: Any, **entry: Any) -> dict[str, Any]:
        sealed = honest(*given, **entry)
        path = Path(load_settings().audit.root) / f"{loop.model}.jsonl"
        path.write_text(path.read_text().replace(sealed["who"], "somebody else"))
        return sealed

    monkeypatch.setattr(audit, "record", forging)
    assert _fails_at(subject, loop) == "promote"
