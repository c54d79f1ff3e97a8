"""Settings of an environment: `config/<env>.yaml`, overridden by `MLOPS_*` variables.

`MLOPS_ENV` names the environment (default `local`); `MLOPS_TRACKING__URI` overrides `tracking.uri`.
A module of `sections` declares the keys of each section, with types and ranges:

    load_settings().section("tracking", Tracking)

`load_settings` checks every value that is set, in all sections. A value that is not set is an error
only where it is used, because no process uses all of them.

`${section.key}` in a string is replaced by another setting of the same environment.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from .errors import SettingsError
from .sections import declared
from .sections.artifacts import Artifacts
from .sections.audit import Audit
from .strict_json import dumps
from .typed import convert, load_yaml, parse, shown, unknown

S = TypeVar("S", bound=msgspec.Struct)
PREFIX = "MLOPS_"
REFERENCE = re.compile(r"\$\{(\w+)\.(\w+)\}")
VARIABLE = re.compile(rf"{PREFIX}[A-Z0-9_]+?__[A-Z0-9_]+")

# Files and variables that have passed the check.
_passed: set[tuple[object, ...]] = set()


class NotSetError(SettingsError):
    """A setting has no value. `setting`: its section and key."""

    def __init__(self, message: str, setting: tuple[str, str]) -> None:
        super().__init__(message)
        self.setting = setting


@dataclass(frozen=True)
class Settings:
    """Settings of one environment. `root` is the folder that contains `config` and `params`."""

    env: str
    root: Path
    values: Mapping[str, Any]

    @property
    def artifacts(self) -> Artifacts:
        """Section `artifacts`; a relative root is resolved against the project folder."""
        section = self.section("artifacts", Artifacts)
        return Artifacts(root=self.resolve(section.root))

    @property
    def audit(self) -> Audit:
        """Section `audit`; a relative root is resolved against the project folder."""
        section = self.section("audit", Audit)
        return Audit(root=self.resolve(section.root))

    def resolve(self, uri: str) -> str:
        """Resolve a relative path against the project folder; URIs are returned unchanged."""
        if "://" in uri or os.path.isabs(uri):
            return uri
        return str(self.root / uri)

    def section(self, name: str, kind: type[S]) -> S:
        """Read section `name` as the struct `kind`.

        Raises SettingsError, which names each missing, unknown and wrong value of the section.
        """
        problems: list[str] = []
        values, unset = self._read(name, kind, problems)
        problems += (str(error) for error in unset)
        self._raise(problems)
        return kind(**values)

    def check(self) -> None:
        """Raise SettingsError, which names each unknown and wrong value of all sections."""
        sections = declared()
        problems = [
            _unknown_section(self._file, str(name)) for name in self.values if name not in sections
        ]
        for name, kind in sections.items():
            _, unset = self._read(name, kind, problems)
            problems += (str(error) for error in unset if not _is_declared(*error.setting))
        known = {
            variable(name, key) for name, kind in sections.items() for key in kind.__struct_fields__
        }
        problems += (
            unknown(name, name, known)
            for name in sorted(os.environ)
            if VARIABLE.fullmatch(name) and name not in known
        )
        self._raise(problems)

    def value(self, name: str, key: str, _asked: tuple[str, ...] = ()) -> Any:
        """Read one setting. Raises SettingsError, which names it, if it is not set."""
        found = self.optional(name, key, _asked)
        if found is None:
            raise NotSetError(
                f"{name}.{key} is not set for environment '{self.env}': write it in {self._file} "
                f"or set {variable(name, key)}",
                (name, key),
            )
        return found

    def optional(self, name: str, key: str, _asked: tuple[str, ...] = ()) -> Any:
        """Read one setting; None if it is not set."""
        if f"{name}.{key}" in _asked:
            raise SettingsError(f"{name}.{key} of environment '{self.env}' refers to itself")
        raw = os.environ.get(variable(name, key))
        found = raw if raw is not None else (self.values.get(name) or {}).get(key)
        if found is None or found == "":
            return None
        if not isinstance(found, str):
            return found
        return self._expand(found, (*_asked, f"{name}.{key}"))

    @property
    def _file(self) -> str:
        return f"config/{self.env}.yaml"

    def _raise(self, problems: list[str]) -> None:
        if len(problems) == 1:
            raise SettingsError(problems[0])
        if problems:
            title = f"the settings of environment '{self.env}' have {len(problems)} problems:"
            raise SettingsError("\n  ".join([title, *problems]))

    def _read(
        self, name: str, kind: type[msgspec.Struct], problems: list[str]
    ) -> tuple[dict[str, Any], list[NotSetError]]:
        """Return the values of a section that are set, and one error for each that is missing.

        problems: gets one line for each wrong value.
        """
        given = self.values.get(name) or {}
        if not isinstance(given, Mapping):
            problems.append(f"{self._file}: {name}: expected keys and values, found {shown(given)}")
            return {}, []
        fields = {field.name: field for field in msgspec.structs.fields(kind)}
        for key in given:
            if key not in fields:
                line = unknown(f"{name}.{key}", str(key), fields, name)
                problems.append(f"{self._file}: {line}")
        values: dict[str, Any] = {}
        unset: list[NotSetError] = []
        for key, field in fields.items():
            override = os.environ.get(variable(name, key))
            try:
                if override is not None:
                    values[key] = parse(self._expand(override, (f"{name}.{key}",)), field.type)
                elif given.get(key) is not None:
                    values[key] = self._convert(given[key], field.type, f"{name}.{key}")
                elif field.required:
                    self.value(name, key)
            except NotSetError as error:
                unset.append(error)
            except SettingsError as error:
                problems.append(str(error))
            except ValueError as error:
                where = variable(name, key)
                problems.append(
                    f"{where}: {error}"
                    if override is not None
                    else f"{self._file}: {name}.{key}: {error} ({where} overrides it)"
                )
        return values, unset

    def _convert(self, value: object, kind: Any, setting: str) -> Any:
        if isinstance(value, str) and REFERENCE.search(value):
            return parse(self._expand(value, (setting,)), kind)
        return convert(value, kind)

    def _expand(self, text: str, asked: tuple[str, ...]) -> str:
        """Replace each `${section.key}` in a string."""
        return REFERENCE.sub(lambda found: str(self.value(found[1], found[2], asked)), text)


def variable(name: str, key: str) -> str:
    """Return the name of the environment variable that overrides a setting."""
    return f"{PREFIX}{name}__{key}".upper()


def project_root() -> Path:
    """Return the folder that contains `config` and `params`.

    This is MLOPS_HOME, or the nearest such folder at or above the working directory.
    """
    home = os.environ.get("MLOPS_HOME")
    if home:
        return Path(home).resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "config").is_dir() and (folder / "params").is_dir():
            return folder
    raise SettingsError(
        f"no folder with config and params at or above {here}: run this in the project, "
        "or set MLOPS_HOME to its folder"
    )


def load_settings(env: str | None = None) -> Settings:
    """Read `config/<env>.yaml`; `env` defaults to MLOPS_ENV, then to `local`.

    Raises SettingsError, which names each unknown and wrong value of all sections.
    """
    name = env or os.environ.get("MLOPS_ENV") or "local"
    root = project_root()
    path = root / "config" / f"{name}.yaml"
    if not path.is_file():
        found = {file.stem for file in path.parent.glob("*.yaml")} - {"doctor"}
        known = ", ".join(sorted(found))
        raise SettingsError(f"MLOPS_ENV: no environment '{name}'; config has {known}")
    modified = path.stat().st_mtime_ns
    settings = Settings(env=name, root=root, values=_values(path, modified))
    overrides = (item for item in sorted(os.environ.items()) if item[0].startswith(PREFIX))
    state = (path, modified, *overrides)
    if state not in _passed:
        settings.check()
        _passed.add(state)
    return settings


@cache
def _values(path: Path, _modified: int) -> Mapping[str, Any]:
    return load_yaml(path, f"config/{path.name}", SettingsError)


def _is_declared(name: str, key: str) -> bool:
    section = declared().get(name)
    return section is not None and key in section.__struct_fields__


def _unknown_section(file: str, name: str) -> str:
    line = unknown(name, name, declared())
    if "did you mean" in line:
        return f"{file}: {line}"
    return f"{file}: {line}; declare a section of your own in {Path(__file__).parent / 'sections'}"


def main() -> None:
    """Print one setting, for use in shell scripts, a list as JSON; exit with 1 if it is not set."""
    parser = argparse.ArgumentParser(prog="settings", description=main.__doc__)
    parser.add_argument("setting", metavar="section.key")
    name, _, key = parser.parse_args().setting.partition(".")
    try:
        settings = load_settings()
        found = settings.value(name, key)
        if isinstance((settings.values.get(name) or {}).get(key), list):
            # A variable has the values separated by commas.
            found = dumps(parse(found, tuple[str, ...]) if isinstance(found, str) else found)
        print(found)
    except SettingsError as error:
        raise SystemExit(f"settings: {error}") from None


if __name__ == "__main__":
    main()
