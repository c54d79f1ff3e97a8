"""Trace a prediction to version, run, code and data: `make lineage REQUEST=<request id>`."""

from __future__ import annotations

import argparse
import hashlib
from typing import Any

from ...registry import ModelVersion, get_registry
from ...tracking import get_tracker
from .. import artifacts, audit, governance, moved, prediction_logs
from ..errors import GovernanceError, UserError
from ..git import git
from ..settings import Settings, load_settings
from ..strict_json import dumps

# Tags that both the registry and the tracker store for a version.
SHARED = (
    "model_sha256",
    "data_sha256",
    "params_sha256",
    "features_sha256",
    "git_revision",
    "environment",
)


def trace(settings: Settings, request_id: str, log_uri: str) -> dict[str, Any]:
    """Trace a request: prediction log, version, run, code, data, parameters, promotions.

    `log_uri` is the prediction log: a file or a folder of files. The records are compared with each
    other. Raises UserError if the chain is broken: an unknown request, version or run, records that
    differ, or changed model files or data.
    """
    request = _request(log_uri, request_id)
    model = str(request["model"])
    version = get_registry(settings).version(model, str(request["model_version"]))
    artifacts.verify(version.local_files(), version.sha256)
    if "run_id" not in version.tags:
        raise GovernanceError(f"{model} {version.version} has no tag run_id in the registry")
    run = get_tracker(settings).read(version.tags["run_id"])
    for name in SHARED:
        if run.tags.get(name) != version.tags.get(name):
            raise GovernanceError(
                f"{name} of {model} {version.version} is {version.tags.get(name)} in the registry "
                f"and {run.tags.get(name)} in run {run.id}"
            )
    evidence = _evidence(settings, version)
    return {
        "request": {
            **{key: request[key] for key in ("request_id", "time", "model", "rows")},
            "predictions": prediction_logs.predictions(request),
        },
        "version": {
            "version": version.version,
            "sha256": version.sha256,
            "trained_at": version.tags.get("trained_at"),
        },
        "run": {"id": run.id, "metrics": dict(run.metrics)},
        "code": _code(settings, version.tags["git_revision"]),
        "data": _data(settings, version, evidence),
        "params_sha256": version.tags["params_sha256"],
        "promotions": [
            {key: record[key] for key in ("time", "who", "action", "source")}
            for record in audit.read(settings, model)
            if record["target"] == version.version and record["action"] in audit.MOVES
        ],
        "model_card": governance.documents(settings, model, version.version),
    }


def sentences(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the lines of a trace as pairs of link and evidence."""
    request, version, code, data = (found[key] for key in ("request", "version", "code", "data"))
    predictions = "; ".join(map(prediction_logs.summary, request["predictions"]))
    revision = code["revision"] or "made outside a git repository"
    known = "" if code["revision"] is None or code["known"] else " (not in this repository)"
    checked = {True: ", unchanged", None: ", no longer available"}[data["unchanged"]]
    promotions = "; ".join(
        f"{item['action']} by {item['who']} at {item['time']}" for item in found["promotions"]
    )
    card = found["model_card"]
    return [
        ("request", f"{request['request_id']} at {request['time']}: {predictions}"),
        ("version", f"{request['model']} {version['version']}, files unchanged"),
        ("run", found["run"]["id"]),
        ("code", f"{revision}{known}"),
        ("data", f"sha256 {data['sha256']}, {data['source'] or 'source unknown'}{checked}"),
        ("parameters", f"sha256 {found['params_sha256']}"),
        ("released", promotions or "never promoted here"),
        ("model card", card["uri"] if card else "none"),
    ]


def _request(uri: str, request_id: str) -> dict[str, Any]:
    for entry in prediction_logs.entries(uri):
        if entry.get("request_id") == request_id:
            return entry
    raise UserError(
        f"no request {request_id} in {uri}: the log may hold only a sample of all requests"
    )


def _evidence(settings: Settings, version: ModelVersion) -> dict[str, Any] | None:
    folder = governance.folder(settings, version.model, version.version)
    uri = f"{folder}/{governance.EVIDENCE}"
    return artifacts.read_json(uri) if artifacts.exists(uri) else None


def _code(settings: Settings, revision: str) -> dict[str, Any]:
    if revision in ("", "None"):
        return {"revision": None, "known": False}
    known = git(settings.root, "cat-file", "-e", f"{revision}^{{commit}}") is not None
    return {"revision": revision, "known": known}


def _data(
    settings: Settings, version: ModelVersion, evidence: dict[str, Any] | None
) -> dict[str, Any]:
    expected = version.tags["data_sha256"]
    if evidence is None:
        return {"sha256": expected, "source": None, "uri": None, "unchanged": None}
    data = evidence["lineage"]["data"]
    unchanged: bool | None = None
    uri = moved.here(settings, data["uri"])
    if artifacts.exists(uri):
        found = hashlib.sha256(artifacts.read_bytes(uri)).hexdigest()
        if found != expected:
            raise GovernanceError(
                f"{uri} has sha256 {found[:12]}, {version.model} {version.version} was "
                f"made from {expected[:12]}"
            )
        unchanged = True
    return {
        "sha256": expected,
        "source": data["source"],
        "uri": uri,
        "unchanged": unchanged,
    }


def main() -> None:
    """Print the trace of one request; if it is broken, print one sentence and exit with 1."""
    parser = argparse.ArgumentParser(prog="lineage", description=(__doc__ or "").strip())
    parser.add_argument(
        "--request", required=True, help="request id, from the header of the response"
    )
    parser.add_argument(
        "--log",
        default=prediction_logs.LOG,
        metavar="URI",
        help="prediction log; `log` is the prediction log of ENV",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args()
    try:
        settings = load_settings()
        found = trace(settings, given.request, prediction_logs.locate(settings, given.log))
    except UserError as error:
        raise SystemExit(f"lineage: {error}") from None
    if given.json:
        print(dumps(found, indent=2, sort_keys=True))
        return
    for link, evidence in sentences(found):
        print(f"{link:<12}{evidence}")


if __name__ == "__main__":
    main()
