"""The chain of records of promotions and rollbacks: one object per record, never overwritten.

A record is the file `<audit.root>/<model>/<8 digits>.json`. It holds its own hash (`hash`) and the
hash of the previous record (`previous`), so `make audit-verify` detects a changed, removed or
inserted record. If the newest records are removed, the chain is still valid; a comparison with the
registry's champion, or with a hash that you noted elsewhere (`HEAD=`), detects that.

A writer names the record that it has read last. Its record is written only if the next number is
still free, so of two writers with equal knowledge one fails. `releases` decides what a record
means. Releases before 0.4 wrote the lines of one local file, `<audit.root>/<model>.jsonl`: its
lines are the first records of the chain.
"""

from __future__ import annotations

import argparse
import getpass
import hashlib
import json
import os
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from . import artifacts
from .errors import AuditError, ConflictError, UserError
from .output import full_disk
from .settings import Settings, load_settings
from .strict_json import dumps, finite, loads

START = "0" * 64
# Action of a rollout that its target rolled back: from the version that was tried to the version
# that stays the champion.
TAKEN_BACK = "take back"
# The actions whose target is the new champion.
PROMOTE, ROLLBACK, IMPORT, ADOPT = "promote", "rollback", "import", "adopt"
MOVES = frozenset({PROMOTE, ROLLBACK, IMPORT, ADOPT})
# Variables with the user of a CI system. MLOPS_ACTOR replaces them.
ACTORS = ("MLOPS_ACTOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_REQUESTEDFOREMAIL")
_NUMBERED = re.compile(r"\d{8}\.json")


def append(
    settings: Settings, model: str, earlier: Sequence[Mapping[str, Any]], **entry: Any
) -> dict[str, Any]:
    """Write the record after `earlier`, with time, user and hashes, and return it.

    `earlier`: all records, as `read` returns them. Raises ConflictError if another writer has
    written a record since then, and AuditError if the record cannot be written. If the process ends
    during the call, the record exists whole or not at all.
    """
    content = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": who(),
        # An equal record of another writer must not pass for this one after a lost answer.
        "id": uuid.uuid4().hex,
        "environment": settings.env,
        "model": model,
        **entry,
        "previous": earlier[-1]["hash"] if earlier else START,
    }
    # Hash the value as a reader parses it.
    content = loads(dumps(finite(content)))
    sealed = {**content, "hash": _digest(content)}
    uri = f"{_root(settings, model)}/{len(earlier) + 1:08d}.json"
    written = (dumps(sealed, sort_keys=True) + "\n").encode()
    try:
        artifacts.create_bytes(uri, written)
    except FileExistsError as error:
        if artifacts.read_bytes(uri) != written:
            raise ConflictError(
                f"another promotion or rollback of {model} was recorded in the meantime ({uri}): "
                "nothing has changed; look at make versions, then run the command again"
            ) from error
    except OSError as error:
        raise full_disk(error, [uri]) or AuditError(
            f"the record {uri} cannot be written: {error}"
        ) from error
    return sealed


def read(settings: Settings, model: str) -> list[dict[str, Any]]:
    """Return the records of a model, oldest first; call `verify` for a check of the chain.

    Raises AuditError for an invalid or a missing record.
    """
    root = _root(settings, model)
    records = [_parse(line, number) for number, line in enumerate(_lines(f"{root}.jsonl"), 1)]
    names = (uri.rsplit("/", 1)[-1] for uri in artifacts.list_files(root))
    for name in sorted(name for name in names if _NUMBERED.fullmatch(name)):
        number = len(records) + 1
        if int(name.removesuffix(".json")) != number:
            raise AuditError(f"record {number} is missing: the next one is {root}/{name}")
        records.append(_parse(artifacts.read_bytes(f"{root}/{name}"), number))
    return records


def verify(records: Sequence[Mapping[str, Any]], head: str | None = None) -> str:
    """Check the chain of records and return the hash of the last one.

    `head` is a hash noted earlier, which must still be in the chain. Raises AuditError, which names
    the first wrong record.
    """
    previous = START
    for number, item in enumerate(records, 1):
        if item.get("previous") != previous:
            raise AuditError(
                f"record {number} does not follow the previous one: a record was removed, added or "
                "moved"
            )
        if item.get("hash") != _digest(item):
            raise AuditError(f"record {number} was changed: its hash does not match its content")
        previous = item["hash"]
    if head is not None and head not in {START, *(item["hash"] for item in records)}:
        raise AuditError(f"no record has the hash {head[:12]}: the newest records were removed")
    return previous


def who() -> str:
    """Return the user: of the CI system if it names one, else of this machine."""
    named = actor()
    if named is not None:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def actor() -> str | None:
    """Return the user that the CI system names; None outside of CI."""
    return next((os.environ[name] for name in ACTORS if os.environ.get(name)), None)


def _root(settings: Settings, model: str) -> str:
    return f"{settings.audit.root.rstrip('/')}/{model}"


def _digest(entry: Mapping[str, Any]) -> str:
    content = {key: value for key, value in entry.items() if key != "hash"}
    # Not strict: a record of an earlier release can have NaN, which its hash covers.
    return hashlib.sha256(json.dumps(content, sort_keys=True, allow_nan=True).encode()).hexdigest()


def _lines(uri: str) -> list[bytes]:
    """Return the lines of the local file of an earlier release."""
    path = artifacts.local_path(uri)
    return path.read_bytes().splitlines() if path is not None and path.exists() else []


def _parse(content: bytes, number: int) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError as error:
        raise AuditError(
            f"record {number} is not JSON: restore it from a backup. If it is the last line of a "
            ".jsonl file, which an interrupted command of an earlier release can leave, remove it"
        ) from error
    if not isinstance(value, dict):
        raise AuditError(f"record {number} is not an object")
    return value


def main() -> None:
    """Verify the audit of all models, also against the registry; exit with 1 if it is invalid."""
    from . import models, releases

    parser = argparse.ArgumentParser(prog="audit", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument(
        "--model",
        action="append",
        choices=models.names(),
        help="verify this model only; by default all models",
    )
    parser.add_argument("--head", help="a hash printed earlier, which must still be in the chain")
    given = parser.parse_args()
    wanted = given.model or models.names()
    if given.head and len(wanted) > 1:
        parser.error("--head is the hash of one model: name it with --model")
    try:
        settings = load_settings()
    except UserError as error:
        raise SystemExit(f"audit: {error}") from None
    for model in wanted:
        try:
            log = releases.read(settings, model)
            head = verify(log.records, given.head)
            repaired = releases.project(settings, log)
        except UserError as error:
            raise SystemExit(f"audit: {model}: {error}") from None
        text = f"{len(log.records)} records, chain whole, champion {log.champion}, head {head}"
        print(f"{model}: {text}{'; the alias was repaired' if repaired else ''}")


if __name__ == "__main__":
    main()
