"""Make an accepted version the champion, or mark it for a rollout that does."""

from __future__ import annotations

from typing import Any

from ..monitoring.state import record_success
from ..platform import artifacts, audit, governance, records
from ..platform.errors import PromotionRefusedError
from ..platform.sections.rollout import Rollout
from ..platform.settings import load_settings
from ..registry import CHALLENGER, CHAMPION, get_registry
from ._step import run_cli, step


@step
def promote(
    model: str, decision_uri: str, promotion_uri: str | None = None, version: str | None = None
) -> dict[str, Any]:
    """Move the alias champion to the accepted version and write an audit record.

    If a deployment names its versions (`rollout.pinned`), the alias does not move yet: the version
    stays the challenger and `waits` for a rollout, which moves the alias when it succeeds.

    This is idempotent. Raises PromotionRefusedError if the decision is a refusal, compared the
    version with another champion than the current one, or is about another model, version or other
    files; and, if the environment requires it, if `governance.yaml` lacks required sections.
    """
    settings = load_settings()
    registry = get_registry(settings)
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
    artifacts.verify(artifacts.local_copy(registered.uri), registered.sha256)

    # The decision may come from an environment with fewer requirements.
    governance.require(settings, model)

    champion = registry.get(model, CHAMPION)
    current = champion.version if champion else None
    changed = current != found
    if changed and current != decision.get("champion"):
        raise PromotionRefusedError(
            f"the decision compares {model} {found} with {decision.get('champion') or 'nothing'}, "
            f"but the champion is now {current}: evaluate again"
        )
    waits = changed and settings.section("rollout", Rollout).pinned
    if waits:
        registry.promote(model, found, CHALLENGER)
        changed, previous = False, current
    else:
        previous = registry.promote(model, found, CHAMPION) if changed else found
    if changed:
        audit.record(
            settings,
            model,
            action="promote",
            source=previous,
            target=found,
            evidence={
                "decision": decision_uri,
                "sha256": registered.sha256,
                "model_card": governance.documents(settings, model, found),
                **decision["metrics"],
            },
        )
        record_success(model, "promotion")
    result = {"version": found, "previous": previous, "changed": changed, "waits": waits}
    if promotion_uri is not None:
        artifacts.write_json(promotion_uri, {"model": model, **result})
    return result


if __name__ == "__main__":
    run_cli(promote, {"promotion_uri": "--out-promotion"})
