"""The tracking server keeps its passwords in secrets only and picks up rotations."""

from __future__ import annotations

import importlib.util
import json
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "tracking"


class _NotFoundError(Exception): ...


class Secrets:
    """A client of Secrets Manager that replays values; the last value of a secret repeats."""

    class exceptions:
        ResourceNotFoundException = _NotFoundError

    def __init__(self, **values: Iterator[dict[str, str]]) -> None:
        self._next = values
        self.now: dict[str, str] = {}

    def get_secret_value(self, SecretId: str) -> dict[str, str]:
        for value in self._next.get(SecretId, iter(())):
            self.now[SecretId] = json.dumps(value)
            break
        if SecretId not in self.now:
            raise _NotFoundError
        return {"SecretString": self.now[SecretId]}

    def put_secret_value(self, SecretId: str, SecretString: str) -> None:
        self.now[SecretId] = SecretString


def passwords(*values: str) -> Iterator[dict[str, str]]:
    return iter([{"username": "mlops", "password": value} for value in values])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setenv("ADMIN_SECRET", "admin")
    monkeypatch.setenv("DATABASE_SECRET", "database")
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    spec = importlib.util.spec_from_file_location("tracking_server", FOLDER / "server.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_administrator_password_is_generated_once(server: Any) -> None:
    secrets = Secrets()
    first = server.admin(secrets)
    assert len(first["MLFLOW_AUTH_ADMIN_PASSWORD"]) >= 32
    assert json.loads(secrets.now["admin"])["password"] == first["MLFLOW_AUTH_ADMIN_PASSWORD"]
    assert server.admin(secrets) == first


def test_the_password_file_is_readable_by_this_user_only(server: Any, tmp_path: Path) -> None:
    server.refresh(Secrets(database=passwords("a:b\\c")))
    written = tmp_path / "pgpass"
    assert written.read_text(encoding="utf-8") == "*:*:*:*:a\\:b\\\\c\n"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_a_changed_password_is_written_while_the_server_runs(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = Secrets(database=passwords("old", "new"))
    monkeypatch.setattr(server.boto3, "client", lambda _: secrets)
    # Exits with 7 after it has read both passwords, and with another code otherwise.
    command = (
        "import os, sys, time\n"
        "path = os.environ['PGPASSFILE']\n"
        "if 'old' not in open(path).read(): sys.exit(1)\n"
        "for _ in range(300):\n"
        "    time.sleep(0.05)\n"
        "    if 'new' in open(path).read(): sys.exit(7)\n"
    )
    monkeypatch.setattr(server, "REFRESH_SECONDS", 1)
    assert server.main([sys.executable, "-c", command]) == 7


def test_an_empty_database_secret_is_reported(server: Any) -> None:
    with pytest.raises(SystemExit, match="database is empty"):
        server.refresh(Secrets())


def test_the_image_installs_exact_versions() -> None:
    lines = (FOLDER / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert all("==" in line for line in lines if not line.startswith("#"))
