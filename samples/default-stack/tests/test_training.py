"""Training: valid code and data pass the gate; broken code, data or models do not."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import numpy as np
import pytest

from default_stack import metrics
from default_stack.data import revisions
from default_stack.data.frames import read_frame, write_frame
from default_stack.params import GateParams, Params, load_params
from default_stack.platform import (
    artifacts,
    audit,
    bootstrap,
    errors,
    fitted,
    models,
    scoring,
)
from default_stack.platform.errors import (
    IntegrityError,
    PromotionRefusedError,
)
from default_stack.platform.paths import RunPaths
from default_stack.platform.settings import load_settings
from default_stack.registry import CHALLENGER, CHAMPION, get_registry
from default_stack.steps.batch_predict import batch_predict
from default_stack.steps.evaluate import evaluate
from default_stack.steps.export import export
from default_stack.steps.gate import failures, gate
from default_stack.steps.promote import promote
from default_stack.steps.register import register
from default_stack.steps.rollback import rollback
from default_stack.steps.train import train
from default_stack.tracking import get_tracker


def test_valid_data_gives_an_accepted_champion(model: str, home: Path, run: RunPaths) -> None:
    decision = artifacts.read_json(run.decision)
    assert decision["accepted"] is True
    primary = artifacts.read_json(run.metrics)["primary"]
    champion = get_registry().get(model, CHAMPION)
    assert champion is not None
    assert champion.version == decision["version"]
    assert champion.metrics[primary] == pytest.approx(decision["metrics"][primary])


def test_equal_rows_give_equal_files(model: str, home: Path, run: RunPaths) -> None:
    train(model, run.train, run.at("again"), run.at("again.json"))
    assert artifacts.read_json(run.at("again.json")) == artifacts.read_json(run.train_metrics)
    export(model, run.at("again"), run.train, run.test, run.at("packaged"))
    first, second = (
        {path.name: path.read_bytes() for path in artifacts.local_copy(uri).iterdir()}
        for uri in (run.package, run.at("packaged"))
    )
    names = first.keys() | second.keys()
    assert [name for name in names if first.get(name) != second.get(name)] == []


def test_an_unchanged_retraining_is_the_same_version(
    model: str, home: Path, run: RunPaths, train_again: Callable[..., RunPaths]
) -> None:
    known = [one.version for one in get_registry().versions(model)]
    made = artifacts.read_json(run.version)
    again = train_again("base")
    assert artifacts.read_json(again.version)["version"] == made["version"]
    assert artifacts.read_json(again.version)["run_id"] == made["run_id"]
    assert [one.version for one in get_registry().versions(model)] == known
    assert artifacts.read_json(again.promotion)["changed"] is False


def test_each_input_can_change_a_prediction(model: str, home: Path, run: RunPaths) -> None:
    modules, params = models.load(model), load_params(model)
    frame = read_frame(run.train).tail(2_000)
    columns = scoring.columns_of(frame, modules.contract)
    unused = []
    for name, values in columns.items():
        strings, middle = values.dtype == object, np.sort(values)[len(values) // 2]
        common = Counter(sorted(values)).most_common(1)[0][0] if strings else middle
        # Labels that follow from this input only, so that every model that receives it learns it.
        y = (values == common if strings else values > common).astype(np.int64)
        if min(y.sum(), len(y) - y.sum()) < 200 or name in params.gates.unused_inputs:
            continue
        target = y if modules.contract.classes else y.astype(np.float64)
        estimator = modules.model.fit(modules.build(params), modules.frame(columns), target)
        swapped = modules.frame({**columns, name: values[::-1].copy()})
        before = modules.model.predict(estimator, modules.frame(columns))
        if np.array_equal(before, modules.model.predict(estimator, swapped)):
            unused.append(name)
    assert unused == [], "see gates.unused_inputs in docs/parameters.md"


def test_training_uses_all_its_rows(model: str, home: Path, run: RunPaths) -> None:
    modules, params = models.load(model), load_params(model)
    frame = read_frame(run.train)
    X, y = modules.inputs(frame), modules.labels(frame)
    other = y.copy()
    # Two rows get the label of another row. A model of a small part of the rows does not see it.
    chosen = np.random.default_rng(params.seed).choice(len(y), 2, replace=False)
    other[chosen] = [y[y != y[row]][0] for row in chosen]
    first, second = (
        modules.model.predict(modules.model.fit(modules.build(params), X, labels), X)
        for labels in (y, other)
    )
    assert not np.array_equal(first, second)


def _first_report(model: str, run: RunPaths, params: Params | None = None) -> dict[str, Any]:
    """Train and evaluate as on a first run; return the report of `evaluate`."""
    with pytest.MonkeyPatch.context() as patch:
        # The champion was trained with other feature code, so that it is not compared.
        patch.setattr(models, "_code_sha256", lambda folder: "0" * 64)
        train(model, run.train, run.at("first"), run.at("first.json"), params)
        export(model, run.at("first"), run.train, run.test, run.at("first-package"), params)
        evaluate(model, run.at("first-package"), run.train, run.test, run.metrics, params)
    report: dict[str, Any] = artifacts.read_json(run.metrics)
    assert report["champion"]["metrics"] == {}
    return report


def test_training_on_a_part_of_the_rows_is_refused(
    model: str, home: Path, run: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules, gates = models.load(model), load_params(model).gates
    honest = modules.model.fit

    def part(estimator: Any, X: Any, y: np.ndarray) -> Any:
        fitted.note((len(X) + 1) // 2)
        return honest(estimator, X.iloc[::2], y[::2])

    monkeypatch.setattr(modules.model, "fit", part)
    report = _first_report(model, run)
    rows = len(read_frame(run.train))
    assert report["training"]["split"] == rows
    assert report["training"]["rows"] < rows
    found = {item["gate"]: item for item in failures(report, gates, modules.task)}
    assert found["fitted"]["threshold"] == rows * gates.min_train_share
    declared = msgspec.structs.replace(gates, min_train_share=0.4)
    assert "fitted" not in {item["gate"] for item in failures(report, declared, modules.task)}


def test_a_first_version_that_ignores_all_categories_is_refused(
    model: str, home: Path, run: RunPaths, sample_only: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules, gates = models.load(model), load_params(model).gates
    honest, names = modules.features.features, modules.contract.categories

    def without(columns: Any) -> Any:
        found = honest(columns)
        return {n: np.full_like(v, "") if n in names else v for n, v in found.items()}

    monkeypatch.setattr(modules.features, "features", without)
    report = _first_report(model, run)
    judged = [name for name in names if name not in gates.unused_inputs]
    assert report["inputs"]["ignored"] == judged
    assert {report["inputs"]["effects"][name] for name in names} == {0}
    found = {item["gate"]: item["metric"] for item in failures(report, gates, modules.task)}
    assert found["ignored inputs"] == ", ".join(judged)
    unused = msgspec.structs.replace(gates, unused_inputs=names)
    declared = msgspec.structs.replace(load_params(model), gates=unused)
    assert _first_report(model, run, declared)["inputs"]["loss"] is None


def test_a_version_is_compared_with_simple_predictions(
    model: str, home: Path, run: RunPaths
) -> None:
    gates, task = load_params(model).gates, models.load(model).task
    report = artifacts.read_json(run.metrics)
    primary, simple = report["primary"], report["baselines"]
    sign = 1 if task.HIGHER_IS_BETTER[primary] else -1
    assert sign * report["metrics"][primary] > sign * simple["constant"]
    assert [item["gate"] for item in failures(report, gates, task)] == []
    above = {**simple, "constant": report["metrics"][primary]}
    (found,) = failures({**report, "baselines": above}, gates, task)
    assert (found["gate"], found["metric"]) == ("constant", primary)
    # As on many rows, without an input that is ignored.
    led = {**report, "rows": 10**6, "inputs": {**report["inputs"], "loss": None}}
    led["baselines"] = {**simple, "lead": gates.baselines.linear_margin + 0.01}
    (found,) = failures(led, gates, task)
    assert (found["gate"], found["metric"]) == ("linear model", f"lead in {primary}")
    few = {**led, "rows": gates.interval_rows - 1}
    assert "linear model" not in {item["gate"] for item in failures(few, gates, task)}
    # A better version replaces a champion that is worse than the linear model, too.
    champion = {"version": "1", "metrics": report["metrics"]}
    assert list(failures({**led, "champion": champion}, gates, task)) == []
    for key in ("training", "baselines", "inputs"):
        del report[key]
    assert list(failures(report, gates, task)) == []


def test_wrong_labels_are_refused(
    model: str, home: Path, train_again: Callable[..., RunPaths]
) -> None:
    before = get_registry().get(model, CHAMPION)
    bad = train_again("mislabelled")
    decision = artifacts.read_json(bad.decision)
    assert decision["accepted"] is False
    first = decision["refused"][0]
    floor = next(iter(load_params(model).gates.floors))
    assert (first["gate"], first["metric"]) == ("floor", floor)
    assert first["value"] < first["threshold"]
    with pytest.raises(PromotionRefusedError, match=f"floor {floor}"):
        promote(model, bad.decision)
    assert get_registry().get(model, CHAMPION) == before
    challenger = get_registry().get(model, CHALLENGER)
    assert challenger is not None
    assert challenger.version == decision["version"]


def test_worse_than_the_champion_is_refused(model: str, home: Path, run: RunPaths) -> None:
    gates, task = load_params(model).gates, models.load(model).task
    report = artifacts.read_json(run.metrics)
    better, primary = dict(report["metrics"]), report["primary"]
    sign = 1 if task.HIGHER_IS_BETTER[primary] else -1
    better[primary] += sign * (max(gates.champion_margin.values()) + 0.05)
    report["champion"] = {"version": "1", "metrics": better}
    found = list(failures(report, gates, task))
    assert [(item["gate"], item["metric"]) for item in found] == [("champion", primary)]


def test_few_test_rows_are_refused(model: str, home: Path, run: RunPaths) -> None:
    gates, task = load_params(model).gates, models.load(model).task
    report = artifacts.read_json(run.metrics)
    # As four rows of one class each would measure it: better than every champion.
    report["metrics"] |= {name: float(task.HIGHER_IS_BETTER[name]) for name in gates.floors}
    report["rows"] = 4
    (found,) = failures(report, gates, task)
    assert (found["gate"], found["value"], found["threshold"]) == ("rows", 4, gates.min_rows)


def test_fewer_rows_than_the_champion_had_are_refused(
    model: str, home: Path, run: RunPaths
) -> None:
    gates, task = load_params(model).gates, models.load(model).task
    evaluate(model, run.package, run.train, run.test, run.metrics)
    report = artifacts.read_json(run.metrics)
    assert report["champion"]["rows"] == report["rows"]
    assert list(failures(report, gates, task)) == []
    report["champion"]["rows"] = 3 * report["rows"]
    (found,) = failures(report, gates, task)
    assert (found["gate"], found["metric"]) == ("rows", "rows of the champion")


def test_small_decreases_do_not_add_up(
    model: str, home: Path, run: RunPaths, train_again: Callable[..., RunPaths]
) -> None:
    gates, task = load_params(model).gates, models.load(model).task
    again = train_again("fresh")
    evaluate(model, again.package, again.train, again.test, again.metrics)
    report = artifacts.read_json(again.metrics)
    # The first version is a former champion now.
    first = artifacts.read_json(run.version)["version"]
    assert [one["version"] for one in report["former"]] == [first]
    primary = report["primary"]
    margin = next(iter(gates.champion_margin.values()))
    value = report["metrics"][primary]
    for number in range(8):
        former = value + number * 0.9 * margin
        report["champion"]["metrics"][primary] = value + 0.5 * margin
        report["former"] = [{"version": "1", "metrics": {primary: former}}]
        found = [item["gate"] for item in failures(report, gates, task)]
        assert found == (["best champion"] if number > 1 else [])


def test_an_interval_decides_about_few_rows(model: str, home: Path, run: RunPaths) -> None:
    params = load_params(model)
    gates, task = params.gates, models.load(model).task
    few = msgspec.structs.replace(params, gates=msgspec.structs.replace(gates, interval_rows=10**9))
    evaluate(model, run.package, run.train, run.test, run.metrics, few)
    report = artifacts.read_json(run.metrics)
    primary = report["primary"]
    # The champion is the same version, so that each draw gives no difference.
    assert report["champion"]["gain"][primary] == 0
    assert list(failures(report, gates, task)) == []
    report["champion"]["gain"][primary] = -1.0
    (found,) = failures(report, gates, task)
    assert (found["gate"], found["metric"], found["value"]) == ("interval", primary, -1.0)


def test_an_interval_covers_the_difference_of_two_versions() -> None:
    rng = np.random.default_rng(6)

    class Mean:
        HIGHER_IS_BETTER: ClassVar = {"mean": True, "undefined": False}

        @staticmethod
        def metrics(y: np.ndarray, raw: np.ndarray, decision: object) -> dict[str, float | None]:
            return {"mean": float(np.mean(raw)), "undefined": None}

    covered = 0
    for seed in range(60):
        new, old = rng.normal(0.3, 1, 50), rng.normal(0.0, 1, 50)
        found = bootstrap.lowest_gains(Mean, new, (new, {}), (old, {}), seed)  # type: ignore[arg-type]
        assert found["undefined"] is None
        covered += found["mean"] is not None and found["mean"] <= 0.3
    # Nominally 95 %; 50 or fewer of 60 have a probability below 0.1 % at 95 %.
    assert covered > 50


def test_a_champion_of_another_contract_is_not_compared(
    model: str, home: Path, run: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    from default_stack.steps.evaluate import evaluate

    manifest = artifacts.read_json(f"{run.package}/model.json")
    honest = artifacts.verify

    def of_before(directory: Path, sha256: str | None = None) -> dict[str, Any]:
        found = honest(directory, sha256)
        # Only the champion is checked against its registered sha256.
        return {**found, "inputs": found["inputs"][1:]} if sha256 else found

    monkeypatch.setattr(artifacts, "verify", of_before)
    evaluate(model, run.package, run.train, run.test, run.metrics)
    report = artifacts.read_json(run.metrics)
    assert report["champion"]["metrics"] == {}
    assert report["champion"]["reason"] == "it needs other inputs"
    assert list(failures(report, load_params(model).gates, models.load(model).task)) == []
    assert [item["name"] for item in manifest["inputs"]] == list(models.load(model).contract.names)


def test_slices_gaps_and_missing_metrics_are_gates(
    model: str, home: Path, run: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates, task = load_params(model).gates, models.load(model).task
    report = artifacts.read_json(run.metrics)
    column, value = "any", "value"
    primary, limit = report["primary"], gates.slices.min_primary
    report["slices"] = {column: {value: {"rows": 10_000, primary: limit - 0.01}}}
    report["fairness"] = {"group": {"selection_rate_gap": 0.0, "recall_gap": 0.5}}
    gates = msgspec.structs.replace(gates, floors={primary: 0.0}, ceilings={"missing": 1.0})
    # A task that knows the metric, which the report lacks.
    known = {**task.HIGHER_IS_BETTER, "missing": False}
    monkeypatch.setattr(task, "HIGHER_IS_BETTER", known)
    found = {item["gate"]: item["metric"] for item in failures(report, gates, task)}
    assert found == {
        "ceiling": "missing",
        "slice": f"{primary}[{column}={value}]",
        "fairness": "recall_gap[group]",
    }


def test_a_small_slice_is_not_a_gate(model: str) -> None:
    report = {
        "serving": {"served": "onnx", "parity": {"max_abs_diff": 0.0}, "reason": None},
        "primary": "any",
        "metrics": {},
        "rows": 10_000,
        "slices": {"plan": {"basic": {"rows": 199, "any": 0.1}}},
        "fairness": {},
        "champion": None,
    }
    assert list(failures(report, GateParams(), models.load(model).task)) == []


def test_decision_about_other_files_is_refused(model: str, home: Path, run: RunPaths) -> None:
    decision = artifacts.read_json(run.decision)
    artifacts.write_json(run.decision, {**decision, "sha256": "0" * 64})
    with pytest.raises(PromotionRefusedError, match="other files"):
        promote(model, run.decision)
    with pytest.raises(PromotionRefusedError, match="not"):
        promote(model, run.decision, version="77")


def test_decision_against_another_champion_is_refused(
    model: str, home: Path, run: RunPaths, train_again: Callable[..., RunPaths]
) -> None:
    decision = artifacts.read_json(run.decision)
    train_again("fresh")
    with pytest.raises(PromotionRefusedError, match="evaluate again"):
        promote(model, run.decision, version=decision["version"])


def test_promotion_and_rollback_are_idempotent_and_audited(
    model: str, home: Path, run: RunPaths, train_again: Callable[..., RunPaths]
) -> None:
    first = artifacts.read_json(run.decision)["version"]
    assert promote(model, run.decision)["changed"] is False
    second = artifacts.read_json(train_again("fresh").decision)["version"]
    done = rollback(model)
    assert (done["version"], done["previous"], done["changed"]) == (first, second, True)
    assert rollback(model)["changed"] is False
    records = audit.read(load_settings(), model)
    assert [(item["action"], item["source"], item["target"]) for item in records] == [
        ("promote", None, first),
        ("promote", first, second),
        ("rollback", second, first),
    ]
    assert all(item["who"] and item["time"] and item["evidence"] for item in records)


def test_registering_again_changes_nothing(model: str, home: Path, run: RunPaths) -> None:
    before = len(get_registry().versions(model))
    again = register(
        model, run.package, run.data, run.train_metrics, run.metrics, run.lineage, run.version
    )
    assert again["version"] == artifacts.read_json(run.version)["version"]
    assert len(get_registry().versions(model)) == before


def test_the_run_has_the_lineage_of_the_model(model: str, home: Path, run: RunPaths) -> None:
    made_by = artifacts.read_json(run.lineage)
    record = get_tracker().read(artifacts.read_json(run.version)["run_id"])
    assert record.tags["data_sha256"] == made_by["data"]["sha256"]
    assert record.tags["data_revision"] == made_by["data"]["revision"]
    assert record.tags["params_sha256"] == made_by["params_sha256"] == load_params(model).sha256
    assert record.tags["features_sha256"] == models.load(model).features_sha256
    assert record.params["seed"] == str(load_params(model).seed)
    report = artifacts.read_json(run.metrics)
    measured = report["metrics"][report["primary"]]
    assert record.metrics[f"test_{report['primary']}"] == pytest.approx(measured)
    for library in models.load(model).model.LIBRARIES:
        assert library in made_by["libraries"]


def test_equal_rows_have_one_revision(model: str, home: Path, run: RunPaths) -> None:
    named = artifacts.read_json(run.lineage)["data"]["revision"]
    assert revisions.keep(load_settings(), model, run.data) == named
    assert revisions.keep(load_settings(), model, run.test) != named
    champion = get_registry().get(model, CHAMPION)
    assert champion is not None
    assert champion.tags["data_revision"] == named


def test_same_rows_same_scores(model: str, home: Path, run: RunPaths) -> None:
    modules = models.load(model)
    frame = read_frame(run.test)
    estimator = modules.model.load(artifacts.local_copy(run.package))
    in_training = modules.model.predict(estimator, modules.inputs(frame))
    scorer = scoring.load(artifacts.local_copy(run.package))
    columns = scoring.columns_of(frame, modules.contract)
    assert modules.task.difference(scorer.raw(columns), in_training) <= scoring.TOLERANCE
    batch_predict(model, run.test, run.at("scores.parquet"))
    in_batch = read_frame(run.at("scores.parquet"))
    for name, values in scorer.table(columns).items():
        assert in_batch[name].tolist() == values.tolist()


def test_onnx_is_served_unless_there_is_none(model: str, run: RunPaths) -> None:
    manifest = artifacts.verify(artifacts.local_copy(run.package))
    if manifest["served"] == scoring.ONNX:
        assert manifest["parity"]["max_abs_diff"] <= manifest["parity"]["tolerance"]
    else:
        # Its estimator has no ONNX form, or one with other scores.
        assert manifest["reason"].startswith(("no ONNX", "ONNX scores"))
        assert not (artifacts.local_copy(run.package) / scoring.ONNX_FILE).exists()


def test_onnx_with_other_scores_is_not_served(
    model: str, home: Path, run: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules = models.load(model)
    honest = modules.model.predict
    with monkeypatch.context() as patch:
        patch.setattr(modules.model, "predict", lambda *given: honest(*given) * (1 + 1e-5) + 2e-6)
        result = export(model, run.model, run.train, run.test, run.at("other"))
    assert result["served"] == scoring.NATIVE
    assert result["reason"]
    assert not (artifacts.local_copy(run.at("other")) / scoring.ONNX_FILE).exists()
    assert scoring.load(artifacts.local_copy(run.at("other"))).served == scoring.NATIVE
    evaluate(model, run.at("other"), run.train, run.test, run.metrics)
    gates, task = load_params(model).gates, modules.task
    report = artifacts.read_json(run.metrics)
    assert report["serving"]["latency_ms"] > 0
    onnx_only = msgspec.structs.replace(gates, native=False)
    (found,) = failures(report, onnx_only, task)
    assert (found["gate"], found["metric"]) == ("onnx", result["reason"])
    allowed = msgspec.structs.replace(gates, native=True, max_native_latency_ms=20)
    report["serving"]["latency_ms"] = 20.0
    assert list(failures(report, allowed, task)) == []
    report["serving"]["latency_ms"] = 20.1
    (found,) = failures(report, allowed, task)
    assert (found["gate"], found["value"], found["threshold"]) == ("latency", 20.1, 20)
    # Reports of earlier releases have no time.
    del report["serving"]["latency_ms"]
    (found,) = failures(report, allowed, task)
    assert (found["gate"], found["value"]) == ("latency", None)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(errors.UserError, match="pandas is not installed here: add"):
        scoring.load(artifacts.local_copy(run.at("other")))


def _strict(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def test_every_json_file_of_a_run_is_read_by_a_strict_parser(home: Path, run: RunPaths) -> None:
    files = [path for path in home.rglob("*.json*") if path.suffix in (".json", ".jsonl")]
    assert {Path(run.decision), Path(run.metrics), Path(run.version)} <= set(files)
    for path in files:
        text = path.read_text()
        for document in text.splitlines() if path.suffix == ".jsonl" else [text]:
            _strict(document)


@pytest.mark.parametrize("scores", ["none", "nan"])
def test_the_decision_about_a_version_without_onnx_is_read_by_a_strict_parser(
    model: str, home: Path, run: RunPaths, monkeypatch: pytest.MonkeyPatch, scores: str
) -> None:
    onnx_scorer = scoring.onnx_scorer

    def broken(*given: Any) -> Callable[..., np.ndarray]:
        if scores == "none":
            raise RuntimeError("no conversion")
        honest = onnx_scorer(*given)
        return lambda columns: honest(columns) * np.nan

    with monkeypatch.context() as patch:
        patch.setattr(scoring, "onnx_scorer", broken)
        export(model, run.model, run.train, run.test, run.package)
    evaluate(model, run.package, run.train, run.test, run.metrics)
    params = load_params(model)
    gates = msgspec.structs.replace(params.gates, native=False)
    strict = msgspec.structs.replace(params, gates=gates)
    gate(model, run.metrics, run.version, run.decision, strict)
    decision = _strict(Path(run.decision).read_text())
    assert not decision["accepted"]
    (refusal,) = (item for item in decision["refused"] if item["gate"] == "onnx")
    assert refusal["value"] is None


def test_the_reason_for_native_serving_is_the_same_in_each_run(
    model: str, home: Path, run: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(estimator: Any, directory: Path, X: Any) -> None:
        raise NotImplementedError(f"no converter for {directory}/model.onnx")

    with monkeypatch.context() as patch:
        patch.setattr(models.load(model).model, "export_onnx", refuse)
        result = export(model, run.model, run.train, run.test, run.at("other"))
    assert result["reason"] == "no ONNX: NotImplementedError: no converter for model.onnx"


def test_changed_files_are_not_loaded(model: str, home: Path, run: RunPaths) -> None:
    package = artifacts.local_copy(run.package)
    sha256 = artifacts.manifest_sha256(package)
    victim = next(path for path in package.iterdir() if path.name != artifacts.MANIFEST)
    victim.write_bytes(victim.read_bytes() + b" ")
    with pytest.raises(IntegrityError, match=victim.name):
        scoring.load(package, sha256)
    manifest = package / artifacts.MANIFEST
    manifest.write_text(manifest.read_text().replace("}", " }", 1))
    with pytest.raises(IntegrityError, match="registered"):
        scoring.load(package, sha256)


def test_broken_training_code_is_refused(
    model: str, home: Path, run: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules = models.load(model)
    honest = modules.task.labels
    monkeypatch.setattr(modules.task, "labels", lambda *given: honest(*given)[::-1].copy())
    train(model, run.train, run.model, run.train_metrics)
    monkeypatch.undo()
    monkeypatch.setenv("MLOPS_HOME", str(home))
    monkeypatch.setenv("MLOPS_EVENTS", str(home / "events.jsonl"))
    export(model, run.model, run.train, run.test, run.at("broken"))
    evaluate(model, run.at("broken"), run.train, run.test, run.metrics)
    assert gate(model, run.metrics, run.version, run.decision)["accepted"] is False


def test_metrics_have_known_values() -> None:
    labels = np.array([0, 0, 1, 1, 0, 1])
    scores = np.array([0.1, 0.4, 0.35, 0.8, 0.4, 0.9])
    pairs = [
        1.0 if high > low else 0.5 if high == low else 0.0
        for high in scores[labels == 1]
        for low in scores[labels == 0]
    ]
    assert metrics.auc(labels, scores) == pytest.approx(np.mean(pairs))
    assert metrics.brier(labels, labels.astype(float)) == 0
    assert metrics.log_loss(labels, np.full(6, 0.5)) == pytest.approx(np.log(2))
    assert metrics.auc(np.zeros(3), scores[:3]) is None


def test_batch_output_can_be_csv(model: str, home: Path, run: RunPaths) -> None:
    frame = read_frame(run.test).head(5)
    write_frame(frame, run.at("few.csv"))
    assert batch_predict(model, run.at("few.csv"), run.at("out.csv"))["rows"] == 5
