"""The service: limits, metrics, prediction log, versions. Protocols have tests of their own."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from smallest_stack.client import protocols
from smallest_stack.client.outputs import is_close
from smallest_stack.monitoring import state
from smallest_stack.platform import artifacts, models, prediction_logs
from smallest_stack.platform.errors import SettingsError
from smallest_stack.platform.paths import RunPaths
from smallest_stack.serving import prediction_log
from smallest_stack.serving.app import create_app
from smallest_stack.serving.batching import (
    Batcher,
    Columns,
    Overloaded,
    Scored,
)
from smallest_stack.serving.config import Target, pinned_targets

NAMES = {
    "prediction_requests": ("model", "status", "model_version"),
    "prediction_latency_seconds": ("model",),
    "prediction_rows": ("model",),
    "prediction_score": ("model",),
    "model_info": ("model", "version"),
    "feature_drift_psi": ("model", "feature"),
    "data_validation_failures": ("model",),
    "model_quality": ("model", "metric", "primary"),
    "pipeline_last_success_timestamp_seconds": ("model", "pipeline"),
    "prediction_log_lost": ("model",),
    "prediction_log_waiting_seconds": ("model",),
    "registry_last_lookup_timestamp_seconds": ("model",),
    "registry_lookup_failures": ("model", "reason"),
    "connections_refused": ("reason",),
    "connections_evicted": ("reason",),
}


def ask(client: TestClient, model: str, rows: list[dict[str, Any]], **headers: str) -> Any:
    """Send rows in the first protocol."""
    path, body = protocols.request(models.load(model).contract, rows)
    return client.post(path, json=body, headers=headers)


def values(client: TestClient) -> dict[str, float]:
    """Return the samples of /metrics by name and labels."""
    found = {}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for item in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(item.labels.items()))
            found[f"{item.name}{{{labels}}}"] = item.value
    return found


def test_health(client: TestClient, model: str) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["models"][model] == "1"
    told = client.get("/version").json()
    assert told["models"][model]["version"] == "1"
    assert told["models"][model]["served"] in ("onnx", "native")


def test_openapi_describes_the_refusal_of_invalid_rows(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    scored = {path: item["post"]["responses"] for path, item in paths.items() if "post" in item}
    assert scored
    for path, responses in scored.items():
        # 422 is the answer to a row that violates the data contract, in every protocol.
        assert {"200", "422"} <= set(responses), path


def test_not_ready_without_a_version(
    home: Path, row: dict[str, Any], model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing() -> AsyncIterator[Target | None]:
        yield None

    monkeypatch.setenv("MLOPS_SERVING__PREDICTION_LOG", str(home / "predictions.jsonl"))
    with TestClient(create_app(source=nothing())) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        assert model in client.get("/readyz").json()["waiting"]
        answer = ask(client, model, [row])
        assert answer.status_code == 503
        assert "no version" in answer.text


def test_metrics_have_the_names_that_rules_use_and_move(
    client: TestClient, model: str, row: dict[str, Any]
) -> None:
    families = list(text_string_to_metric_families(client.get("/metrics").text))
    assert {family.name for family in families} == set(NAMES)

    assert ask(client, model, [row] * 3).status_code == 200
    assert ask(client, model, [{**row, next(iter(row)): []}]).status_code == 422
    primary = models.load(model).task.primary({})
    state.record_validation(model, 2)
    state.record_validation(model, 3)
    state.record_drift(model, {"some": 0.25})
    state.record_success(model, "training", at=1_000.0)
    state.record_quality(model, "0", {primary: 0.1}, 10, primary)
    found = values(client)
    assert found[f"prediction_requests_total{{model={model},model_version=1,status=200}}"] == 1
    assert found[f"prediction_requests_total{{model={model},model_version=1,status=422}}"] == 1
    assert found[f"prediction_rows_total{{model={model}}}"] == 3
    assert found[f"prediction_score_count{{model={model}}}"] == 3
    assert found[f"prediction_latency_seconds_count{{model={model}}}"] == 2
    assert found[f"model_info{{model={model},version=1}}"] == 1
    assert found[f"data_validation_failures_total{{model={model}}}"] >= 5
    assert found[f"feature_drift_psi{{feature=some,model={model}}}"] == 0.25
    key = f"pipeline_last_success_timestamp_seconds{{model={model},pipeline=training}}"
    assert found[key] == 1_000.0
    key = f"pipeline_last_success_timestamp_seconds{{model={model},pipeline=serving}}"
    assert found[key] > 1_000_000_000
    # Quality of another version says nothing about the one served.
    key = f"model_quality{{metric={primary},model={model},primary=true}}"
    assert found.get(key) != 0.1
    state.record_quality(model, "1", {primary: 0.8}, 10, primary)
    assert values(client)[key] == 0.8
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for item in family.samples:
            assert set(item.labels) - {"le"} == set(NAMES[family.name])


def test_unreadable_state_does_not_break_a_scrape(
    client: TestClient, model: str, home: Path
) -> None:
    state.record_drift(model, {"some": 0.25})
    path = next(home.rglob("drift.json"))
    path.write_text("{")
    assert client.get("/metrics").status_code == 200


def test_prediction_log_by_request_id(
    client: TestClient, home: Path, model: str, row: dict[str, Any]
) -> None:
    answer = ask(client, model, [row, row], **{"x-request-id": "abc-1"})
    entry = prediction_logs.find(home / "predictions.jsonl", "abc-1")
    assert entry is not None
    assert entry["features"] == [row, row]
    found = protocols.reply(answer.json()).predictions
    assert all(is_close(*pair, 0) for pair in zip(entry["predictions"], found, strict=True))
    assert (entry["model"], entry["model_version"], entry["rows"]) == (model, "1", 2)


def _entry(request_id: str) -> prediction_log.Entry:
    return prediction_log.Entry(0.0, request_id, "m", "1", {"a": [1] * 50}, [{"x": 0.5}] * 50)


def test_prediction_log_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "log" / "p.jsonl"
    log = prediction_log.PredictionLog(path, keep_rows=20, capacity=3, max_bytes=10)
    for number in range(5):
        log.add(_entry(str(number)))
    assert (log.queued, log.dropped) == (3, 2)
    log.start()
    log.close()
    assert (log.queued, log.written, log.dropped) == (0, 3, 2)
    entry = prediction_logs.find(tmp_path / "log" / "p.jsonl.1", "2", seconds=0)
    assert entry is not None
    assert (entry["rows"], len(entry["features"])) == (50, 20)


def test_prediction_log_survives_a_failing_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_EVENTS", str(tmp_path / "events.jsonl"))
    (tmp_path / "file").touch()
    log = prediction_log.PredictionLog(tmp_path / "file" / "p.jsonl")
    log.add(_entry("1"))
    log.start()
    log.close()
    assert (log.written, log.dropped) == (0, 1)
    assert "prediction_log_failed" in (tmp_path / "events.jsonl").read_text()


def test_a_line_follows_no_torn_one(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_bytes(b'{"request_id": "to')
    log = prediction_log.PredictionLog(path)
    log.add(_entry("1"))
    log.flush()
    assert path.read_bytes().startswith(b'{"request_id": "to\n{')
    assert prediction_logs.find(path, "1", seconds=0)


def test_a_full_disk_leaves_no_half_line_and_counts_the_lost_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_EVENTS", str(tmp_path / "events.jsonl"))
    log = prediction_log.PredictionLog(tmp_path / "p.jsonl")
    write = os.write

    def full(file: int, content: bytes) -> int:
        if len(content) < 100:
            raise OSError(28, "No space left on device")
        return write(file, content[:-50])

    with monkeypatch.context() as patch:
        patch.setattr(prediction_log.os, "write", full)
        log.add(_entry("1"))
        log.flush()
    assert (log.path.read_bytes(), log.lost["m"]) == (b"", 1)
    log.add(_entry("2"))
    log.flush()
    assert prediction_logs.find(log.path, "2", seconds=0)


def test_prediction_log_samples(tmp_path: Path) -> None:
    log = prediction_log.PredictionLog(tmp_path / "p.jsonl", sample=0.2)
    for number in range(2_000):
        log.add(_entry(str(number)))
    assert 300 < log.queued < 500
    assert log.dropped == 0


def target(run: RunPaths, model: str, version: str, folder: Path | None = None) -> Target:
    """Return a version made of the files of the finished run, or of a copy of them."""
    sha256 = artifacts.manifest_sha256(Path(run.package))
    return Target(model, version, str(folder or run.package), sha256, {"measured": 0.75})


def test_new_version_is_swapped_in(
    app: FastAPI, client: TestClient, run: RunPaths, model: str, row: dict[str, Any]
) -> None:
    assert client.portal is not None
    client.portal.call(app.state.service.apply, target(run, model, "2"))
    assert client.get("/version").json()["models"][model]["version"] == "2"
    answer = ask(client, model, [row])
    assert answer.json()["model_version"] == answer.headers["x-model-version"] == "2"
    found = values(client)
    assert f"model_info{{model={model},version=1}}" not in found
    assert found[f"model_info{{model={model},version=2}}"] == 1
    assert found[f"model_quality{{metric=measured,model={model},primary=false}}"] == 0.75


@pytest.mark.parametrize("what", ["changed", "missing", "added", "manifest"])
def test_wrong_files_are_refused_and_the_old_version_stays(
    what: str, app: FastAPI, client: TestClient, run: RunPaths, model: str, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(run.package, folder)
    file = sorted(path for path in folder.iterdir() if path.name != artifacts.MANIFEST)[0]
    if what == "changed":
        content = file.read_bytes()
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif what == "missing":
        file.unlink()
    elif what == "added":
        (folder / "more.bin").write_bytes(b"1")
    else:
        manifest = folder / artifacts.MANIFEST
        manifest.write_text(manifest.read_text() + " ")
    assert client.portal is not None
    client.portal.call(app.state.service.apply, target(run, model, "2", folder))
    told = client.get("/version").json()["models"][model]
    assert told["version"] == "1"
    assert "version 2 was not loaded" in told["error"]
    assert client.get("/readyz").status_code == 200


def test_batches_form_while_requests_arrive_together() -> None:
    sizes = []

    def score(columns: Columns) -> Scored:
        sizes.append(len(columns["x"]))
        if any(value < 0 for value in columns["x"]):
            raise ValueError("negative")
        values = [value / 10 for value in columns["x"]]
        return [{"y": value} for value in values], values

    async def main(executor: ThreadPoolExecutor | None) -> None:
        sizes.clear()
        batcher = Batcher(score, executor, max_rows=8)
        requests = [batcher.submit({"x": [number, number + 1]}, 2) for number in range(6)]
        found = await asyncio.gather(*requests)
        for number, result in enumerate(found):
            expected = [number / 10, (number + 1) / 10]
            assert result == ([{"y": value} for value in expected], expected)
        assert sizes == [8, 4]
        # A request that cannot be scored fails alone.
        good, bad = batcher.submit({"x": [1]}, 1), batcher.submit({"x": [-1]}, 1)
        found = await asyncio.gather(good, bad, return_exceptions=True)
        assert found[0][1] == [0.1]
        assert isinstance(found[1], ValueError)

    asyncio.run(main(None))
    with ThreadPoolExecutor(1) as executor:
        asyncio.run(main(executor))


def test_too_many_waiting_rows_are_refused() -> None:
    async def main() -> None:
        batcher = Batcher(lambda columns: ([], [0.0] * len(columns["x"])), max_waiting=3)
        first = batcher.submit({"x": [0] * 3}, 3)
        with pytest.raises(Overloaded):
            batcher.submit({"x": [0]}, 1)
        await first
        assert await batcher.submit({"x": [0]}, 1) == ([], [0.0])

    asyncio.run(main())


def test_slow_requests_are_canceled(
    home: Path, pinned: str, model: str, row: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_SERVING__PINNED", pinned)
    monkeypatch.setenv("MLOPS_SERVING__REQUEST_SECONDS", "0.1")
    path, _ = protocols.request(models.load(model).contract, [row])
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    async def main() -> None:
        app = create_app()
        scope = {"type": "http", "method": "POST", "path": path, "headers": []}
        async with app.router.lifespan_context(app):
            await asyncio.wait_for(app({**scope, "query_string": b""}, receive, send), 5)

    asyncio.run(main())
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]


def test_pinned_entries_are_checked() -> None:
    entry = f"a-b:3=s3://bucket/x=y#{'0' * 64}"
    assert pinned_targets((entry,)) == [Target("a-b", "3", "s3://bucket/x=y", "0" * 64, {})]
    with pytest.raises(SettingsError, match="found 'a:3=x'"):
        pinned_targets(("a:3=x",))
