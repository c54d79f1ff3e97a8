"""Move a champion and its lineage between trackers, registries and data versioning tools.

`export` writes everything to a folder that does not depend on a tool. After you have changed tools,
`import` records it with the current tools. An export contains the model files, metrics and tags,
the run that made the version, its rows if they are still available, and its documents.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from ..data import revisions
from ..monitoring.state import record_success
from ..registry import CHAMPION, ModelVersion, get_registry
from ..tracking import get_tracker
from ..tracking.experiments import open_run
from . import artifacts, audit, governance, models, moved, releases, scoring
from .errors import PromotionRefusedError, RegistryError, UserError
from .governance import cards
from .settings import Settings, load_settings
from .strict_json import dumps

SCHEMA = 1
RECORD = "champion.json"
PACKAGE = "package"
ROWS = "data.parquet"
REFERENCE = "reference.parquet"
SCORES = "scores.json"
# Processors may sum 32-bit floats in different orders. A larger difference means another model.
TOLERANCE = 1e-6


def export_champion(settings: Settings, model: str, to: str) -> dict[str, Any]:
    """Export the champion of a model, with its lineage, to the folder `to`.

    Returns the written record. Raises RegistryError if there is no champion and UserError if its
    run cannot be read; an earlier export then stays unchanged.
    """
    champion = get_registry(settings).get(model, CHAMPION)
    if champion is None:
        raise RegistryError(f"{model} has no champion to export")
    package = champion.local_files()
    artifacts.verify(package, champion.sha256)
    run = get_tracker(settings).read(champion.tags["run_id"])
    evidence = evidence_of(settings, champion)
    rows = rows_behind(settings, champion, evidence)
    record = {
        "schema": SCHEMA,
        "model": model,
        "version": champion.version,
        "sha256": champion.sha256,
        "metrics": dict(champion.metrics),
        "tags": dict(champion.tags),
        "run": dataclasses.asdict(run),
        "evidence": evidence,
    }
    target = to.rstrip("/")
    artifacts.upload(package, f"{target}/{PACKAGE}")
    artifacts.write_json(f"{target}/{SCORES}", {"scores": _score(package)})
    if rows is not None:
        artifacts.write_bytes(f"{target}/{ROWS}", rows)
    # The record is written last: a folder without it is an incomplete export.
    artifacts.write_json(f"{target}/{RECORD}", record)
    return {"version": champion.version, "folder": target, "rows": rows is not None}


def import_champion(settings: Settings, model: str, source: str) -> dict[str, Any]:
    """Record an exported champion with the current tools and make it the champion.

    The files must be the exported ones and give the same scores as at the export. The import is
    idempotent. Raises PromotionRefusedError if another model is already the champion: only a
    version that passes the gate may replace it.
    """
    folder = source.rstrip("/")
    record = _record(folder, model)
    package = artifacts.local_copy(f"{folder}/{PACKAGE}")
    artifacts.verify(package, record["sha256"])
    compared = _verify_scores(package, folder)
    registry, tracker = get_registry(settings), get_tracker(settings)
    log = releases.read(settings, model)
    champion = registry.get(model, CHAMPION)
    if champion is not None:
        if champion.sha256 != record["sha256"]:
            raise PromotionRefusedError(
                f"{model} {champion.version} is the champion, and it is another model: to replace "
                "it, a version has to pass the gate (make pipeline)"
            )
        if _is_read(tracker, champion):
            return {"version": champion.version, "changed": False, "scores": compared}

    tags = {**record["tags"], **_data_tags(settings, model, folder, record)}
    tags["imported_version"], tags["imported_run"] = record["version"], record["run"]["id"]
    run_tags = {**record["run"]["tags"], **_shared(tags, record["run"]["tags"])}
    with open_run(settings, f"{model}-{record['sha256'][:8]}-imported", run_tags) as run:
        run.params(record["run"]["params"])
        run.metrics(record["run"]["metrics"])
        run.artifact(str(package), "model")
        tags["run_id"] = run.id
        version = registry.register(model, package, record["metrics"], tags)
        run.registered(version)
    made = {"version": version, "run_id": run.id, "run_url": run.url}
    _document(settings, model, record, made, tags)
    evidence = {
        "from": folder,
        "version": record["version"],
        "run": record["run"]["id"],
        "scores_compared": compared,
        "model_card": governance.documents(settings, model, version),
    }
    releases.commit(settings, log, audit.IMPORT, registry.version(model, version), evidence)
    record_success(model, "promotion")
    return {"version": version, "changed": True, "scores": compared}


def _record(folder: str, model: str) -> dict[str, Any]:
    if not artifacts.exists(f"{folder}/{RECORD}"):
        raise UserError(f"{folder} has no {RECORD}: create an export with make export-champion")
    record = artifacts.read_json(f"{folder}/{RECORD}")
    if record.get("schema") != SCHEMA:
        raise UserError(f"{folder}/{RECORD} has schema {record.get('schema')}, not {SCHEMA}")
    if record.get("model") != model:
        raise UserError(f"{folder} holds the champion of {record.get('model')}, not of {model}")
    return record


def _score(package: Path) -> list[Any]:
    """Return the predictions of a packaged model for its n reference rows."""
    from ..data.frames import read_frame

    scorer = scoring.load(package)
    rows = read_frame(str(package / REFERENCE))
    predicted: list[Any] = scorer.raw(scoring.columns_of(rows, scorer.contract)).tolist()
    return predicted


def _verify_scores(package: Path, folder: str) -> int:
    """Compare the scores of the reference rows with the exported ones; return their number.

    Raises UserError if one differs by more than TOLERANCE.
    """
    expected = np.asarray(artifacts.read_json(f"{folder}/{SCORES}")["scores"])
    found = np.asarray(_score(package))
    worst = float(np.max(np.abs(found - expected))) if found.shape == expected.shape else np.inf
    if not worst <= TOLERANCE:
        raise UserError(
            f"the model in {folder} does not give the exported scores: they differ by {worst}"
        )
    return len(found)


def _is_read(tracker: Any, champion: ModelVersion) -> bool:
    """Whether the current tracker has the run of a version."""
    try:
        tracker.read(champion.tags["run_id"])
    except UserError:
        return False
    return True


def rows_behind(
    settings: Settings, champion: ModelVersion, evidence: dict[str, Any] | None
) -> bytes | None:
    """Return the rows of a version: from the data revision, or from the file of the run."""
    expected = champion.tags["data_sha256"]
    found = revisions.fetch(settings, champion.model, champion.tags["data_revision"])
    uri = evidence["lineage"]["data"]["uri"] if evidence else None
    uri = moved.here(settings, uri) if uri is not None else None
    if found is None and uri is not None and artifacts.exists(uri):
        found = artifacts.read_bytes(uri)
    return found if found is not None and _sha256(found) == expected else None


def _data_tags(settings: Settings, model: str, folder: str, record: dict[str, Any]) -> dict:
    """Store the exported rows with the current versioning tool; without rows, keep the old name."""
    uri = f"{folder}/{ROWS}"
    if not artifacts.exists(uri):
        return {}
    if _sha256(artifacts.read_bytes(uri)) != record["tags"]["data_sha256"]:
        raise UserError(f"{uri} has other rows than those of {model} {record['version']}")
    return {"data_revision": revisions.keep(settings, model, uri)}


def _shared(tags: dict[str, str], names: dict[str, str]) -> dict[str, str]:
    """Return the tags that both the registry and the tracker store."""
    return {name: value for name, value in tags.items() if name in names}


def evidence_of(settings: Settings, version: ModelVersion) -> dict[str, Any] | None:
    """Return the evidence for the documents of a version; None if it has no documents."""
    folder = governance.folder(settings, version.model, version.version)
    uri = f"{folder}/{governance.EVIDENCE}"
    return artifacts.read_json(uri) if artifacts.exists(uri) else None


def _document(
    settings: Settings,
    model: str,
    record: dict[str, Any],
    made: dict[str, Any],
    tags: dict[str, str],
) -> None:
    """Write the documents of the imported version from the exported evidence."""
    if record["evidence"] is None:
        return
    evidence = {**record["evidence"], **made}
    data = {**evidence["lineage"]["data"], "revision": tags["data_revision"]}
    evidence["lineage"] = {**evidence["lineage"], "data": data}
    folder = governance.folder(settings, model, made["version"])
    artifacts.write_json(f"{folder}/{governance.EVIDENCE}", evidence)
    card, sheet = cards.model_card(evidence), cards.data_sheet(evidence)
    artifacts.write_bytes(f"{folder}/{governance.MODEL_CARD}", card.encode())
    artifacts.write_bytes(f"{folder}/{governance.DATA_SHEET}", sheet.encode())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def main() -> None:
    """Export or import the champion of a model; on an error print one sentence and exit with 1."""
    parser = argparse.ArgumentParser(prog="transfer", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("action", choices=("export", "import"))
    parser.add_argument("folder", metavar="URI", help="folder to export to, or to import from")
    parser.add_argument("--model", choices=models.names(), default=models.names()[0])
    given = parser.parse_args()
    carry = export_champion if given.action == "export" else import_champion
    try:
        print(dumps(carry(load_settings(), given.model, given.folder)))
    except UserError as error:
        raise SystemExit(f"transfer: {error}") from None


if __name__ == "__main__":
    main()
