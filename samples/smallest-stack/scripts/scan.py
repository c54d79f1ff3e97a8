"""Look up known vulnerabilities of all locked packages: `make scan`.

The packages are those of uv.lock, and of environments/*/uv.lock if there are more environments. uv
looks up affected versions in the OSV database (https://osv.dev); the severity comes from the
record in the GitHub Advisory Database. A vulnerability with at least the severity `--severity`, or
an unknown one, is refused unless security/accepted.yaml accepts it. The exit code is 1 if a
vulnerability is refused, and 2 if the look-up failed or that file is invalid.
"""

from __future__ import annotations

import argparse
import datetime
import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
LEVELS = ("low", "moderate", "high", "critical")
# Longest validity of an acceptance.
LONGEST_DAYS = 90
SECONDS = 30


class ScanError(Exception):
    """The scan failed; the message says what to do."""


@dataclass(frozen=True)
class Acceptance:
    """A vulnerability that is accepted until a date, with the reason."""

    id: str
    statement: str
    expired_at: datetime.date


def acceptances(path: Path, today: datetime.date) -> dict[str, Acceptance]:
    """Read the accepted vulnerabilities by id, expired ones included.

    Raises ScanError for an entry without an id, a reason, or a date within LONGEST_DAYS.
    """
    listed = (yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None) or {}
    found = {}
    for entry in listed.get("vulnerabilities") or []:
        try:
            item = Acceptance(**entry)
        except TypeError:
            raise ScanError(
                f"{path.name}: {entry!r} needs exactly id, statement and expired_at"
            ) from None
        if not isinstance(item.statement, str) or not item.statement.strip():
            raise ScanError(f"{path.name}: {item.id}: statement must give the reason")
        if not isinstance(item.expired_at, datetime.date):
            raise ScanError(f"{path.name}: {item.id}: expired_at must be in the form YYYY-MM-DD")
        if item.expired_at > today + datetime.timedelta(days=LONGEST_DAYS):
            raise ScanError(
                f"{path.name}: {item.id}: expired_at is more than {LONGEST_DAYS} days ahead"
            )
        found[item.id] = item
    return found


def projects(root: Path) -> list[Path]:
    """Return the folders with a lock: that of the repository first, then those of environments."""
    return [root, *sorted(path.parent for path in root.glob("environments/*/uv.lock"))]


def audit(uv: str, service: str, project: Path = ROOT) -> dict[str, Any]:
    """Look up every locked package of a project with uv. Raises ScanError if that fails."""
    command = [uv, "audit", "--locked", "--output-format", "json", "--service-url", service]
    command += ["--preview-features", "audit-command,json-output", "--project", str(project)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        raise ScanError(f"{uv} does not exist: run make setup") from None
    # Exit code 1 means that vulnerabilities were found.
    if done.returncode not in (0, 1):
        raise ScanError(f"uv audit ended with {done.returncode}: {done.stderr.strip()}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def joined(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one report for several projects. A finding in two of them counts once."""
    found: dict[str, Any] = {}
    for key in ("vulnerabilities", "adverse_statuses"):
        items = [item for report in reports for item in report[key]]
        found[key] = list(
            {json.dumps(item, sort_keys=True, allow_nan=False): item for item in items}.values()
        )
    counts = [report["summary"]["audited_packages"] for report in reports]
    return {**found, "summary": {"audited_packages": sum(counts)}}


def severity(ids: list[str], service: str) -> str | None:
    """Return the highest severity in the records of a vulnerability; None if there is none."""
    told = []
    for name in ids:
        try:
            with urllib.request.urlopen(f"{service}v1/vulns/{name}", timeout=SECONDS) as answer:
                record = json.load(answer)
        except urllib.error.HTTPError:
            # Not every alias has its own record.
            continue
        except OSError as error:
            raise ScanError(f"{service}v1/vulns/{name}: {error}") from error
        level = str((record.get("database_specific") or {}).get("severity", "")).lower()
        if level in LEVELS:
            told.append(level)
    return max(told, key=LEVELS.index, default=None)


def judge(
    report: dict[str, Any],
    accepted: dict[str, Acceptance],
    gate: str,
    service: str,
    today: datetime.date,
) -> int:
    """Print a line for each finding; return the number of refused ones."""
    refused = 0
    met = set()
    for item in report["vulnerabilities"]:
        ids = list(dict.fromkeys([item["id"], item["display_id"], *item["aliases"]]))
        level = severity(ids, service)
        known = next((accepted[name] for name in ids if name in accepted), None)
        if known:
            met.add(known.id)
        verdict = "refused"
        if known and known.expired_at >= today:
            verdict = "accepted"
        elif level and LEVELS.index(level) < LEVELS.index(gate):
            verdict = "noted"
        refused += verdict == "refused"
        fixed = ", ".join(item["fix_versions"]) or "no release"
        package = item["dependency"]
        print(
            f"{verdict:<9}{package['name']} {package['version']}: {item['display_id']}, "
            f"{level or 'severity unknown'}, fixed in {fixed}: {item['summary']}"
        )
        if known:
            state = "until" if verdict == "accepted" else "only until"
            print(f"         accepted {state} {known.expired_at}: {known.statement}")
    for item in report["adverse_statuses"]:
        # An archived project is not dangerous by itself; a quarantined one is.
        harmless = item.get("status") in ("archived", "deprecated")
        refused += not harmless
        text = json.dumps(item, sort_keys=True, allow_nan=False)
        print(f"{'noted' if harmless else 'refused':<9}{text}")
    for name in sorted(set(accepted) - met):
        print(f"stale    {name} is accepted but was not found: remove the entry")
    return refused


def main() -> int:
    """Print every finding; return 1 if one is refused, 2 if the scan failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--uv", default="uv", help="path of uv")
    parser.add_argument("--severity", default="high", choices=LEVELS, help="lowest refused level")
    parser.add_argument("--accepted", type=Path, default=ROOT / "security" / "accepted.yaml")
    parser.add_argument("--service-url", default="https://api.osv.dev/", help="OSV database")
    given = parser.parse_args()
    today = datetime.datetime.now(datetime.UTC).date()
    try:
        accepted = acceptances(given.accepted, today)
        report = joined([audit(given.uv, given.service_url, one) for one in projects(ROOT)])
        refused = judge(report, accepted, given.severity, given.service_url, today)
    except ScanError as error:
        print(f"scan: {error}", file=sys.stderr)
        return 2
    packages, found = report["summary"]["audited_packages"], len(report["vulnerabilities"])
    print(f"{packages} packages, {found} vulnerabilities, {refused} refused")
    return 1 if refused else 0


if __name__ == "__main__":
    # SIGTERM ends the command like Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        print("scan: interrupted", file=sys.stderr)
        raise SystemExit(130) from None
