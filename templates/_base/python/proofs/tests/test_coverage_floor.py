"""Test `make coverage`: it refuses a package whose tests were deleted, and names it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = "def add(one, two):\n    total = one\n    total += two\n    return total\n"


def _check(project: Path, floor: str = "80") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/coverage_floor.py", "--floor", floor]
    return subprocess.run(command, cwd=project, capture_output=True, text=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two packages and their tests."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "coverage_floor.py", tmp_path / "scripts")
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    coverage = settings[settings.index("[tool.coverage.run]") : settings.index("[tool.pytest.")]
    (tmp_path / "pyproject.toml").write_text(coverage, encoding="utf-8")
    (tmp_path / "reports").mkdir()
    for name in ("serving", "steps"):
        folder = tmp_path / "src" / "demo" / name
        folder.mkdir(parents=True)
        (folder / "code.py").write_text(CODE, encoding="utf-8")
        tests = tmp_path / "tests" / name
        tests.mkdir(parents=True)
        test = f"from demo.{name}.code import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"
        (tests / f"test_{name}.py").write_text(test, encoding="utf-8")
    return tmp_path


def _cover(project: Path) -> None:
    options = ["--cov", "--cov-report=json:reports/coverage.json", "-o", "pythonpath=src"]
    command = [sys.executable, "-m", "pytest", "-q", "--import-mode=importlib", *options]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_package_with_its_tests_passes(project: Path) -> None:
    _cover(project)
    done = _check(project)
    assert done.returncode == 0, done.stderr
    assert "100 %  src/demo/serving" in done.stdout


def test_a_package_whose_tests_were_deleted_is_refused(project: Path) -> None:
    shutil.rmtree(project / "tests" / "serving")
    _cover(project)
    done = _check(project)
    assert done.returncode == 1
    assert "less than 80 % of src/demo/serving: add tests" in done.stderr
    assert "src/demo/steps" not in done.stderr


def test_files_next_to_the_packages_count_as_one(project: Path) -> None:
    summary = {"covered_lines": 1, "num_statements": 4}
    files = {f"src/demo/{name}.py": {"summary": summary} for name in ("one", "two")}
    files["src/demo/empty/__init__.py"] = {"summary": {"covered_lines": 0, "num_statements": 0}}
    (project / "reports" / "coverage.json").write_text(json.dumps({"files": files}))
    assert _check(project, "25").returncode == 0
    refused = _check(project, "26")
    assert refused.stdout == "  25 %  src/demo\n"
    assert refused.returncode == 1
