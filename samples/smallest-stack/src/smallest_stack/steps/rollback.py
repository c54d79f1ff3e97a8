"""Roll back to a former champion."""

from __future__ import annotations

from typing import Any

from ..monitoring.state import record_success
from ..platform import audit, releases
from ..platform.errors import UserError
from ..platform.sections.rollout import Rollout
from ..platform.settings import load_settings
from ..registry import get_registry
from ._step import run_cli, step


@step
def rollback(model: str, reason: str = "asked for", to: str | None = None) -> dict[str, Any]:
    """Record a former champion as the champion again and move the alias.

    `to`: version of the former champion; by default the one before the last promotion. The versions
    that are left behind stay rejected until `make allow`. `restored` in the result names the data,
    code, contract and image of the version; if `redeploy` is true, its feature code differs from
    that of the version before, so that the service must run that code or image.

    This is idempotent. Raises RegistryError if there is no such champion or if callers of the
    current one cannot use it, IntegrityError if its files have changed, and UserError if a
    deployment names its versions, because the service would not follow the alias.
    """
    settings = load_settings()
    if settings.section("rollout", Rollout).pinned:
        raise UserError(
            f"the deployment of '{settings.env}' names the versions that it serves: "
            "roll the deployment back, as docs/delivery.md says"
        )
    log = releases.read(settings, model)
    releases.project(settings, log)
    target = releases.way_back(settings, log, to)
    if target is None:
        return {"version": log.champion, "previous": log.champion, "changed": False}
    evidence = {
        "reason": reason,
        "rejected": releases.left_behind(settings, log, target.version),
    }
    releases.commit(settings, log, audit.ROLLBACK, target, evidence)
    record_success(model, "promotion")
    left = get_registry(settings).version(model, str(log.champion))
    restored, before = releases.bound_to(target), releases.bound_to(left)
    return {
        "version": target.version,
        "previous": log.champion,
        "changed": True,
        "restored": restored,
        "redeploy": before["features_sha256"] != restored["features_sha256"],
    }


if __name__ == "__main__":
    run_cli(rollback)
