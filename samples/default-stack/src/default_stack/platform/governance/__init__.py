"""Statements about a model: `models/<model>/governance.yaml`, checked when it is read."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from .. import artifacts, models, strict_yaml
from ..errors import GovernanceError, PromotionRefusedError
from ..sections.governance import Governance
from ..settings import Settings

# The sections that an environment can require for a promotion.
REQUIRED = ("purpose", "out_of_scope", "risks", "owner", "contact")
MODEL_CARD = "model-card.md"
DATA_SHEET = "data-sheet.md"
EVIDENCE = "evidence.json"


@dataclass(frozen=True)
class Statement:
    """The statements about one model. A section that is None or empty counts as missing.

    purpose: what scores are for, and who uses them. out_of_scope: uses that are not intended.
    risks: what can go wrong, and the measures against it. owner: the responsible team.
    contact: address for questions. data_origin: how the rows were collected.
    personal_data: personal data in the rows, and the legal basis for its storage.
    """

    purpose: str | None = None
    out_of_scope: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    owner: str | None = None
    contact: str | None = None
    data_origin: str | None = None
    personal_data: str | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """Sections of REQUIRED that are missing."""
        return tuple(name for name in REQUIRED if not getattr(self, name))


def load(model: str) -> Statement:
    """Read the file of a model. Without a file, every section is missing.

    Raises GovernanceError, which names the file and the section, for an unknown, blank or ill-typed
    section.
    """
    path = models.load(model).directory / "governance.yaml"
    if not path.is_file():
        return Statement()
    where = f"models/{path.parent.name}/{path.name}"
    try:
        values = strict_yaml.load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise GovernanceError(f"{where} is not YAML: {str(error).replace(chr(10), ' ')}") from error
    return parse(values, where)


def parse(values: Any, where: str) -> Statement:
    """Check the values of a `governance.yaml` and convert them to a Statement."""
    if not isinstance(values, Mapping):
        raise GovernanceError(f"{where}: expected sections, found {values!r}")
    fields = {field.name: field for field in dataclasses.fields(Statement)}
    given: dict[str, Any] = {}
    for name, value in values.items():
        if name not in fields:
            raise GovernanceError(
                f"{where}: unknown section '{name}'; use one of {', '.join(fields)}"
            )
        if value is None:
            continue
        several = fields[name].default == ()
        items = value if several else [value]
        if not isinstance(items, list):
            raise GovernanceError(f"{where}: {name}: expected a list of sentences, found {value!r}")
        for item in items:
            if not isinstance(item, str) or not item.strip():
                raise GovernanceError(f"{where}: {name}: expected text, found {item!r}")
        texts = tuple(" ".join(item.split()) for item in items)
        given[name] = texts if several else texts[0]
    return Statement(**given)


def refused(settings: Settings, model: str) -> tuple[str, ...]:
    """Return the missing sections that this environment requires for a promotion."""
    required = settings.section("governance", Governance).required
    return load(model).missing if required else ()


def require(settings: Settings, model: str) -> None:
    """Raise PromotionRefusedError if sections are missing that this environment requires."""
    missing = refused(settings, model)
    if missing:
        raise PromotionRefusedError(
            f"the governance.yaml of {model} lacks {', '.join(missing)}, which "
            f"'{settings.env}' requires"
        )


def folder(settings: Settings, model: str, version: str) -> str:
    """Return the URI of the folder with the documents of a version."""
    return f"{settings.artifacts.root.rstrip('/')}/governance/{model}/{version}"


def documents(settings: Settings, model: str, version: str) -> dict[str, str] | None:
    """Return the URI and sha256 of the model card of a version; None if it has none."""
    from hashlib import sha256

    uri = f"{folder(settings, model, version)}/{MODEL_CARD}"
    if not artifacts.exists(uri):
        return None
    return {"uri": uri, "sha256": sha256(artifacts.read_bytes(uri)).hexdigest()}
