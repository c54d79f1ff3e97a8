"""Test the running service with an independent client, Triton's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tritonclient import http
from tritonclient.utils import InferenceServerException, triton_to_np_dtype

from two_models.client.service import running


def wanted(server: http.InferenceServerClient, model: str) -> list[http.InferRequestedOutput]:
    """Request all outputs as JSON."""
    return [
        http.InferRequestedOutput(item["name"], binary_data=False)
        for item in server.get_model_metadata(model)["outputs"]
    ]


def decoded(value: Any) -> Any:
    """Return one row of an output as JSON has it."""
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


@pytest.fixture
def server(
    home: Path, pinned: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[http.InferenceServerClient]:
    """Return a client of the running service."""
    monkeypatch.setenv("MLOPS_SERVING__PINNED", pinned)
    with running() as (base_url, _):
        address = base_url.removeprefix("http://")
        with http.InferenceServerClient(address) as server:
            yield server


def tensors(
    server: http.InferenceServerClient, model: str, rows: list[dict[str, Any]], binary: bool = False
) -> list[http.InferInput]:
    """Create the inputs described by the metadata."""
    found = []
    for item in server.get_model_metadata(model)["inputs"]:
        kind = triton_to_np_dtype(item["datatype"])
        tensor = http.InferInput(item["name"], [len(rows)], item["datatype"])
        values = np.array([row[item["name"]] for row in rows], dtype=kind)
        tensor.set_data_from_numpy(values, binary_data=binary)
        found.append(tensor)
    return found


def test_client_reads_health_and_metadata(server: http.InferenceServerClient, model: str) -> None:
    assert server.is_server_live()
    assert server.is_server_ready()
    assert server.is_model_ready(model)
    assert server.is_model_ready(model, "1")
    assert not server.is_model_ready(model, "9")
    assert not server.is_model_ready("unknown")
    assert server.get_server_metadata()["extensions"] == []
    found = server.get_model_metadata(model, "1")
    assert (found["name"], found["versions"]) == (model, ["1"])


def test_same_predictions_as_batch(
    server: http.InferenceServerClient,
    model: str,
    batch: tuple[list[dict[str, Any]], list[dict[str, Any]]],
    same: Callable[..., bool],
) -> None:
    # The client cannot send null: NumPy's arrays have none.
    complete = [pair for pair in zip(*batch, strict=True) if None not in pair[0].values()]
    if not complete:
        pytest.skip("each row has a missing value")
    rows, expected = map(list, zip(*complete, strict=True))
    inputs = tensors(server, model, rows)
    answer = server.infer(model, inputs, request_id="call-7", outputs=wanted(server, model))
    columns = {
        item["name"]: answer.as_numpy(item["name"])
        for item in server.get_model_metadata(model)["outputs"]
    }
    found = [
        {name: decoded(values[row]) for name, values in columns.items()} for row in range(len(rows))
    ]
    assert same(found, expected)
    told = answer.get_response()
    assert (told["model_name"], told["model_version"], told["id"]) == (model, "1", "call-7")


def test_client_receives_errors_in_the_protocol_format(
    server: http.InferenceServerClient, model: str, row: dict[str, Any]
) -> None:
    inputs = tensors(server, model, [row])
    with pytest.raises(InferenceServerException, match="is missing"):
        server.infer(model, inputs[1:], outputs=wanted(server, model))
    with pytest.raises(InferenceServerException, match="unknown"):
        server.infer("unknown", inputs, outputs=wanted(server, model))
    with pytest.raises(InferenceServerException, match="binary"):
        server.infer(model, tensors(server, model, [row], binary=True))
