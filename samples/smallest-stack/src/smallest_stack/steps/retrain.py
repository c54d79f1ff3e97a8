"""Decide whether to retrain. The caller of this step starts the pipeline."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ..monitoring.decision import decide
from ..params import Params, load_params
from ..platform import artifacts
from ..registry import CHAMPION, get_registry
from ._step import run_cli, step


@step
def retrain(
    model: str, report_uri: str, decision_uri: str, params: Params | None = None
) -> dict[str, Any]:
    """Write `{"retrain": bool, "reasons": [...]}` from a monitoring report and the champion's age.

    Raises UserError if there is no report.
    """
    params = params or load_params(model)
    champion = get_registry().get(model, CHAMPION)
    trained_at = _time(champion.tags.get("trained_at")) if champion is not None else None
    decision = decide(
        artifacts.read_json(report_uri), params.retrain, trained_at, champion is not None
    )
    artifacts.write_json(decision_uri, {"model": model, **decision})
    return decision


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    value = datetime.fromisoformat(text)
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


if __name__ == "__main__":
    run_cli(retrain, {"decision_uri": "--out-decision"})
