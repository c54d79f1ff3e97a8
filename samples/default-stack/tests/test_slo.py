"""Service levels: the file is valid, and wrong values are reported by name."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from default_stack.platform.errors import UserError
from default_stack.platform.slo import load_slo

SOURCE = Path(__file__).resolve().parents[1] / "slo.yaml"


def test_the_service_levels_are_valid() -> None:
    promised = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    levels = load_slo(SOURCE)
    assert levels.availability.ratio == promised["availability"]["ratio"]
    assert levels.latency.seconds == promised["latency"]["seconds"]


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("availability", "ratio", 1),
        ("availability", "ratio", 99.9),
        ("availability", "ratio", True),
        ("latency", "seconds", "100ms"),
        ("latency", "ratio", None),
        ("latency", "second", 0.1),
        ("drift", "psi", float("nan")),
        ("throughput", "per_second", 10),
    ],
)
def test_a_wrong_number_is_reported(tmp_path: Path, section: str, key: str, value: object) -> None:
    levels = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    levels.setdefault(section, {})[key] = value
    changed = tmp_path / "slo.yaml"
    changed.write_text(yaml.safe_dump(levels), encoding="utf-8")
    name = key if section in ("availability", "latency", "drift") else section
    with pytest.raises(UserError, match=rf"slo\.yaml.*{name}"):
        load_slo(changed)


def test_values_that_older_files_lack_have_defaults(tmp_path: Path) -> None:
    levels = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    for name in ("registry_lookup_seconds", "prediction_archive_seconds"):
        levels["freshness"].pop(name, None)
    older = tmp_path / "slo.yaml"
    older.write_text(yaml.safe_dump(levels), encoding="utf-8")
    assert load_slo(older).freshness.registry_lookup_seconds == 300
    del levels["freshness"]["pipeline_age_seconds"]
    older.write_text(yaml.safe_dump(levels), encoding="utf-8")
    with pytest.raises(UserError, match="lacks pipeline_age_seconds"):
        load_slo(older)


@pytest.mark.parametrize("text", ["", "availability: 0.999", "latency: {", "[]"])
def test_a_file_of_another_form_is_named(tmp_path: Path, text: str) -> None:
    changed = tmp_path / "slo.yaml"
    changed.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"slo\.yaml"):
        load_slo(changed)
    with pytest.raises(UserError, match=r"absent\.yaml cannot be read"):
        load_slo(tmp_path / "absent.yaml")
