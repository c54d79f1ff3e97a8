"""Make an accepted version the champion, or mark it for a rollout that does."""

from __future__ import annotations

from typing import Any

from ..monitoring.state import record_success
from ..platform import artifacts, audit, governance, records, releases
from ..platform.errors import PromotionRefusedError
from ..platform.sections.rollout import Rollout
from ..platform.settings import load_settings
from ..registry import CHALLENGER, get_registry
from ._step import run_cli, step


@step
def promote(
    model: str, decision_uri: str, promotion_uri: str | None = None, version: str | None = None
) -> dict[str, Any]:
    """Record the accepted version as the champion and move the alias.

    The record is the release: without it, nothing has changed; with it, every later command
    completes a move of the alias that was interrupted. If a deployment names its versions
    (`rollout.pinned`), or if versions reach a service by a rollout (`rollout.waits`), the alias
    does not move yet: the version stays the challenger and `waits` for a rollout, which moves the
    alias when it succeeds.

    This is idempotent. Raises PromotionRefusedError if the decision is a refusal, compared the
    version with another champion than the current one, or is about another model, version or other
    files; if the version was rolled back; and, if the environment requires it, if `governance.yaml`
    lacks required sections or the author of the version releases it. Raises AuditError if the log
    of releases was changed, and ConflictError if another release was recorded at the same time.
    """
    settings = load_settings()
    registry, log = get_registry(settings), releases.read(settings, model)
    releases.project(settings, log)
    decision = records.read(decision_uri, records.Decision)
    found = str(decision.get("version"))
    if decision.get("model") != model or (version is not None and version != found):
        wanted = f"{model} {version}" if version else model
        raise PromotionRefusedError(
            f"the decision is about {decision.get('model')} {found}, not {wanted}"
        )
    if decision.get("accepted") is not True:
        reasons = ", ".join(
            f"{item['gate']} {item['metric']} {item['value']} against {item['threshold']}"
            for item in decision.get("refused", [])
        )
        raise PromotionRefusedError(f"the gate refused {model} {found}: {reasons}")
    registered = registry.version(model, found)
    if registered.sha256 != decision.get("sha256"):
        raise PromotionRefusedError(f"the decision is about other files than {model} {found} has")
    artifacts.verify(registered.local_files(), registered.sha256)

    # The decision may come from an environment with fewer requirements.
    governance.require(settings, model)

    current = log.champion
    changed = current != found
    if changed:
        releases.require_allowed(log, registered)
        releases.require_other_approver(settings, registered)
    if changed and current != decision.get("champion"):
        raise PromotionRefusedError(
            f"the decision compares {model} {found} with {decision.get('champion') or 'nothing'}, "
            f"but the champion is now {current}: evaluate again"
        )
    rollout = settings.section("rollout", Rollout)
    # A rollout on this machine compares with a champion, so the first version does not wait.
    waits = changed and (rollout.pinned or (rollout.waits and current is not None))
    previous = current
    if waits:
        registry.promote(model, found, CHALLENGER)
        changed = False
    elif changed:
        evidence = {
            "decision": decision_uri,
            "model_card": governance.documents(settings, model, found),
            **decision["metrics"],
        }
        releases.commit(settings, log, audit.PROMOTE, registered, evidence)
        record_success(model, "promotion")
    result = {"version": found, "previous": previous, "changed": changed, "waits": waits}
    if promotion_uri is not None:
        artifacts.write_json(promotion_uri, {"model": model, **result})
    return result


if __name__ == "__main__":
    run_cli(promote, {"promotion_uri": "--out-promotion"})
