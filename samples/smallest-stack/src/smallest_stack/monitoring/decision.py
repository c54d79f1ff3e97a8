"""Decide whether to retrain, and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..params import RetrainParams
from . import DRIFTED


def decide(
    report: Mapping[str, Any],
    params: RetrainParams,
    trained_at: datetime | None,
    has_champion: bool = True,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Evaluate a monitoring report and the age of the champion.

    Returns `{"retrain": bool, "reasons": [{"reason", "value", "threshold", "detail"}]}`; one reason
    is sufficient. An unknown age is not a reason.
    """
    reasons: list[dict[str, Any]] = []
    if not has_champion:
        detail = "no version is promoted"
        reasons.append({"reason": "no champion", "value": 0, "threshold": 1, "detail": detail})
    drifted = list(report.get("drifted") or ())
    if report.get("verdict") == DRIFTED and len(drifted) >= params.drifted_features:
        reasons.append(
            {
                "reason": "drift",
                "value": len(drifted),
                "threshold": params.drifted_features,
                "detail": f"drifted inputs: {', '.join(drifted)}",
            }
        )
    # Reports of releases without tasks do not name it.
    primary = report.get("primary", "auc")
    measured = (report.get("quality") or {}).get(primary)
    if measured is not None and measured < params.min_primary:
        reasons.append(
            {
                "reason": "quality",
                "value": measured,
                "threshold": params.min_primary,
                "detail": f"{primary} on {report.get('labelled_rows')} labelled rows",
            }
        )
    if trained_at is not None:
        days = ((now or datetime.now(UTC)) - trained_at).total_seconds() / 86_400
        if days > params.max_age_days:
            reasons.append(
                {
                    "reason": "age",
                    "value": round(days, 1),
                    "threshold": params.max_age_days,
                    "detail": f"the champion was trained on {trained_at.date().isoformat()}",
                }
            )
    return {"retrain": bool(reasons), "reasons": reasons}
