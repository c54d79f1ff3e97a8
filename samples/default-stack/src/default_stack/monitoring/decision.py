"""Decide whether to retrain, and why.

A report is a reason to retrain only once, and only for the champion that it is about: otherwise one
report of drift would start a training with every run of a schedule.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ..params import RetrainParams
from ..registry import ModelVersion
from . import DRIFTED
from .retrainings import Retraining, sha256_of, time_of

RETRAIN = "retrain"
HELD = "held"
NO_REASON = "no reason"
# Difference between the clocks of two machines that is no error.
SKEW = timedelta(minutes=5)


def decide(
    report: Mapping[str, Any],
    params: RetrainParams,
    champion: ModelVersion | None,
    last: Retraining | None = None,
    force: bool = False,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Evaluate a monitoring report and the age of the champion.

    Returns `{"outcome", "retrain", "reasons": [{"reason", "value", "threshold", "detail"}],
    "held"}`. One reason is sufficient. `held` is a sentence that says why the reasons do not count:
    the report is not about the champion as it is now, or was acted on, or the time since `last`,
    the last training that a decision started, is shorter than the cooldown. `force` is a reason
    that always counts. An unknown age of the champion is not a reason.
    """
    now = now or datetime.now(UTC)
    reasons: list[dict[str, Any]] = []
    held = None
    if force:
        reasons.append(_reason("forced", 1, 1, "a person asked for it"))
    if champion is None:
        reasons.append(_reason("no champion", 0, 1, "no version is promoted"))
    if found := _of_report(report, params):
        held = unfit(report, champion, last, now)
        reasons += found if held is None else []
    trained_at = time_of(champion.tags.get("trained_at")) if champion is not None else None
    if trained_at is not None:
        days = (now - trained_at).total_seconds() / 86_400
        if days > params.max_age_days:
            detail = f"the champion was trained on {trained_at.date().isoformat()}"
            reasons.append(_reason("age", round(days, 1), params.max_age_days, detail))
    if reasons and not force and (wait := _cooldown(params, last, now)):
        reasons, held = [], wait
    if reasons:
        return {"outcome": RETRAIN, "retrain": True, "reasons": reasons, "held": None}
    return {
        "outcome": NO_REASON if held is None else HELD,
        "retrain": False,
        "reasons": [],
        "held": held,
    }


def unfit(
    report: Mapping[str, Any],
    champion: ModelVersion | None,
    last: Retraining | None,
    now: datetime,
) -> str | None:
    """Return why a report is no reason to retrain, in one sentence; None if it can be one."""
    made, again = time_of(report.get("created")), "run make monitor for a new one"
    if made is None:
        return f"the report does not say when it was made: {again}"
    if made > now + SKEW:
        return (
            f"the report is from {_at(made)}, which is in the future: check the clock of the "
            f"machine that wrote it, then {again}"
        )
    if champion is not None:
        if not _is_about(report, champion):
            return (
                f"the report is about version {report.get('version')}, but the champion is version "
                f"{champion.version}: {again}"
            )
        trained_at = time_of(champion.tags.get("trained_at"))
        if trained_at is not None and made < trained_at:
            return (
                f"the report is from {_at(made)}, before the champion, version {champion.version}, "
                f"was trained at {_at(trained_at)}: {again}"
            )
    if last is not None and last.report_sha256 == sha256_of(report):
        return f"a training was started for this report already, at {_at(last.time)}: {again}"
    if last is not None and last.report_created is not None and made < last.report_created:
        return (
            f"the report is from {_at(made)}, and a training was started for a newer one, of "
            f"{_at(last.report_created)}: {again}"
        )
    return None


def _of_report(report: Mapping[str, Any], params: RetrainParams) -> list[dict[str, Any]]:
    reasons = []
    drifted = list(report.get("drifted") or ())
    if report.get("verdict") == DRIFTED and len(drifted) >= params.drifted_features:
        detail = f"drifted inputs: {', '.join(drifted)}"
        reasons.append(_reason("drift", len(drifted), params.drifted_features, detail))
    # Reports of releases without tasks do not name it.
    primary = report.get("primary", "auc")
    measured = (report.get("quality") or {}).get(primary)
    labeled = report.get("labelled_rows") or 0
    enough = labeled >= params.min_labeled_rows
    if measured is not None and enough and measured < params.min_primary:
        detail = f"{primary} on {labeled} labeled rows"
        reasons.append(_reason("quality", measured, params.min_primary, detail))
    return reasons


def _is_about(report: Mapping[str, Any], champion: ModelVersion) -> bool:
    """Whether a report is about the champion, also if another environment gave it a number."""
    sha256 = report.get("version_sha256")
    # Reports of earlier releases name the number only.
    return sha256 == champion.sha256 if sha256 else report.get("version") == champion.version


def _cooldown(params: RetrainParams, last: Retraining | None, now: datetime) -> str | None:
    """Return that the last training is too recent; None if it is not.

    A time in the future is that of a wrong clock, which must not stop retraining until then.
    """
    if last is None:
        return None
    passed = now - last.time
    if not -SKEW <= passed < timedelta(hours=params.cooldown_hours):
        return None
    return (
        f"the last training was started at {_at(last.time)}, less than {params.cooldown_hours:g} "
        "hours ago (retrain.cooldown_hours)"
    )


def _reason(reason: str, value: float, threshold: float, detail: str) -> dict[str, Any]:
    return {"reason": reason, "value": value, "threshold": threshold, "detail": detail}


def _at(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
