"""Record the run and register a version. No other step uses the tracker."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..params import Params, load_params
from ..platform import artifacts, compatibility, lineage, models, releases, transfer
from ..platform.errors import UserError
from ..platform.governance.profile import profile
from ..platform.settings import load_settings
from ..registry import CHALLENGER, ModelVersion, get_registry
from ..tasks import Table
from ..tracking.experiments import open_run
from ._step import run_cli, step

# Tags in which an unchanged retraining equals a version.
SAME = ("model_sha256", "data_sha256", "params_sha256")


@step
def register(
    model: str,
    package_uri: str,
    data_uri: str,
    train_metrics_uri: str,
    metrics_uri: str,
    lineage_uri: str,
    version_uri: str,
    params: Params | None = None,
) -> dict[str, Any]:
    """Log parameters, metrics, lineage and files as a run; register a version as challenger.

    A repetition with the same `version_uri` and the same files changes nothing. An unchanged
    retraining, with the files, data and parameters of a registered version, is that version: it
    becomes the challenger again, and no run is recorded. Raises IntegrityError if a file of the
    package differs, here or in the registry after the upload.
    """
    from ..data.frames import read_frame
    from ..data.windows import window

    params = params or load_params(model)
    settings = load_settings()
    directory = artifacts.local_copy(package_uri)
    manifest = artifacts.verify(directory)
    sha256 = artifacts.manifest_sha256(directory)
    if artifacts.exists(version_uri):
        earlier = artifacts.read_json(version_uri)
        if earlier["sha256"] == sha256:
            return {key: earlier[key] for key in ("version", "run_id", "run_url")}

    trained, judged = artifacts.read_json(train_metrics_uri), artifacts.read_json(metrics_uri)
    modules = models.load(model)
    libraries = [*modules.model.LIBRARIES, "numpy", "pandas"]
    made_by = lineage.collect(settings, params, data_uri, libraries)
    frame = read_frame(data_uri)
    made_by["data"]["profile"] = profile(frame, modules.contract)
    rows = window(frame, modules.contract)
    made_by["data"]["window"] = rows
    search = trained.get("search")
    if search is not None:
        made_by["search"] = search
    artifacts.write_json(lineage_uri, made_by)
    tags = {
        "model": model,
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "model_sha256": sha256,
        "data_sha256": made_by["data"]["sha256"],
        "data_revision": made_by["data"]["revision"],
        "params_sha256": made_by["params_sha256"],
        "features_sha256": made_by["features_sha256"],
        "git_revision": str(made_by["git"]["revision"]),
        "contract_sha256": compatibility.sha256(compatibility.of_manifest(manifest)),
        "environment": settings.env,
        "test_rows": str(judged["rows"]),
        **{f"window_{name}": str(value) for name, value in rows.items() if value is not None},
        **releases.origin(),
    }
    # With these fields, the gate and the documents need no other file of the run.
    origin = {"lineage": made_by, "params": trained["params"]}
    registry = get_registry(settings)
    same = _same(registry.versions(model), tags)
    if same is not None:
        known = transfer.evidence_of(settings, same) or {}
        result = {
            "version": same.version,
            "run_id": same.tags["run_id"],
            "run_url": known.get("run_url"),
        }
        registry.promote(model, same.version, CHALLENGER)
        artifacts.write_json(version_uri, {"model": model, "sha256": sha256, **result, **origin})
        return result
    with open_run(settings, f"{model}-{sha256[:8]}", tags) as run:
        run.params(trained["params"])
        run.metrics({f"train_{name}": value for name, value in _known(trained).items()})
        run.metrics({f"test_{name}": value for name, value in _known(judged).items()})
        if search is not None:
            scores = {f"{name}_{search['metric']}": search[name] for name in ("best", "default")}
            run.metrics(scores)
        run.tables([*judged.get("tables", ()), *_importance(judged), *trained.get("tables", ())])
        run.artifact(str(directory), "model")
        run.artifact(str(artifacts.local_copy(lineage_uri)), "lineage")
        version = registry.register(model, directory, _known(judged), {**tags, "run_id": run.id})
        run.registered(version)
    # Some trackers know the page of a run when it has ended.
    result = {"version": version, "run_id": run.id, "run_url": run.url}
    artifacts.write_json(version_uri, {"model": model, "sha256": sha256, **result, **origin})
    return result


def _same(versions: list[ModelVersion], tags: Mapping[str, str]) -> ModelVersion | None:
    """Return the newest version with equal files, data and parameters; None if there is none."""
    for version in reversed(versions):
        equal = all(version.tags.get(name) == tags[name] for name in SAME)
        if equal and "run_id" in version.tags and _is_whole(version):
            return version
    return None


def _is_whole(version: ModelVersion) -> bool:
    """Whether all files of a version are those that were registered."""
    try:
        artifacts.verify(artifacts.local_copy(version.uri), version.sha256)
    except UserError:
        return False
    return True


def _importance(report: Mapping[str, Any]) -> list[Table]:
    """Return how far each input can change a prediction, the largest change first."""
    effects = report.get("inputs", {}).get("effects", {})
    rows: list[list[str | float | int | None]] = [
        [name, effects[name]]
        for name in sorted(effects, key=lambda name: -(effects[name] or 0))
        if effects[name] is not None
    ]
    header = ["input", "largest change"]
    title = "Largest change of a prediction by an input"
    return [{"title": title, "header": header, "rows": rows, "plot": "bars"}] if rows else []


def _known(report: dict[str, Any]) -> dict[str, float]:
    """Return the metrics of a report without those that its rows do not define."""
    return {name: value for name, value in report["metrics"].items() if value is not None}


if __name__ == "__main__":
    run_cli(register, {"lineage_uri": "--out-lineage", "version_uri": "--out-version"})
