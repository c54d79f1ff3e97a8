"""Release a version to another environment: copy it, evaluate it there, promote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..params import Params, SplitParams, load_params
from ..platform import artifacts, transfer
from ..platform.errors import PromotionRefusedError, UserError
from ..platform.paths import RunPaths
from ..platform.settings import Settings, load_settings
from ..registry import CHAMPION, ModelVersion, get_registry
from ..tracking.experiments import open_run
from ._step import run_cli, step
from .evaluate import evaluate
from .gate import gate
from .promote import promote
from .split import split


@step
def release(model: str, version: str, origin: str) -> dict[str, Any]:
    """Release `version` from the environment `origin` to this one if its gate accepts it.

    The files are copied unchanged; nothing is trained. The version and the champion of this
    environment are scored on the test rows of the run that made the version. This is idempotent.
    Raises PromotionRefusedError if the gate of either environment refuses, RegistryError for an
    unknown version, and UserError if the rows of the version no longer exist.
    """
    settings, source = load_settings(), load_settings(origin)
    if source.env == settings.env:
        raise UserError(f"ORIGIN and ENV are both '{origin}': choose another environment")
    found = get_registry(source).version(model, version)
    package = found.local_files()
    artifacts.verify(package, found.sha256)
    here = get_registry(settings)
    current = here.get(model, CHAMPION)
    if current is not None and current.sha256 == found.sha256:
        return _result(source, found, current.version, changed=False)

    evidence = transfer.evidence_of(source, found)
    if evidence is None or not evidence["decision"]["accepted"]:
        raise PromotionRefusedError(f"the gate of '{origin}' has not accepted {model} {version}")
    rows = transfer.rows_behind(source, found, evidence)
    if rows is None:
        raise UserError(
            f"the rows of {model} {version} no longer exist, so '{settings.env}' "
            f"cannot evaluate it: train it again in '{origin}'"
        )
    run = RunPaths.new(model)
    artifacts.write_bytes(run.data, rows)
    artifacts.upload(package, run.package)
    params = _params_of(model, evidence["lineage"])
    split(model, run.data, run.train, run.test, params)
    evaluate(model, run.package, run.train, run.test, run.metrics, params)
    made = _register(settings, source, found, evidence, run)
    decision = gate(model, run.metrics, run.version, run.decision)
    # Raises PromotionRefusedError with the reasons if the decision is a refusal.
    promote(model, run.decision, run.promotion)
    return _result(source, found, made, changed=decision["champion"] != made)


def _params_of(model: str, lineage: Mapping[str, Any]) -> Params:
    """Return the current parameters with the split of the run that made a version.

    With another split, some of its training rows would be test rows.
    """
    params = load_params(model)
    if "split" not in lineage:
        return params
    made = dict(lineage["split"])
    train = {**params.train, "seed": made.pop("seed")}
    return msgspec.structs.replace(params, split=msgspec.convert(made, SplitParams), train=train)


def _register(
    settings: Settings,
    source: Settings,
    found: ModelVersion,
    evidence: dict[str, Any],
    run: RunPaths,
) -> str:
    """Register the files in this environment once; write `run.version` and return the version."""
    registry = get_registry(settings)
    model = found.model
    same = [one for one in registry.versions(model) if one.sha256 == found.sha256]
    known = transfer.evidence_of(settings, same[-1]) if same else None
    if known is not None:
        made = {key: known[key] for key in ("version", "run_id", "run_url")}
    else:
        judged = artifacts.read_json(run.metrics)["metrics"]
        tags = {
            **found.tags,
            "environment": settings.env,
            "released_from": source.env,
            "released_version": found.version,
        }
        shared = {name: value for name, value in tags.items() if name != "run_id"}
        with open_run(settings, f"{model}-{found.sha256[:8]}-released", shared) as tracked:
            tracked.params(evidence["params"])
            tracked.metrics({f"test_{name}": value for name, value in judged.items()})
            tracked.artifact(str(artifacts.local_copy(run.package)), "model")
            tags["run_id"] = tracked.id
            version = registry.register(model, artifacts.local_copy(run.package), judged, tags)
            tracked.registered(version)
        made = {"version": version, "run_id": tracked.id, "run_url": tracked.url}
    origin = {key: evidence[key] for key in ("lineage", "params")}
    artifacts.write_json(run.version, {"model": model, "sha256": found.sha256, **made, **origin})
    return str(made["version"])


def _result(source: Settings, found: ModelVersion, version: str, changed: bool) -> dict[str, Any]:
    return {
        "version": version,
        "origin": source.env,
        "origin_version": found.version,
        "sha256": found.sha256,
        "changed": changed,
    }


if __name__ == "__main__":
    run_cli(release)
