"""Roll back to the champion before the last promotion."""

from __future__ import annotations

from typing import Any

from ..monitoring.state import record_success
from ..platform import audit
from ..platform.errors import RegistryError, UserError
from ..platform.sections.rollout import Rollout
from ..platform.settings import load_settings
from ..registry import CHAMPION, get_registry
from ._step import run_cli, step


@step
def rollback(model: str, reason: str = "asked for") -> dict[str, Any]:
    """Move the alias champion to the version before the last promotion; write an audit record.

    This is idempotent. Raises RegistryError if there is no earlier champion, and UserError if a
    deployment names its versions, because the service would not follow the alias.
    """
    settings = load_settings()
    if settings.section("rollout", Rollout).pinned:
        raise UserError(
            f"the deployment of '{settings.env}' names the versions that it serves: "
            "roll the deployment back, as docs/delivery.md says"
        )
    registry = get_registry(settings)
    champion = registry.get(model, CHAMPION)
    if champion is None:
        raise RegistryError(f"{model} has no champion to roll back")
    target = registry.rollback(model, CHAMPION)
    changed = target != champion.version
    if changed:
        audit.record(
            settings,
            model,
            action="rollback",
            source=champion.version,
            target=target,
            evidence={"reason": reason},
        )
        record_success(model, "promotion")
    return {"version": target, "previous": champion.version, "changed": changed}


if __name__ == "__main__":
    run_cli(rollback)
