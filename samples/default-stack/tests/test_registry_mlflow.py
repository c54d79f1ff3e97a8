"""The direct reads of the MLflow registry give the same results as its client."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from mlflow.tracking import MlflowClient

from default_stack.platform.errors import RegistryError
from default_stack.platform.settings import load_settings
from default_stack.registry import CHALLENGER, CHAMPION
from default_stack.registry.mlflow import MlflowRegistry


def _registry(monkeypatch: pytest.MonkeyPatch, uri: str) -> MlflowRegistry:
    monkeypatch.setenv("MLOPS_REGISTRY__URI", uri)
    return MlflowRegistry(load_settings())


@pytest.mark.parametrize("alias", [CHAMPION, CHALLENGER])
def test_the_file_gives_the_results_of_the_client(home: Path, model: str, alias: str) -> None:
    registry = MlflowRegistry(load_settings())
    quick = registry.get(model, alias)
    registry.versions(model)
    uri = load_settings().values["registry"]["uri"].replace("///", f"///{home}/")
    slow = MlflowClient(uri, uri).get_model_version_by_alias(model, alias)
    assert quick is not None
    assert (quick.version, quick.uri) == (str(slow.version), f"{slow.source}/package")
    assert quick == registry.version(model, str(slow.version))


def test_no_file_has_no_versions(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _registry(monkeypatch, f"sqlite:///{tmp_path}/none.db").get("some") is None
    assert not (tmp_path / "none.db").exists()


class _Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        url = urlparse(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        answer: dict[str, object] = {"error_code": "RESOURCE_DOES_NOT_EXIST"}
        status = 404
        if self.headers.get("Authorization") != "Bearer some-token":
            status, answer = 401, {}
        elif asked == {"name": "some", "alias": CHAMPION}:
            assert url.path == "/api/2.0/mlflow/registered-models/alias"
            tags = [{"key": "sha256", "value": "abc"}, {"key": "metric.auc", "value": "0.5"}]
            found = {"name": "some", "version": "7", "source": "s3://bucket/some", "tags": tags}
            status, answer = 200, {"model_version": found}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_server_is_asked(home: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = _registry(monkeypatch, server)
    with pytest.raises(RegistryError, match="401"):
        registry.get("some")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "some-token")
    found = registry.get("some")
    assert found is not None
    assert (found.version, found.uri, found.sha256) == ("7", "s3://bucket/some", "abc")
    assert found.metrics == {"auc": 0.5}
    assert registry.get("another") is None


def test_an_unreachable_server_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RegistryError, match="cannot be reached"):
        _registry(monkeypatch, "http://127.0.0.1:9").get("some")
