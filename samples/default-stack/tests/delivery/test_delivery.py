"""Release a version to another environment, and watch a deployed service."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from default_stack.client import protocols
from default_stack.params import load_params
from default_stack.platform import (
    audit,
    delivery,
    errors,
    governance,
    transfer,
)
from default_stack.platform.artifacts import local_copy
from default_stack.platform.settings import load_settings
from default_stack.registry import CHAMPION, ModelVersion, get_registry
from default_stack.steps.release import release
from default_stack.steps.rollback import rollback

pytestmark = pytest.mark.slow

LAST = "prod"
ORIGIN = "local"


def _complete(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = governance.Statement("p", ("o",), ("r",), "owner", "contact")
    monkeypatch.setattr(governance, "load", lambda model: whole)


@pytest.fixture
def last(environments: None, model: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Use the last environment, with a version in `local` that can be released to it."""
    _complete(monkeypatch)
    monkeypatch.setenv("MLOPS_ENV", LAST)
    return LAST


def _champion(model: str, environment: str) -> ModelVersion | None:
    return get_registry(load_settings(environment)).get(model, CHAMPION)


def test_a_release_copies_the_same_files_and_promotes_them(last: str, model: str) -> None:
    origin = _champion(model, ORIGIN)
    assert origin is not None
    assert release(model, origin.version, ORIGIN)["changed"] is True
    arrived = _champion(model, last)
    assert arrived is not None
    assert arrived.sha256 == origin.sha256
    assert arrived.tags["released_version"] == origin.version
    assert arrived.tags["data_sha256"] == origin.tags["data_sha256"]
    assert audit.read(load_settings(last), model)[-1]["action"] == "promote"

    # A repeated release changes nothing.
    assert release(model, origin.version, ORIGIN)["changed"] is False
    assert len(get_registry(load_settings(last)).versions(model)) == 1


def test_a_version_is_judged_on_the_test_rows_of_its_run(last: str, model: str, set_params) -> None:
    fraction = load_params(model).split.test_fraction
    set_params(model, **{"split.test_fraction": fraction / 2})
    release(model, "1", ORIGIN)
    first, second = (
        transfer.evidence_of(load_settings(environment), found)
        for environment in (ORIGIN, last)
        if (found := _champion(model, environment)) is not None
    )
    assert first is not None
    assert second is not None
    assert second["rows"] == first["rows"]
    assert second["training"] == first["training"]


def test_the_gate_of_the_target_environment_decides(
    last: str, model: str, set_params, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_params(model, **{"gates.floors": {"primary": 0.999}})
    with pytest.raises(errors.PromotionRefusedError, match="floor "):
        release(model, "1", ORIGIN)
    assert _champion(model, last) is None

    # A version that was refused is not registered a second time.
    set_params(model, **{"gates.floors": {"primary": 0.3}})
    release(model, "1", ORIGIN)
    assert len(get_registry(load_settings(last)).versions(model)) == 1


def test_a_release_without_a_required_owner_is_refused(
    home: Path, environments: None, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLOPS_ENV", LAST)
    path = home / "config" / f"{LAST}.yaml"
    values = yaml.safe_load(path.read_text())
    values["governance"] = {"required": True}
    path.write_text(yaml.safe_dump(values))
    monkeypatch.setattr(governance, "load", lambda model: governance.Statement())
    with pytest.raises(errors.PromotionRefusedError, match="governance missing"):
        release(model, "1", ORIGIN)


def test_a_version_that_its_own_gate_refused_is_not_released(
    environments: None, model: str, train_again, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_again("mislabelled")
    refused = get_registry().versions(model)[-1].version
    _complete(monkeypatch)
    monkeypatch.setenv("MLOPS_ENV", LAST)
    with pytest.raises(errors.PromotionRefusedError, match="the gate of 'local' has not accepted"):
        release(model, refused, ORIGIN)


def test_changed_files_are_not_released(last: str, model: str) -> None:
    origin = _champion(model, ORIGIN)
    assert origin is not None
    # The record refers to the files of the finished run, which other tests use.
    manifest = local_copy(origin.uri) / "model.json"
    before = manifest.read_bytes()
    manifest.write_bytes(before + b" ")
    try:
        with pytest.raises(errors.IntegrityError):
            release(model, origin.version, ORIGIN)
    finally:
        manifest.write_bytes(before)


def test_a_version_without_its_rows_is_not_released(
    last: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "rows_behind", lambda *_: None)
    with pytest.raises(errors.UserError, match=r"rows of .* no longer exist"):
        release(model, "1", ORIGIN)


def test_an_unknown_origin_or_version_is_an_error(last: str, model: str) -> None:
    with pytest.raises(errors.RegistryError):
        release(model, "99", ORIGIN)
    with pytest.raises(errors.UserError, match="choose another environment"):
        release(model, "1", last)


def test_a_release_can_be_rolled_back(
    last: str, model: str, train_again, sample_only: None, monkeypatch
) -> None:
    release(model, "1", ORIGIN)
    first = _champion(model, last)
    monkeypatch.setenv("MLOPS_ENV", ORIGIN)
    train_again("fresh")
    second = get_registry().versions(model)[-1].version
    monkeypatch.setenv("MLOPS_ENV", last)
    release(model, second, ORIGIN)
    assert _champion(model, last) != first
    rollback(model, "failed when it was watched")
    assert _champion(model, last) == first


def test_pin_prints_the_champions(home: Path, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery.models, "names", lambda: [model])
    found = get_registry().get(model)
    assert found is not None
    assert delivery.pin() == f"{model}:{found.version}={found.uri}#{found.sha256}"
    folder = delivery.models.load(model).folder
    assert delivery.versions() == f"VERSION_{folder}={found.version}"


class Service:
    """A service that answers with a given version and given statuses of the next requests."""

    def __init__(self, model: str, version: str) -> None:
        self.version = version
        self.statuses: list[int] = []
        self.reply_version: str | None = None
        service = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self, status: int, body: object) -> None:
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_GET(self) -> None:
                served = {"version": service.version, "error": None}
                self.answer(200, {"models": {model: served}})

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                status = service.statuses.pop(0) if service.statuses else 200
                self.answer(status, {})

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def service(home: Path, model: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service that serves the champion; the protocol defines the form of a reply."""
    found = get_registry().get(model)
    assert found is not None
    made = Service(model, found.version)

    class Reply:
        @property
        def model_version(self) -> str:
            return made.reply_version or made.version

    monkeypatch.setattr(protocols, "reply", lambda answer: Reply())
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    with contextlib.suppress(RuntimeError):
        thread.join(5)


def test_a_healthy_service_passes_the_watch(service: Service, model: str) -> None:

    seen = delivery.watch(model, service.url, seconds=0.2, every=0.01)
    assert seen["version"] == service.version
    assert seen["asked"] > 1
    assert seen["failed"] == 0


def test_a_version_that_is_not_served_in_time_fails_the_watch(service: Service, model: str) -> None:
    service.version = "0"
    with pytest.raises(errors.UserError, match=r"does not serve .* after 0.3 s, but 0"):
        delivery.watch(model, service.url, seconds=0.1, live_seconds=0.3)


def test_three_errors_in_a_row_fail_the_watch(service: Service, model: str) -> None:
    service.statuses = [500, 200, 500, 500, 500]
    with pytest.raises(errors.UserError, match="3 requests in a row"):
        delivery.watch(model, service.url, seconds=30, every=0.01)


def test_an_error_rate_above_one_percent_fails_the_watch(service: Service, model: str) -> None:
    service.statuses = [200, 503]
    with pytest.raises(errors.UserError, match=r"1 of .* requests failed"):
        delivery.watch(model, service.url, seconds=0.2, every=0.02)


def test_another_version_fails_the_watch(service: Service, model: str) -> None:
    service.reply_version = "77"
    with pytest.raises(errors.UserError, match=r"serves .* 77 now"):
        delivery.watch(model, service.url, seconds=1, every=0.01)


@pytest.mark.parametrize("url", ["http://models.example.com", "ftp://127.0.0.1", "models"])
def test_a_key_is_sent_over_https_only(home: Path, model: str, url: str) -> None:
    with pytest.raises(errors.UserError, match="expected an https URL"):
        delivery.watch(model, url, seconds=0)
