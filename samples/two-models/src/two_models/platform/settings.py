"""Settings of an environment: `config/<env>.yaml`, overridden by `MLOPS_*` variables.

`MLOPS_ENV` names the environment (default `local`); `MLOPS_TRACKING__URI` overrides `tracking.uri`.
An implementation declares the type of its section next to its code:

    @dataclass(frozen=True)
    class Tracking:
        uri: str
        experiment: str = "default"

    load_settings().section("tracking", Tracking)

`${section.key}` in a string is replaced by another setting of the same environment.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from .errors import SettingsError

T = TypeVar("T")
PREFIX = "MLOPS_"
REFERENCE = re.compile(r"\$\{(\w+)\.(\w+)\}")


@dataclass(frozen=True)
class Artifacts:
    """Section `artifacts`. `root`: folder or fsspec URI of the runs."""

    root: str


@dataclass(frozen=True)
class Audit:
    """Section `audit`. `root`: folder or fsspec URI of the records of promotions and rollbacks."""

    root: str


@dataclass(frozen=True)
class Rollout:
    """Section `rollout`.

    pinned: if true, a deployment names the versions that it serves, and moves the alias champion
        when its rollout succeeds. If false, the service follows the alias.
    """

    pinned: bool = False


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

    def section(self, name: str, kind: type[T]) -> T:
        """Read section `name` as the dataclass `kind`.

        Raises SettingsError, which names the key and the variable, for a missing, unknown or
        ill-typed value.
        """
        given = dict(self.values.get(name) or {})
        hints = typing.get_type_hints(kind)
        fields = {field.name: field for field in dataclasses.fields(typing.cast(Any, kind))}
        unknown = sorted(set(given) - set(fields))
        if unknown:
            raise SettingsError(
                f"config/{self.env}.yaml: {name}.{unknown[0]} is not a setting; "
                f"{name} has {', '.join(fields)}"
            )
        values: dict[str, Any] = {}
        for key, field in fields.items():
            variable = f"{PREFIX}{name}__{key}".upper()
            raw = os.environ.get(variable)
            if raw is not None:
                values[key] = _convert(self._expand(raw), hints[key], variable)
            elif given.get(key) is not None:
                values[key] = _convert(self._expand(given[key]), hints[key], f"{name}.{key}")
            elif (
                field.default is dataclasses.MISSING
                and field.default_factory is dataclasses.MISSING
            ):
                raise self._missing(name, key)
        return kind(**values)

    def value(self, name: str, key: str, _asked: tuple[str, ...] = ()) -> Any:
        """Read one untyped setting. Raises SettingsError, which names it, if it is not set."""
        found = self.optional(name, key, _asked)
        if found is None:
            raise self._missing(name, key)
        return found

    def optional(self, name: str, key: str, _asked: tuple[str, ...] = ()) -> Any:
        """Read one untyped setting; None if it is not set."""
        if f"{name}.{key}" in _asked:
            raise SettingsError(f"{name}.{key} of environment '{self.env}' refers to itself")
        raw = os.environ.get(f"{PREFIX}{name}__{key}".upper())
        found = raw if raw is not None else (self.values.get(name) or {}).get(key)
        if found is None or found == "":
            return None
        return self._expand(found, (*_asked, f"{name}.{key}"))

    def _expand(self, value: Any, asked: tuple[str, ...] = ()) -> Any:
        """Replace each `${section.key}` in a string; other values are returned unchanged."""
        if not isinstance(value, str):
            return value
        return REFERENCE.sub(lambda found: str(self.value(found[1], found[2], asked)), value)

    def _missing(self, name: str, key: str) -> SettingsError:
        return SettingsError(
            f"{name}.{key} is not set for environment '{self.env}': "
            f"write it in config/{self.env}.yaml or set {PREFIX}{name.upper()}__{key.upper()}"
        )


def _convert(value: Any, hint: Any, where: str) -> Any:
    """Check `value` against a scalar, optional or list type; strings are parsed as YAML."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        options = [option for option in typing.get_args(hint) if option is not type(None)]
        if value is None or (isinstance(value, str) and value == ""):
            return None
        return _convert(value, options[0], where)
    origin = typing.get_origin(hint) or hint
    if origin in (tuple, list):
        items = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
        inner = (typing.get_args(hint) or (str,))[0]
        return origin(_convert(item, inner, where) for item in items)
    if hint is bool:
        parsed = yaml.safe_load(value) if isinstance(value, str) else value
        if isinstance(parsed, bool):
            return parsed
    elif hint is str:
        if isinstance(value, (str, int, float)):
            return str(value)
    elif hint in (int, float):
        try:
            return hint(value)
        except (TypeError, ValueError):
            pass
    elif isinstance(value, Mapping):
        return dict(value)
    name = getattr(hint, "__name__", str(hint))
    raise SettingsError(f"{where}: expected {name}, found {value!r}")


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
    """Read `config/<env>.yaml`; `env` defaults to MLOPS_ENV, then to `local`."""
    name = env or os.environ.get("MLOPS_ENV") or "local"
    root = project_root()
    path = root / "config" / f"{name}.yaml"
    if not path.is_file():
        found = {file.stem for file in path.parent.glob("*.yaml")} - {"doctor"}
        known = ", ".join(sorted(found))
        raise SettingsError(f"MLOPS_ENV: no environment '{name}'; config has {known}")
    return Settings(env=name, root=root, values=_read(path, path.stat().st_mtime_ns))


@cache
def _read(path: Path, _modified: int) -> Mapping[str, Any]:
    values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    if not isinstance(values, Mapping):
        raise SettingsError(f"{path.name}: expected sections at the top level")
    return values


def main() -> None:
    """Print one setting, for use in shell scripts; exit with 1 if it is not set."""
    parser = argparse.ArgumentParser(prog="settings", description=main.__doc__)
    parser.add_argument("setting", metavar="section.key")
    name, _, key = parser.parse_args().setting.partition(".")
    try:
        print(load_settings().value(name, key))
    except SettingsError as error:
        raise SystemExit(f"settings: {error}") from None


if __name__ == "__main__":
    main()
