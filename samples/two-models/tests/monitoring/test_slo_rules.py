"""The rules of the service levels are those of slo.yaml, and of the Site Reliability Workbook."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MADE = ["monitoring/rules/slo.yml", "monitoring/tests/slo_test.yml"]
# Table 5-8 of https://sre.google/workbook/alerting-on-slos/: burn rate, long and short window.
WORKBOOK = {
    ("14.4", "1h", "5m", "page"),
    ("6", "6h", "30m", "page"),
    ("3", "1d", "2h", "ticket"),
    ("1", "3d", "6h", "ticket"),
}


def write(home: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Run what `make slo` runs, in a copy."""
    command = [sys.executable, str(home / "monitoring" / "slo_files.py"), *flags]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Copy slo.yaml and all that is made from it."""
    parts = [f"monitoring/slo_{part}.py" for part in ("files", "rules", "tests")]
    for name in ("slo.yaml", *MADE, *parts):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    return tmp_path


def change(home: Path, section: str, key: str, value: float) -> None:
    """Change one number of slo.yaml."""
    levels = yaml.safe_load((home / "slo.yaml").read_text(encoding="utf-8"))
    levels[section][key] = value
    (home / "slo.yaml").write_text(yaml.safe_dump(levels), encoding="utf-8")


def test_the_rules_are_those_of_slo_yaml() -> None:
    result = write(ROOT, "--check")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("availability", "ratio", 0.99),
        ("latency", "ratio", 0.99),
        ("latency", "seconds", 1),
        ("freshness", "pipeline_age_seconds", 3600),
        ("drift", "psi", 0.5),
        ("validation", "failures_per_hour", 3),
    ],
)
def test_a_change_of_slo_yaml_is_noticed_and_carried_over(
    home: Path, section: str, key: str, value: float
) -> None:
    assert write(home, "--check").returncode == 0
    change(home, section, key, value)
    found = write(home, "--check")
    assert found.returncode == 1
    assert "monitoring/rules/slo.yml differs from slo.yaml: run make slo" in found.stderr
    assert write(home).returncode == 0
    assert write(home, "--check").returncode == 0


@pytest.mark.parametrize(("budget", "ratio"), [("0.001", 0.999), ("0.0005", 0.9995)])
def test_factors_and_windows_are_those_of_the_workbook(
    home: Path, budget: str, ratio: float
) -> None:
    change(home, "availability", "ratio", ratio)
    change(home, "latency", "ratio", ratio)
    assert write(home).returncode == 0
    groups = yaml.safe_load((home / MADE[0]).read_text(encoding="utf-8"))["groups"]
    rules = [rule for group in groups for rule in group["rules"] if "alert" in rule]
    for name, slo in (("AvailabilityBudgetBurn", "availability"), ("LatencyBudgetBurn", "latency")):
        found = set()
        for rule in (rule for rule in rules if rule["alert"] == name):
            series = rf'slo:sli_error:ratio_rate(\w+){{{{slo="{slo}"}}}} > ([\d.]+) \* ([\d.]+)'
            match = re.fullmatch(
                series.format() + r"\nand\n" + series.format() + "\n", rule["expr"]
            )
            assert match
            assert match[2] == match[5]
            assert (match[3], match[6]) == (budget, budget)
            assert rule["labels"]["long_window"] == match[1]
            found.add((match[2], match[1], match[4], rule["labels"]["severity"]))
        assert found == WORKBOOK


def test_the_bound_is_written_as_the_service_writes_it(home: Path) -> None:
    change(home, "latency", "seconds", 1)
    assert write(home).returncode == 0
    assert 'le="1.0"' in (home / MADE[0]).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("section", "value", "message"),
    [
        ("availability", 0.9, "slo.yaml: availability.ratio must be above 0.9306"),
        ("latency", 0.93, "slo.yaml: latency.ratio must be above 0.9306"),
        ("latency", 95, "slo.yaml: latency.ratio must be a number from 0.5 to"),
    ],
)
def test_a_level_that_cannot_be_alerted_on_is_named(
    home: Path, section: str, value: float, message: str
) -> None:
    before = [(home / name).read_bytes() for name in MADE]
    change(home, section, "ratio", value)
    result = write(home)
    assert result.returncode == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert [(home / name).read_bytes() for name in MADE] == before
