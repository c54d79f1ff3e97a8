"""The trainings that decisions started: one object per training, never overwritten.

A record is the file `<artifacts.root>/monitoring/<model>/retraining/<8 digits>.json`. It is written
before the training starts, and only if its number is still free: of two schedulers that decide at
the same time from the same records, one fails and has to decide again.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..platform import artifacts
from ..platform.errors import ConflictError, UserError
from ..platform.settings import load_settings
from ..platform.strict_json import dumps, finite

_NUMBERED = re.compile(r"(\d{8})\.json")


@dataclass(frozen=True)
class Retraining:
    """A training that a decision started.

    number: of the record, from 1. time: of the decision. report_created, report_sha256: of the
    newest report that was a reason until then; None if no report was.
    """

    number: int
    time: datetime
    reasons: tuple[str, ...]
    report_created: datetime | None = None
    report_sha256: str | None = None


def folder(model: str) -> str:
    """Return the URI of the records of a model in the environment."""
    root = load_settings().artifacts.root.rstrip("/")
    return f"{root}/monitoring/{model}/retraining"


def last(uri: str) -> Retraining | None:
    """Return the newest record of a folder; None if it has none.

    Raises UserError if the record is not one: then nobody knows whether a training runs.
    """
    names = (name.rsplit("/", 1)[-1] for name in artifacts.list_files(uri))
    numbers = [int(found[1]) for name in names if (found := _NUMBERED.fullmatch(name))]
    if not numbers:
        return None
    name = f"{uri}/{max(numbers):08d}.json"
    content = artifacts.read_json(name)
    time, report = time_of(content.get("time")), content.get("report") or {}
    if time is None or not isinstance(report, Mapping):
        raise UserError(f"{name} is not the record of a training: remove it")
    return Retraining(
        max(numbers),
        time,
        tuple(content.get("reasons") or ()),
        time_of(report.get("created")),
        report.get("sha256"),
    )


def record(
    uri: str,
    model: str,
    after: Retraining | None,
    reasons: Sequence[str],
    report: Mapping[str, Any] | None = None,
) -> None:
    """Record that a training starts now, after the record that the decision has read.

    report: the report that was a reason. Raises ConflictError if another decision was recorded in
    the meantime, and UserError if the record cannot be written; no training may start then.
    """
    name = f"{uri}/{(after.number if after else 0) + 1:08d}.json"
    acted: dict[str, Any] = {"created": None, "sha256": None}
    if report is not None:
        acted = {"created": report.get("created"), "sha256": sha256_of(report)}
    elif after is not None and after.report_created is not None:
        # The newest record alone says which reports were acted on.
        created = after.report_created.isoformat()
        acted = {"created": created, "sha256": after.report_sha256}
    content = {
        # An equal record of another process must not pass for this one after a lost answer.
        "id": uuid.uuid4().hex,
        "model": model,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "reasons": list(reasons),
        "report": acted,
    }
    written = (dumps(content, indent=2, sort_keys=True) + "\n").encode()
    try:
        artifacts.create_bytes(name, written)
    except FileExistsError as error:
        if artifacts.read_bytes(name) != written:
            raise ConflictError(f"another training of {model} was recorded: {name}") from error
    except OSError as error:
        raise UserError(
            f"the record {name} cannot be written, so no training starts: {error}"
        ) from error


def sha256_of(report: Mapping[str, Any]) -> str:
    """Return the hash that identifies a report."""
    return hashlib.sha256(dumps(finite(dict(report)), sort_keys=True).encode()).hexdigest()


def time_of(text: object) -> datetime | None:
    """Return an ISO 8601 time, in UTC if it names no time zone; None if it is not one."""
    try:
        value = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value
