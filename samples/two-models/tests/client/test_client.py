"""Test the client with a server that answers with what it received."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pandas as pd
import pytest

from two_models.client import rows, service
from two_models.client.outputs import is_close
from two_models.contract import DataContract, Field
from two_models.platform import models
from two_models.platform.errors import UserError
from two_models.platform.processes import free_port


class Echo(BaseHTTPRequestHandler):
    """Answers a POST with its headers and body, and a GET with text that is not JSON."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._answer(200, json.dumps({"headers": headers, "body": json.loads(body)}).encode())

    def do_GET(self) -> None:
        self._answer(404, b"nothing here")

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_request_has_its_body_and_credentials(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "token")
    monkeypatch.setenv("SERVICE_API_KEY", "key")
    status, answer = service.call(url, {"rows": [1]})
    assert (status, answer["body"]) == (200, {"rows": [1]})
    headers = answer["headers"]
    assert headers["content-type"] == "application/json"
    assert headers["authorization"] == "Bearer token"
    assert headers["x-api-key"] == "key"


def test_an_error_is_returned_with_its_text(url: str) -> None:
    assert service.call(f"{url}/unknown") == (404, "nothing here")


def test_no_answer_is_an_error_with_the_address() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(UserError, match=f"no answer from {url}"):
        service.call(url)


def test_the_sample_row_satisfies_the_contract(model: str) -> None:
    row = rows.sample(model)
    contract = models.load(model).contract
    assert tuple(row) == tuple(contract.names)
    for field in contract.fields:
        if field.is_number:
            low, high = rows.limits(field)
            assert low <= row[field.name] <= high


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (Field("x", "float", min=0.001, max=0.004), 0.0013),
        (Field("x", "int", min=-7, max=-3), -6),
        (Field("x", "int", min=2.5, max=3.5), 3),
        (Field("x", "boolean"), True),
        (Field("x", "category", categories=("a", "b")), "a"),
        (Field("x", "text"), "some text"),
        (Field("x", "datetime"), "2024-01-31T12:00:00+00:00"),
    ],
)
def test_examples_are_within_the_limits(field: Field, expected: object) -> None:
    assert rows.example_value(field) == expected


def test_rows_of_a_table_are_json_values() -> None:
    fields = (
        Field("number", "float"),
        Field("count", "int", nullable=True),
        Field("at", "datetime"),
        Field("kind", "category", categories=("a",)),
    )
    contract = DataContract(model="any", target="label", fields=fields)
    frame = pd.DataFrame(
        {
            "number": [0.5],
            "count": [None],
            "at": [pd.Timestamp("2024-01-31T12:00:00Z")],
            "kind": ["a"],
        }
    )
    found = rows.json_rows(frame, contract)
    expected = {"number": 0.5, "count": None, "at": "2024-01-31T12:00:00+00:00", "kind": "a"}
    assert json.loads(json.dumps(found)) == [expected]


@pytest.mark.parametrize(
    ("first", "second", "close"),
    [
        ({"score": 0.5}, {"score": 0.5 + 1e-7}, True),
        ({"score": 0.5}, {"score": 0.6}, False),
        ({"label": "a", "p": {"a": 0.9}}, {"label": "a", "p": {"a": 0.9}}, True),
        ({"label": "a"}, {"label": "b"}, False),
        ({"value": 1e9}, {"value": 1e9 + 1}, True),
        ({}, {}, False),
    ],
)
def test_predictions_are_compared_with_a_tolerance(
    first: dict[str, Any], second: dict[str, Any], close: bool
) -> None:
    assert is_close(first, second, 1e-6) is close
