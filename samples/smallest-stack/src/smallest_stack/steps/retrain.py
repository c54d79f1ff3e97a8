"""Decide whether to retrain. The caller of this step starts the pipeline."""

from __future__ import annotations

from typing import Any

from ..monitoring import retrainings
from ..monitoring.decision import decide
from ..params import Params, load_params
from ..platform import artifacts
from ..platform.errors import ConflictError
from ..registry import CHAMPION, get_registry
from ._step import run_cli, step


@step
def retrain(
    model: str,
    report_uri: str,
    decision_uri: str,
    record_uri: str | None = None,
    force: bool = False,
    params: Params | None = None,
) -> dict[str, Any]:
    """Write `{"outcome", "retrain", "reasons", "held"}` from a monitoring report.

    A decision to retrain is recorded before this step returns, so that the next call does not
    decide the same again: start the training then. `record_uri` is the folder of these records, by
    default that of the environment. `force` decides to retrain whatever the report says, and needs
    no report. Otherwise, raises UserError if there is no report.
    """
    params = params or load_params(model)
    records = record_uri or retrainings.folder(model)
    has_report = not force or artifacts.exists(report_uri)
    report = artifacts.read_json(report_uri) if has_report else {}
    champion = get_registry().get(model, CHAMPION)
    while True:
        last = retrainings.last(records)
        decision = decide(report, params.retrain, champion, last, force)
        if not decision["retrain"]:
            break
        reasons = [item["reason"] for item in decision["reasons"]]
        acted = report if {"drift", "quality"} & set(reasons) else None
        try:
            retrainings.record(records, model, last, reasons, acted)
        except ConflictError:
            # Another process decided at the same time: decide again, after its record.
            continue
        break
    artifacts.write_json(decision_uri, {"model": model, **decision})
    return decision


if __name__ == "__main__":
    run_cli(retrain, {"decision_uri": "--out-decision", "record_uri": "--record"})
