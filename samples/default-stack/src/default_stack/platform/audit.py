"""Audit of promotions and rollbacks: an append-only chain of records.

Every record holds its own hash (`hash`) and the hash of the previous record (`previous`), so `make
audit-verify` detects a changed, removed or inserted record. If the newest records are removed, the
chain is still valid; a comparison with the registry's champion, or with a hash that you noted
elsewhere (`HEAD=`), detects that.
"""

from __future__ import annotations

import argparse
import fcntl
import getpass
import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from . import artifacts
from .errors import AuditError, UserError
from .settings import Settings, load_settings
from .strict_json import dumps, finite, loads

START = "0" * 64
# Action of a rollout that its target rolled back: from the version that was tried to the version
# that stays the champion.
TAKEN_BACK = "take back"
# If another writer used the same number in an object store, the next number is tried.
ATTEMPTS = 20


def record(settings: Settings, model: str, **entry: Any) -> dict[str, Any]:
    """Append one record (user, time, the given fields, hashes) and return it."""
    full = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": _who(),
        "environment": settings.env,
        "model": model,
        **entry,
    }
    # Hash the value as a reader parses it.
    full = loads(dumps(finite(full)))
    root = f"{settings.audit.root.rstrip('/')}/{model}"
    path = artifacts.local_path(f"{root}.jsonl")
    if path is None:
        return _record_remotely(root, full)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        # Without a lock, two processes could append records with the same `previous`.
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        lines = file.read().splitlines()
        sealed = _seal(full, _hash_of(lines[-1], len(lines)) if lines else START)
        file.write(_line(sealed))
        file.flush()
        os.fsync(file.fileno())
    return sealed


def read(settings: Settings, model: str) -> list[dict[str, Any]]:
    """Return the records of a model, oldest first. Raises AuditError for an invalid line."""
    root = f"{settings.audit.root.rstrip('/')}/{model}"
    path = artifacts.local_path(f"{root}.jsonl")
    if path is None:
        return [_parse(content, number) for number, content in enumerate(_remote(root), 1)]
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_parse(line, number) for number, line in enumerate(lines, 1)]


def verify(records: list[dict[str, Any]], head: str | None = None) -> str:
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


def _seal(entry: Mapping[str, Any], previous: str) -> dict[str, Any]:
    sealed = {**entry, "previous": previous}
    return {**sealed, "hash": _digest(sealed)}


def _digest(entry: Mapping[str, Any]) -> str:
    content = {key: value for key, value in entry.items() if key != "hash"}
    # Not strict: a record of an earlier release can have NaN, which its hash covers.
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _line(entry: Mapping[str, Any]) -> str:
    return dumps(entry, sort_keys=True) + "\n"


def _parse(line: str | bytes, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise AuditError(f"record {number} is not JSON") from error
    if not isinstance(value, dict):
        raise AuditError(f"record {number} is not an object")
    return value


def _hash_of(line: str | bytes, number: int) -> str:
    found = _parse(line, number).get("hash")
    if not isinstance(found, str):
        raise AuditError(f"record {number} has no hash, so nothing can be appended to it")
    return found


def _record_remotely(root: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Write one numbered object per record, as object stores cannot append to an object."""
    import fsspec

    filesystem, folder = fsspec.core.url_to_fs(root)
    for _ in range(ATTEMPTS):
        earlier = _remote(root)
        sealed = _seal(entry, _hash_of(earlier[-1], len(earlier)) if earlier else START)
        name = f"{folder.rstrip('/')}/{len(earlier) + 1:08d}.json"
        try:
            filesystem.pipe_file(name, _line(sealed).encode(), mode="create")
        except FileExistsError:
            continue
        return sealed
    raise AuditError(
        f"the record was not written: other writers to {root} took every number; try again"
    )


def _remote(root: str) -> list[bytes]:
    import fsspec

    filesystem, folder = fsspec.core.url_to_fs(root)
    filesystem.invalidate_cache()
    if not filesystem.exists(folder):
        return []
    names = sorted(name for name in filesystem.ls(folder, detail=False) if name.endswith(".json"))
    return [bytes(filesystem.cat_file(name)) for name in names]


def _who() -> str:
    actor = os.environ.get("MLOPS_ACTOR")
    if actor:
        return actor
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def main() -> None:
    """Verify the audit of all models, also against the registry; exit with 1 if it is invalid."""
    from ..registry import CHAMPION, get_registry
    from . import models

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
    settings = load_settings()
    for model in wanted:
        try:
            records = read(settings, model)
            head = verify(records, given.head)
            champion = get_registry(settings).get(model, CHAMPION)
            found = champion.version if champion else None
            said = records[-1]["target"] if records else None
            if found != said:
                raise AuditError(f"the champion is {found}, the last record says {said}")
        except UserError as error:
            raise SystemExit(f"audit: {model}: {error}") from None
        print(f"{model}: {len(records)} records, chain whole, champion {found}, head {head}")


if __name__ == "__main__":
    main()
