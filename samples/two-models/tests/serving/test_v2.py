"""Test conformance with the Open Inference Protocol, version 2."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from two_models.platform import models


@pytest.fixture
def base(model: str) -> str:
    return f"/v2/models/{model}"


@pytest.fixture
def body(client: TestClient, base: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return a request with two rows, built from the metadata as a client would."""
    return {
        "inputs": [
            {**item, "shape": [2], "data": [row[item["name"]]] * 2}
            for item in client.get(base).json()["inputs"]
        ]
    }


def test_health_routes_report_readiness(client: TestClient, base: str) -> None:
    assert client.get("/v2/health/live").status_code == 200
    assert client.get("/v2/health/ready").status_code == 200
    assert client.get(f"{base}/ready").status_code == 200
    assert client.get(f"{base}/versions/1/ready").status_code == 200
    assert client.get(f"{base}/versions/9/ready").status_code == 400
    assert client.get("/v2/models/unknown/ready").status_code == 404


def test_metadata_describes_inputs_and_outputs(client: TestClient, base: str, model: str) -> None:
    server = client.get("/v2").json()
    assert set(server) == {"name", "version", "extensions"}
    found = client.get(base).json()
    assert (found["name"], found["versions"]) == (model, ["1"])
    assert found["platform"]
    assert [item["name"] for item in found["inputs"]] == list(models.load(model).contract.names)
    outputs = models.load(model).task.outputs(models.load(model).contract)
    assert [item["name"] for item in found["outputs"]] == [output.name for output in outputs]
    for output, item in zip(outputs, found["outputs"], strict=True):
        assert item["datatype"] == ("BYTES" if output.kind == "string" else "FP64")
        assert item["shape"] == ([-1] if output.size is None else [-1, output.size])
    assert client.get(f"{base}/versions/1").json() == found
    assert client.get(f"{base}/versions/9").status_code == 404
    assert client.get("/v2/models/unknown").status_code == 404


def test_infer_returns_one_tensor_per_output(
    client: TestClient, base: str, model: str, body: dict[str, Any], row: dict[str, Any]
) -> None:
    answer = client.post(f"{base}/infer", json={**body, "id": "call-7"})
    assert answer.status_code == 200
    found = answer.json()
    assert (found["model_name"], found["model_version"], found["id"]) == (model, "1", "call-7")
    described = client.get(base).json()["outputs"]
    for output, item in zip(found["outputs"], described, strict=True):
        assert output["shape"] == [2, *item["shape"][1:]]
        assert len(output["data"]) == math.prod(output["shape"])
        assert {**output, "shape": item["shape"], "data": 0} == {**item, "data": 0}
    assert answer.headers["x-model-version"] == "1"
    column = {
        "inputs": [
            {**item, "shape": [2, 1], "data": [[value] for value in item["data"]]}
            for item in body["inputs"]
        ],
        "outputs": [{"name": described[-1]["name"]}],
    }
    again = client.post(f"{base}/versions/1/infer", json=column).json()
    assert again["outputs"] == found["outputs"][-1:]
    assert again["id"]


def test_row_order_and_tensor_order_do_not_matter(
    client: TestClient, base: str, body: dict[str, Any]
) -> None:
    turned = {"inputs": body["inputs"][::-1]}
    first = client.post(f"{base}/infer", json=body).json()["outputs"]
    assert client.post(f"{base}/infer", json=turned).json()["outputs"] == first


def test_invalid_requests_return_client_errors(
    client: TestClient, base: str, body: dict[str, Any], model: str
) -> None:
    url = f"{base}/infer"

    def refused(status: int, text: str, **changes: Any) -> None:
        tensor = {**body["inputs"][0], **changes}
        answer = client.post(url, json={"inputs": [tensor, *body["inputs"][1:]]})
        assert answer.status_code == status, answer.text
        assert text in answer.json()["error"]

    name = body["inputs"][0]["name"]
    refused(400, "does not fit", shape=[3], data=body["inputs"][0]["data"])
    refused(400, "expected", shape=[2, 2])
    refused(400, "rows", shape=[0], data=[])
    refused(400, "rows", shape=[-1])
    refused(400, "expected", datatype="FP16")
    refused(400, "is missing", name="other")
    refused(422, name, data=[[], []])
    refused(422, name, data=["\u0000", {}])
    answer = client.post(url, json={"inputs": [*body["inputs"], {**body["inputs"][0]}]})
    assert (answer.status_code, "twice" in answer.json()["error"]) == (400, True)
    extra = {"name": "more", "shape": [2], "datatype": "FP32", "data": [1, 2]}
    answer = client.post(url, json={"inputs": [*body["inputs"], extra]})
    assert (answer.status_code, "no input 'more'" in answer.json()["error"]) == (400, True)
    assert client.post(url, json={**body, "outputs": [{"name": "x"}]}).status_code == 400
    assert client.post(f"{base}/versions/9/infer", json=body).status_code == 404
    assert client.post("/v2/models/unknown/infer", json=body).status_code == 404
    assert client.post(url, content=b"{").status_code == 400


def test_malformed_bodies_never_cause_a_server_error(
    client: TestClient,
    base: str,
    body: dict[str, Any],
    broken_bodies: Callable[[dict[str, Any], int], Iterator[bytes]],
) -> None:
    headers = {"content-type": "application/json"}
    refused = 0
    for content in broken_bodies(body, 800):
        answer = client.post(f"{base}/infer", content=content, headers=headers)
        assert answer.status_code in (200, 400, 413, 422), content[:200]
        if answer.status_code != 200:
            assert answer.json()["error"]
            refused += 1
    assert refused >= 400
