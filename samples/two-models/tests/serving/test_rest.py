"""Test the responses and the errors of the REST protocol."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from two_models import models
from two_models.data.frames import read_frame, write_frame
from two_models.platform.paths import RunPaths
from two_models.steps.batch_predict import batch_predict


@pytest.fixture
def path(model: str) -> str:
    return f"/models/{model}/predict"


def test_rows_return_one_score_each(
    client: TestClient, path: str, model: str, row: dict[str, Any]
) -> None:
    answer = client.post(path, json={"rows": [row, row]}, headers={"x-request-id": "mine"})
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"predictions", "model", "model_version", "request_id"}
    assert (body["model"], body["model_version"], body["request_id"]) == (model, "1", "mine")
    assert len(body["predictions"]) == 2
    assert 0 <= body["predictions"][0]["score"] <= 1
    assert answer.headers["x-request-id"] == "mine"
    assert answer.headers["x-model-version"] == "1"
    assert client.post("/predict", json={"rows": [row]}).json()["model"] == model


def test_request_ids_are_unique_and_invalid_ones_are_replaced(
    client: TestClient, path: str, row: dict[str, Any]
) -> None:
    headers = {"x-request-id": "no spaces allowed"}
    found = {
        client.post(path, json={"rows": [row]}, headers=headers).json()["request_id"]
        for _ in range(5)
    }
    assert len(found) == 5
    assert "no spaces allowed" not in found


def test_same_scores_as_batch(
    client: TestClient, path: str, model: str, run: RunPaths, tmp_path: Path
) -> None:
    rows = read_frame(run.test).head(300)
    write_frame(rows, str(tmp_path / "rows.parquet"))
    batch_predict(model, str(tmp_path / "rows.parquet"), str(tmp_path / "scores.parquet"))
    batch = read_frame(str(tmp_path / "scores.parquet"))["prediction"].tolist()
    inputs = rows[list(models.load(model).contract.names)]
    body = {"rows": json.loads(inputs.to_json(orient="records", double_precision=15))}
    together = client.post(path, json=body).json()["predictions"]
    assert [item["score"] for item in together] == pytest.approx(batch, abs=1e-6)
    alone = [
        client.post(path, json={"rows": [item]}).json()["predictions"][0]["score"]
        for item in body["rows"][:20]
    ]
    assert alone == pytest.approx(batch[:20], abs=1e-6)


def test_contract_violations_name_the_field(
    client: TestClient, path: str, model: str, row: dict[str, Any]
) -> None:
    for field in models.load(model).contract.fields:
        wrong: list[Any] = [None, [], {}, True]
        wrong.append("none of these" if field.is_category else "1")
        if field.max is not None:
            wrong.append(field.max + 1)
        if field.min is not None:
            wrong.append(field.min - 1)
        for value in wrong:
            answer = client.post(path, json={"rows": [row, {**row, field.name: value}]})
            assert answer.status_code == 422, (field.name, value)
            assert answer.json()["detail"][0]["loc"][:4] == ["body", "rows", 1, field.name]
        rest = {name: value for name, value in row.items() if name != field.name}
        answer = client.post(path, json={"rows": [rest]})
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"] == ["body", "rows", 0, field.name]
    answer = client.post(path, json={"rows": [{**row, "more": 1}]})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "rows", 0, "more"]


def test_large_requests_are_rejected(client: TestClient, path: str, row: dict[str, Any]) -> None:
    assert client.post(path, json={"rows": [row] * 1_000}).status_code == 200
    assert client.post(path, json={"rows": [row] * 1_001}).status_code == 422
    assert client.post(path, json={"rows": []}).status_code == 422
    large = b" " * 1_100_000

    def pieces() -> Iterator[bytes]:
        for _ in range(11):
            yield b" " * 100_000

    headers = {"content-type": "application/json"}
    for content in (large, pieces()):
        answer = client.post(path, content=content, headers=headers)
        assert answer.status_code == 413
        assert "1048576 bytes" in answer.json()["detail"]


def test_invalid_requests_are_rejected(client: TestClient, path: str, row: dict[str, Any]) -> None:
    text = json.dumps({"rows": [row]})
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post(path, content=text, headers=form).status_code == 415
    charset = {"content-type": "Application/JSON; charset=utf-8"}
    assert client.post(path, content=text, headers=charset).status_code == 200
    assert client.post(path, content=text).status_code == 200
    assert client.post("/models/unknown/predict", json={"rows": [row]}).status_code == 404
    assert client.get(path).status_code == 405


def test_malformed_bodies_never_cause_a_server_error(
    client: TestClient,
    path: str,
    row: dict[str, Any],
    broken_bodies: Callable[[dict[str, Any], int], Iterator[bytes]],
) -> None:
    seen: dict[int, int] = {}
    headers = {"content-type": "application/json"}
    for body in broken_bodies({"rows": [row, row]}, 700):
        answer = client.post(path, content=body, headers=headers)
        assert answer.status_code in (200, 413, 422), body[:200]
        if answer.status_code != 200:
            assert answer.json()["detail"]
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
    assert seen[422] >= 500


def test_openapi_describes_all_routes(
    client: TestClient, path: str, model: str, row: dict[str, Any]
) -> None:
    document = client.get("/openapi.json").json()
    for place in ("/predict", path, "/healthz", "/readyz", "/metrics", "/version"):
        assert place in document["paths"]
    content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    assert content["example"] == {"rows": [row]}
    body = document["components"]["schemas"][content["schema"]["$ref"].rsplit("/", 1)[1]]
    item = document["components"]["schemas"][
        body["properties"]["rows"]["items"]["$ref"].rsplit("/", 1)[1]
    ]
    assert set(item["required"]) == set(models.load(model).contract.names)
    assert item["additionalProperties"] is False
