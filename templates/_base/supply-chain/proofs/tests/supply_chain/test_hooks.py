"""Each hook and the secret scan accept valid files and report a planted defect."""

from __future__ import annotations

import json
import random
import re
import shutil
import string
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / ".pre-commit-config.yaml"
HOOKS = {
    hook["id"]: hook
    for source in yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["repos"]
    for hook in source["hooks"]
}


def _token() -> str:
    """Return a fake GitHub token. It is generated, so that no file in git contains one."""
    letters = random.Random(7).choices(string.ascii_letters + string.digits, k=36)
    return "ghp_" + "".join(letters)


FAULTS = {
    "check-added-large-files": ("large.bin", "0" * 1_100_000),
    "check-merge-conflict": ("notes.txt", "<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> other\n"),
    "mypy": ("src/added.py", '"""Added."""\n\n\ndef one() -> int:\n    return "one"\n'),
    "ruff-check": ("src/added.py", '"""Added."""\n\nimport os\n'),
    "ruff-format": ("src/added.py", '"""Added."""\n\nONE   = 1\n'),
    "secrets": ("notes.txt", f"token: {_token()}\n"),
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Create a separate repository with the hooks and tools of this one."""
    for name in (".pre-commit-config.yaml", "pyproject.toml", "Makefile", "uv.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / ".gitignore").write_text(".venv\n.*_cache/\n", encoding="utf-8")
    for folder in ("src", "pipelines"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "good.py").write_text('"""Good."""\n\nONE = 1\n', encoding="utf-8")
    _git(tmp_path, "init", "--quiet")
    _git(tmp_path, "add", "--all")
    return tmp_path


def _git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def _hook(folder: Path, name: str) -> tuple[int, str]:
    command = [".venv/bin/pre-commit", "run", name, "--all-files"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


def test_hooks_run_the_tools_of_this_repository() -> None:
    sources = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["repos"]
    assert [source["repo"] for source in sources] == ["local"]
    for hook in HOOKS.values():
        program = hook["entry"].split()[0]
        assert program == "make" or (ROOT / program).exists(), program


@pytest.mark.parametrize("name", FAULTS)
def test_each_hook_reports_a_planted_defect(repository: Path, name: str) -> None:
    code, output = _hook(repository, name)
    assert code == 0, output
    path, content = FAULTS[name]
    (repository / path).write_text(content, encoding="utf-8")
    _git(repository, "add", "--all")
    code, output = _hook(repository, name)
    assert code != 0, output
    assert _token() not in output


def test_a_removed_secret_is_still_found_in_the_history(repository: Path) -> None:
    def scan() -> int:
        command = [".venv/bin/kingfisher", "scan", "--no-validate", "--no-update-check", ".git"]
        return subprocess.run(command, cwd=repository, capture_output=True, timeout=60).returncode

    _git(repository, "commit", "--quiet", "--message", "good")
    assert scan() == 0
    (repository / "notes.txt").write_text(f"token: {_token()}\n", encoding="utf-8")
    _git(repository, "add", "--all")
    _git(repository, "commit", "--quiet", "--message", "bad")
    _git(repository, "rm", "--quiet", "notes.txt")
    _git(repository, "commit", "--quiet", "--message", "gone")
    assert scan() != 0


def test_the_bill_of_materials_lists_what_the_service_installs() -> None:
    written = ROOT / "reports" / "sbom.json"
    done = subprocess.run(["make", "--silent", "sbom"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    bill = json.loads(written.read_text(encoding="utf-8"))
    listed = {(part["name"], part["version"]) for part in bill["components"]}
    assert bill["bomFormat"] == "CycloneDX"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = project["optional-dependencies"]["serve"]
    found = [re.match(r"([\w.-]+)(?:\[[\w,-]+\])?==([\w.]+)", text) for text in texts]
    pinned = {match.groups() for match in found if match}
    assert pinned
    assert pinned <= listed
    assert "pytest" not in {name for name, _ in listed}
    assert all(part["purl"].startswith("pkg:pypi/") for part in bill["components"])
