"""The compose files pin images, publish ports on loopback only and check readiness."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
INCLUDED = [
    ROOT / entry["path"]
    for entry in yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["include"]
]
SERVICES = [
    pytest.param(service, id=f"{file.stem}-{name}")
    for file in INCLUDED
    for name, service in yaml.safe_load(file.read_text(encoding="utf-8"))["services"].items()
]


def test_there_are_services() -> None:
    assert SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_published_on_loopback_only(service: dict) -> None:
    assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_is_built_here_or_pinned_by_digest(service: dict) -> None:
    assert "build" in service or re.search(r"@sha256:[0-9a-f]{64}$", service["image"])


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_a_health_check(service: dict) -> None:
    assert service["healthcheck"]["test"]
