"""Test `make scan`: it refuses severe vulnerabilities, except accepted ones until they expire.

uv queries a local database that has one vulnerability of one locked package.
"""

from __future__ import annotations

import datetime
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
OWN = [ROOT / ".tools/uv/bin/uv", ROOT / ".tools/uv-lib/bin/uv"]
UV = next((str(path) for path in OWN if path.exists()), shutil.which("uv") or "uv")
FOUND = "GHSA-aaaa-bbbb-cccc"
ALIAS = "CVE-2026-0001"
TODAY = datetime.datetime.now(datetime.UTC).date()


class Database:
    """An OSV database; `severity` sets the severity in the record of each id."""

    def __init__(self) -> None:
        self.severity: dict[str, str | None] = {}
        self.package = "pyyaml"
        self.asked = 0

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer to a request, None for an unknown record."""
        if path == "/v1/querybatch":
            self.asked += len(body["queries"])
            hit = {"vulns": [{"id": FOUND, "modified": "2026-01-01T00:00:00Z"}]}
            names = [query["package"]["name"] for query in body["queries"]]
            none = not self.severity
            return {"results": [{} if none or name != self.package else hit for name in names]}
        name = path.rpartition("/")[2]
        if name not in self.severity:
            return None
        return {
            "id": name,
            "aliases": [ALIAS] if name == FOUND else [],
            "summary": "a planted one",
            "modified": "2026-01-01T00:00:00Z",
            "affected": [],
            "database_specific": {"severity": self.severity[name]},
        }


@pytest.fixture
def database() -> Iterator[tuple[Database, str]]:
    """Start a database; yield it and its URL."""
    known = Database()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            self.reply(known.answer(self.path, json.loads(self.rfile.read(length))))

        def do_GET(self) -> None:
            self.reply(known.answer(self.path, {}))

        def reply(self, content: dict[str, Any] | None) -> None:
            body = json.dumps(content).encode()
            self.send_response(404 if content is None else 200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield known, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def _scan(url: str, accepted: Path | None = None, severity: str = "high") -> tuple[int, str]:
    command = [sys.executable, str(ROOT / "scripts" / "scan.py"), "--uv", UV, "--service-url", url]
    command += ["--severity", severity]
    command += ["--accepted", str(accepted)] if accepted else []
    # Do not retry if the database does not respond.
    once = {**os.environ, "UV_HTTP_RETRIES": "0"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=once)
    return done.returncode, done.stdout + done.stderr


def _accept(path: Path, days: int = 30, **changed: object) -> Path:
    day = (TODAY + datetime.timedelta(days=days)).isoformat()
    entry = {"id": ALIAS, "statement": "not reachable", "expired_at": day, **changed}
    lines = [f"{key}: {value}" for key, value in entry.items() if value is not None]
    path.write_text("vulnerabilities:\n  - " + "\n    ".join(lines) + "\n", encoding="utf-8")
    return path


def test_every_locked_package_is_looked_up(database: tuple[Database, str]) -> None:
    known, url = database
    code, output = _scan(url)
    assert code == 0, output
    assert "0 refused" in output
    assert known.asked > 50


@pytest.mark.parametrize(
    ("told", "severity", "code"),
    [
        ({FOUND: "CRITICAL"}, "high", 1),
        ({FOUND: "HIGH"}, "high", 1),
        ({FOUND: "MODERATE"}, "high", 0),
        ({FOUND: "MODERATE"}, "low", 1),
        ({FOUND: None}, "critical", 1),
        ({FOUND: "LOW", ALIAS: "HIGH"}, "high", 1),
    ],
)
def test_vulnerabilities_from_the_chosen_severity_are_refused(
    database: tuple[Database, str], told: dict[str, str | None], severity: str, code: int
) -> None:
    known, url = database
    known.severity = told
    found, output = _scan(url, severity=severity)
    assert found == code, output
    assert FOUND in output


def test_an_accepted_vulnerability_passes_until_its_expiry(
    database: tuple[Database, str], tmp_path: Path
) -> None:
    known, url = database
    known.severity = {FOUND: "CRITICAL"}
    code, output = _scan(url, _accept(tmp_path / "accepted.yaml"))
    assert code == 0, output
    assert "not reachable" in output
    code, output = _scan(url, _accept(tmp_path / "accepted.yaml", days=-1))
    assert code == 1, output
    assert "only until" in output


def test_an_unused_acceptance_is_reported(database: tuple[Database, str], tmp_path: Path) -> None:
    code, output = _scan(database[1], _accept(tmp_path / "accepted.yaml"))
    assert code == 0
    assert f"stale    {ALIAS}" in output


@pytest.mark.parametrize(
    "changed",
    [{"statement": "''"}, {"statement": None}, {"expired_at": None}, {"expired_at": "soon"}],
)
def test_an_acceptance_needs_a_reason_and_a_date(
    database: tuple[Database, str], tmp_path: Path, changed: dict[str, object]
) -> None:
    code, output = _scan(database[1], _accept(tmp_path / "accepted.yaml", **changed))
    assert code == 2, output
    assert "accepted.yaml" in output


def test_an_acceptance_longer_than_90_days_is_invalid(
    database: tuple[Database, str], tmp_path: Path
) -> None:
    assert _scan(database[1], _accept(tmp_path / "accepted.yaml", days=90))[0] == 0
    assert _scan(database[1], _accept(tmp_path / "accepted.yaml", days=91))[0] == 2


def test_a_failed_look_up_fails_the_scan() -> None:
    code, output = _scan("http://127.0.0.1:9/")
    assert code == 2
    assert "scan: uv audit ended" in output


def test_the_locks_of_environments_are_scanned(
    database: tuple[Database, str], tmp_path: Path
) -> None:
    known, url = database
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "scan.py", tmp_path / "scripts" / "scan.py")
    (tmp_path / "environments" / "own").mkdir(parents=True)
    (tmp_path / "environments" / "own" / "uv.lock").touch()
    finding = {
        "id": FOUND,
        "display_id": FOUND,
        "aliases": [],
        "summary": "a planted one",
        "fix_versions": [],
        "dependency": {"name": "only-there", "version": "1"},
    }
    for name, found in {"empty": [], "finding": [finding]}.items():
        report = {
            "vulnerabilities": found,
            "adverse_statuses": [],
            "summary": {"audited_packages": 7},
        }
        (tmp_path / name).write_text(json.dumps(report), encoding="utf-8")
    uv = tmp_path / "uv"
    own = f"{tmp_path}/environments/own"
    uv.write_text(
        f'#!/bin/sh\ncase $* in *"--project {own}"*) cat {tmp_path}/finding ;; '
        f"*) cat {tmp_path}/empty ;; esac\n",
        encoding="utf-8",
    )
    uv.chmod(0o755)
    known.severity = {FOUND: "CRITICAL"}
    command = [sys.executable, str(tmp_path / "scripts" / "scan.py"), "--uv", str(uv)]
    done = subprocess.run([*command, "--service-url", url], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "only-there 1" in done.stdout
    assert "14 packages, 1 vulnerabilities, 1 refused" in done.stdout
