"""Write `monitoring/rules/objectives.yml` from `slo.yaml`, so that each number is kept once.

Prometheus reads no variables: the objectives reach the alerts as recorded series, for example
`objective:latency_p95:seconds`. With `--check` nothing is written; the exit code is 1 where the
file differs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "slo.yaml"
RULES = ROOT / "monitoring" / "rules" / "objectives.yml"

# Path in slo.yaml -> recorded series and the values that make sense for it.
OBJECTIVES: dict[tuple[str, str], tuple[str, float, float]] = {
    ("availability", "ratio"): ("objective:availability:ratio", 0.5, 0.99999),
    ("latency", "p95_seconds"): ("objective:latency_p95:seconds", 0.001, 60),
    ("freshness", "promotion_to_live_seconds"): ("objective:promotion_to_live:seconds", 30, 86400),
    ("freshness", "pipeline_age_seconds"): ("objective:pipeline_age:seconds", 600, 31622400),
    ("drift", "psi"): ("objective:feature_drift:psi", 0.01, 10),
    ("quality", "auc_kept_ratio"): ("objective:auc_kept:ratio", 0.5, 1),
    ("validation", "failures_per_hour"): ("objective:validation_failures:per_hour", 0, 1e9),
}

HEADER = """\
# Written by `make monitoring-rules` from slo.yaml; change the numbers there.
groups:
  - name: objectives
    rules:
"""


def read(source: Path = SOURCE) -> dict[str, float]:
    """Return each recorded series with its number; a missing or absurd number ends the program."""
    levels = yaml.safe_load(source.read_text(encoding="utf-8")) or {}
    values: dict[str, float] = {}
    for (section, key), (series, low, high) in OBJECTIVES.items():
        value = (levels.get(section) or {}).get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SystemExit(f"{source.name}: {section}.{key} must be a number, found {value!r}")
        if not low <= value <= high:
            raise SystemExit(
                f"{source.name}: {section}.{key} must be {low:g} to {high:g}, found {value}"
            )
        values[series] = value
    return values


def render(values: dict[str, float]) -> str:
    """Return the text of the rule file."""
    rules = (
        f"      - record: {series}\n        expr: vector({value})\n"
        for series, value in values.items()
    )
    return HEADER + "".join(rules)


def main() -> int:
    """Write the rules, or compare them with `--check`."""
    parser = argparse.ArgumentParser(description="Write the objectives' rules from slo.yaml.")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if they differ")
    text = render(read())
    if not parser.parse_args().check:
        RULES.write_text(text, encoding="utf-8")
        return 0
    if RULES.is_file() and RULES.read_text(encoding="utf-8") == text:
        return 0
    print("monitoring/rules/objectives.yml differs from slo.yaml: run make monitoring-rules")
    return 1


if __name__ == "__main__":
    sys.exit(main())
