"""Check the requirements of this computer: `make doctor` prints each check and its remedy.

With `ENV=<env>` it also checks the account of that environment; without it, no check uses the
network.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from ..params import load_params
from . import models
from .errors import SettingsError, UserError
from .settings import Settings, load_settings

COMMAND_SECONDS = 20


@dataclass(frozen=True)
class Check:
    """One check and its result; `problem` and `skipped` are empty if the check passed."""

    title: str
    problem: str = ""
    hint: str = ""
    skipped: str = ""


def command(value: str) -> str:
    """Check that a command exits with 0."""
    try:
        done = subprocess.run(
            shlex.split(value), capture_output=True, text=True, timeout=COMMAND_SECONDS
        )
    except FileNotFoundError:
        return f"{shlex.split(value)[0]} is not installed"
    except subprocess.TimeoutExpired:
        return f"'{value}' did not finish within {COMMAND_SECONDS} s"
    if done.returncode != 0:
        return (
            f"'{value}' exited with {done.returncode}: {(done.stderr or done.stdout).strip()[:200]}"
        )
    return ""


def version(value: str) -> str:
    """Check the first version that a command prints: `tool --version >= 1.11`."""
    line, _, least = value.rpartition(" >= ")
    problem = command(line)
    if problem:
        return problem
    done = subprocess.run(
        shlex.split(line), capture_output=True, text=True, timeout=COMMAND_SECONDS
    )
    found = re.search(r"\d+(?:\.\d+)+", done.stdout)
    if found is None:
        return f"'{line}' prints no version"
    numbers = [[int(part) for part in f"{text}.0.0".split(".")[:3]] for text in (found[0], least)]
    return "" if numbers[0] >= numbers[1] else f"'{line}' is {found[0]}, older than {least}"


def module(value: str) -> str:
    """Check that a Python module exists, without importing it."""
    try:
        found = importlib.util.find_spec(value)
    except ModuleNotFoundError:
        found = None
    return "" if found else f"the Python module {value} is not installed"


def port(value: str) -> str:
    """Check that a port of the loopback interface is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(value)))
        except OSError:
            return f"port {value} is in use by another process"
    return ""


def variable(value: str) -> str:
    """Check that an environment variable is set."""
    return "" if os.environ.get(value) else f"{value} is not set"


KINDS = {
    "command": command,
    "version": version,
    "import": module,
    "port": port,
    "env": variable,
}


def checks(settings: Settings) -> Iterator[Check]:
    """Yield the checks of `config/doctor.yaml`, of virtual environments and of parameter files."""
    path = settings.root / "config" / "doctor.yaml"
    listed = (yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None) or []
    for item in listed:
        if item["kind"] != "account":
            yield Check(item["title"], _problem(settings, item), item["hint"])
    for file in sorted(settings.root.glob("environments/*/pyproject.toml")):
        name = file.parent.name
        problem = command(f"{shlex.quote(sys.executable)} scripts/verify.py --environment {name}")
        yield Check(f"the packages of environments/{name} are installed", problem, "run make setup")
        lock = f"environments/{name}/uv.lock"
        missing = "" if file.with_name("uv.lock").exists() else f"no file {lock}"
        yield Check(f"{lock} exists", missing, f"run make setup && git add {lock}")
    for name in models.names():
        try:
            models.load(name).check(load_params(name))
            problem = ""
        except UserError as error:
            problem = str(error)
        yield Check(f"parameters of {name} are valid", problem, "correct the named value")
    asked = [item for item in listed if item["kind"] == "account"]
    if asked and settings.env != "local":
        # This module exists only if a cloud was chosen.
        account = importlib.import_module(f"{__package__}.account").Account(settings)
        for item in asked:
            problem, skipped = account.look(item["value"])
            yield Check(item["title"], problem, item["hint"], skipped)


def _problem(settings: Settings, item: dict[str, Any]) -> str:
    value = str(item["value"])
    if item["kind"] == "file":
        return "" if os.path.exists(settings.resolve(value)) else f"no file {value}"
    if item["kind"] == "setting":
        return _unset(settings, *value.split("."))
    return KINDS[item["kind"]](value)


def _unset(settings: Settings, section: str, key: str) -> str:
    """Return why a listed setting has no value; empty if it has one or is not listed."""
    if key not in (settings.values.get(section) or {}):
        return ""
    try:
        settings.value(section, key)
    except SettingsError as error:
        return str(error)
    return ""


def main() -> int:
    """Print all checks; return 1 if one fails."""
    try:
        found = list(checks(load_settings()))
    except UserError as error:
        print(f"missing  {error}")
        return 1
    for check in found:
        state = "missing" if check.problem else "skipped" if check.skipped else "ok"
        print(f"{state:<8} {check.title}{': ' if check.skipped else ''}{check.skipped}")
        if check.problem:
            print(f"         {check.problem}; {check.hint}")
    return 1 if any(check.problem for check in found) else 0


if __name__ == "__main__":
    raise SystemExit(main())
