"""Test the responses and the errors of the REST protocol."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from two_models.contract import Field
from two_models.platform import models


@pytest.fixture
def path(model: str) -> str:
    return f"/models/{model}/predict"


def test_rows_return_one_prediction_each(
    client: TestClient, path: str, model: str, row: dict[str, Any]
) -> None:
    answer = client.post(path, json={"rows": [row, row]}, headers={"x-request-id": "mine"})
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"predictions", "model", "model_version", "request_id"}
    assert (body["model"], body["model_version"], body["request_id"]) == (model, "1", "mine")
    assert len(body["predictions"]) == 2
    for prediction in body["predictions"]:
        for output in models.load(model).task.outputs(models.load(model).contract):
            value = prediction[output.name]
            if output.size is not None:
                assert tuple(value) == output.names
            elif output.kind == "string":
                assert value in output.names
            else:
                assert output.min is None or output.min <= value
                assert output.max is None or value <= output.max
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


def test_same_predictions_as_batch(
    client: TestClient,
    path: str,
    batch: tuple[list[dict[str, Any]], list[dict[str, Any]]],
    same: Callable[..., bool],
) -> None:
    rows, expected = batch
    together = client.post(path, json={"rows": rows}).json()["predictions"]
    assert same(together, expected)
    alone = [
        client.post(path, json={"rows": [item]}).json()["predictions"][0] for item in rows[:20]
    ]
    assert same(alone, expected[:20])


def test_contract_violations_name_the_field(
    client: TestClient,
    path: str,
    model: str,
    row: dict[str, Any],
    wrong_values: Callable[[Field], list[Any]],
) -> None:
    for field in models.load(model).contract.fields:
        if field.nullable:
            answer = client.post(path, json={"rows": [{**row, field.name: None}]})
            assert answer.status_code == 200, answer.text
        for value in wrong_values(field):
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
    assert seen[422] >= 300


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
    content = document["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]
    answer = document["components"]["schemas"][content["schema"]["$ref"].rsplit("/", 1)[1]]
    reference = answer["properties"]["predictions"]["items"]["$ref"]
    prediction = document["components"]["schemas"][reference.rsplit("/", 1)[1]]
    outputs = models.load(model).task.outputs(models.load(model).contract)
    assert list(prediction["properties"]) == [output.name for output in outputs]
