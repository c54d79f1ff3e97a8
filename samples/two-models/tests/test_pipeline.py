"""The job: its assets, edges, check and branch, and real runs in this process."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from two_models.platform import artifacts, models
from two_models.platform.errors import DataContractError
from two_models.platform.notices import Failure
from two_models.platform.paths import RunPaths
from two_models.registry import CHAMPION, get_registry

from pipelines.dagster import run_training, triggers
from pipelines.dagster.assets import RunFolder, Source
from pipelines.dagster.definitions import backfill_name, defs, job_name

# Asset -> assets that it depends on.
EDGES = {
    "data": set(),
    "train_rows": {"data"},
    "test_rows": {"data"},
    "model": {"train_rows"},
    "train_metrics": {"train_rows"},
    "package": {"model", "train_rows", "test_rows"},
    "metrics": {"package", "train_rows", "test_rows"},
    "version": {"package", "data", "train_metrics", "metrics"},
    "decision": {"metrics", "version"},
    "approval": {"metrics", "version"},
    "champion": {"approval"},
}
# Check -> asset that it checks.
CHECKS = {"contract": "data"}


def test_definitions_can_be_loaded() -> None:
    dg.Definitions.validate_loadable(defs)


@pytest.mark.parametrize("name", models.names())
def test_assets_and_edges_of_each_model(name: str) -> None:
    folder = models.load(name).folder
    graph = defs.resolve_asset_graph()
    found = {
        node.key.path[1]: {parent.path[1] for parent in node.parent_keys}
        for node in graph.asset_nodes
        if node.key.path[0] == folder
    }
    assert found == EDGES


def test_checks_of_data_block_and_the_check_of_the_gate_warns() -> None:
    graph = defs.resolve_asset_graph()
    checks = [graph.get_check_spec(key) for key in graph.asset_check_keys]
    gates = [check for check in checks if check.name == "accepted"]
    assert len(gates) == len(models.names())
    assert not any(check.blocking for check in gates)
    checks = [check for check in checks if check not in gates]
    assert sorted((check.name, *check.asset_key.path) for check in checks) == sorted(
        (check, models.load(name).folder, asset)
        for name in models.names()
        for check, asset in CHECKS.items()
    )
    assert all(check.blocking for check in checks)


def test_each_model_has_one_job_and_one_schedule() -> None:
    scheduled = {schedule.job_name for schedule in defs.schedules or []}
    assert scheduled == {job_name(name) for name in models.names()}


@pytest.mark.parametrize("name", models.names())
def test_a_partition_of_a_backfill_is_the_last_day_of_its_rows(name: str) -> None:
    if models.load(name).contract.time is None:
        assert backfill_name(name) not in {job.name for job in defs.resolve_all_job_defs()}
        return
    job = defs.resolve_job_def(backfill_name(name))
    assert job.partitioned_config is not None
    config = job.partitioned_config.get_run_config_for_partition_key("2026-05-31")
    assert {key: op["config"]["until"] for key, op in config["ops"].items()} == {
        f"{models.load(name).folder}__data": "2026-05-31"
    }


def test_every_job_has_a_time_limit() -> None:
    for name in models.names():
        limit = defs.resolve_job_def(job_name(name)).run_tags["dagster/max_runtime"]
        assert int(limit) > 0


def test_a_report_of_drift_starts_one_training(
    home: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(triggers, "project_root", lambda: home)
    drift = defs.resolve_sensor_def(f"{models.load(model).folder}_drift")
    context = dg.build_sensor_context()
    skipped = drift(context)
    assert isinstance(skipped, dg.SkipReason)
    assert "make monitor" in str(skipped.skip_message)

    champion = get_registry().get(model, CHAMPION)
    assert champion is not None
    report = {
        "created": datetime.now(UTC).isoformat(),
        "version": champion.version,
        "verdict": "drifted",
        "drifted": [f"input {number}" for number in range(100)],
    }
    artifacts.write_json(str(home / "reports/monitoring" / model / "report.json"), report)
    started = drift(context)
    assert isinstance(started, dg.RunRequest)
    assert started.tags["reason"] == "drift"
    assert isinstance(drift(context), dg.SkipReason)


def test_a_failed_run_of_the_ui_sends_a_notice(
    home: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Failure] = []
    monkeypatch.setattr(triggers, "send", sent.append)
    run, folder = RunPaths.new(model), models.load(model).folder
    config = dg.RunConfig(
        ops={f"{folder}__data": Source(variant="corrupted")},
        resources={"run_folder": RunFolder(root=run.root)},
        loggers={"console": {"config": {"log_level": "CRITICAL"}}},
    )
    job = defs.resolve_job_def(job_name(model))
    with dg.DagsterInstance.ephemeral() as instance:
        assert not job.execute_in_process(config, instance, raise_on_error=False).success
    (failure,) = sent
    assert (failure.model, failure.step, failure.run) == (model, "validate", run.root)
    assert "breaks the contract" in failure.message


@pytest.mark.slow
def test_runs_follow_the_gate(home: Path, model: str) -> None:
    accepted = RunPaths.new(model)
    result = run_training(model, accepted.root)
    assert result["accepted"]
    assert result["promoted"]
    assert Path(accepted.promotion).is_file()

    # The gate rejects this version: the assets after the approval are skipped.
    refused = RunPaths.new(model)
    result = run_training(model, refused.root, "mislabelled")
    assert not result["accepted"]
    assert result["decision"]["refused"]
    assert not Path(refused.promotion).exists()

    # The check fails, and no asset is created from the rows.
    corrupted = RunPaths.new(model)
    with pytest.raises(DataContractError):
        run_training(model, corrupted.root, "corrupted")
    assert Path(corrupted.data).is_file()
    assert not Path(corrupted.train).exists()
