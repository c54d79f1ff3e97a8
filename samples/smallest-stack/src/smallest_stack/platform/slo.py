"""Service levels, from `slo.yaml`."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml

from . import strict_yaml
from .errors import UserError
from .settings import project_root

FILE = "slo.yaml"


@dataclass(frozen=True)
class Range:
    """Allowed range of a number, both ends included."""

    low: float
    high: float


# A ratio of 1 leaves no error budget, and a ratio below one half is not a useful objective.
Share = Annotated[float, Range(0.5, 0.999999)]
YEAR = 366 * 86_400


@dataclass(frozen=True)
class Availability:
    """`ratio`: lowest share of requests without a server error."""

    ratio: Share


@dataclass(frozen=True)
class Latency:
    """`ratio` of the requests are answered within `seconds`."""

    ratio: Share
    seconds: Annotated[float, Range(0.0001, 600)]


@dataclass(frozen=True)
class Freshness:
    """Longest times, in seconds.

    promotion_to_live_seconds: from promotion to service. pipeline_age_seconds: since the last
    success of a pipeline. registry_lookup_seconds: since the registry last answered the service.
    prediction_archive_seconds: that entries of the prediction log wait for their archive.
    """

    promotion_to_live_seconds: Annotated[float, Range(30, YEAR)]
    pipeline_age_seconds: Annotated[float, Range(600, YEAR)]
    # Files of releases before 0.4 have no such values.
    registry_lookup_seconds: Annotated[float, Range(30, YEAR)] = 300
    prediction_archive_seconds: Annotated[float, Range(60, YEAR)] = 1_800


@dataclass(frozen=True)
class Drift:
    """`psi`: population stability index of an input above which an alert fires."""

    psi: Annotated[float, Range(0.01, 10)]


@dataclass(frozen=True)
class Quality:
    """`primary_kept_ratio`: share of its recent best that the primary metric must keep.

    It is measured on labeled rows.
    """

    primary_kept_ratio: Annotated[float, Range(0.5, 1)]


@dataclass(frozen=True)
class Validation:
    """`failures_per_hour`: allowed number of failed checks of the data contract."""

    failures_per_hour: Annotated[float, Range(0, 1e9)]


@dataclass(frozen=True)
class ServiceLevels:
    """All service levels of `slo.yaml`."""

    availability: Availability
    latency: Latency
    freshness: Freshness
    drift: Drift
    quality: Quality
    validation: Validation


def load_slo(path: Path | None = None) -> ServiceLevels:
    """Read the service levels from `path`, by default `slo.yaml` of the project.

    Raises UserError, which names the file and the key, for a missing, unknown or invalid value.
    """
    file = path or project_root() / FILE
    try:
        given = strict_yaml.load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise UserError(f"{file.name} is not YAML: {error}") from error
    kinds = typing.get_type_hints(ServiceLevels)
    sections = _mapping(given, file.name, set(kinds))
    return ServiceLevels(
        **{
            name: _section(kind, sections[name], f"{file.name}: {name}")
            for name, kind in kinds.items()
        }
    )


def _section(kind: type, given: Any, where: str) -> Any:
    hints = typing.get_type_hints(kind, include_extras=True)
    fields = dataclasses.fields(kind)
    optional = {field.name for field in fields if field.default is not dataclasses.MISSING}
    values = _mapping(given, where, {field.name for field in fields}, optional)
    for name, value in values.items():
        allowed: Range = typing.get_args(hints[name])[1]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not allowed.low <= value <= allowed.high:
            raise UserError(
                f"{where}.{name} must be a number from {allowed.low:g} to {allowed.high:g}, "
                f"found {value!r}"
            )
    return kind(**values)


def _mapping(
    given: Any, where: str, names: set[str], optional: Set[str] = frozenset()
) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise UserError(f"{where} must hold {', '.join(sorted(names))}")
    for name in given:
        if name not in names:
            raise UserError(f"{where} has no {name}; it holds {', '.join(sorted(names))}")
    for name in sorted(names - optional):
        if name not in given:
            raise UserError(f"{where} lacks {name}")
    return given
