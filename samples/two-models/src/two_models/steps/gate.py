"""Decide whether a version may be promoted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ..monitoring.state import record_success
from ..params import GateParams, Params, load_params
from ..platform import artifacts, governance, scoring
from ..platform.settings import load_settings
from ._step import run_cli, step
from .document import document

LOWER_IS_BETTER = frozenset({"log_loss", "brier"})


@step
def gate(
    model: str,
    metrics_uri: str,
    version_uri: str,
    decision_uri: str,
    params: Params | None = None,
) -> dict[str, Any]:
    """Compare metrics with the limits and the champion, and write the decision.

    The gates are floors, ceilings, the champion, slices, gaps between groups and, if the
    environment requires it, the sections of `governance.yaml`. A refusal is a result, not an error:
    `refused` lists each failed gate with its metric, value and threshold. The model card and the
    data sheet are written for every decision.
    """
    params = params or load_params(model)
    report, version = artifacts.read_json(metrics_uri), artifacts.read_json(version_uri)
    applied = list(checks(report, params.gates))
    missing = governance.refused(load_settings(), model)
    if missing:
        metric = f"missing: {', '.join(missing)}"
        applied.append(_check("governance", metric, len(missing), 0, False))
    refused = [_failure(check) for check in applied if not check["passed"]]
    champion = report["champion"]
    decision = {
        "model": model,
        "version": version["version"],
        "sha256": version["sha256"],
        "accepted": not refused,
        "refused": refused,
        "champion": champion["version"] if champion else None,
        "metrics": report["metrics"],
    }
    time = datetime.now(UTC).isoformat(timespec="seconds")
    artifacts.write_json(decision_uri, {**decision, "checks": applied, "time": time})
    document(model, metrics_uri, version_uri, decision_uri)
    record_success(model, "training")
    return decision


def failures(report: dict[str, Any], gates: GateParams) -> Iterator[dict[str, Any]]:
    """Yield each failed gate for a report of `evaluate`: gate, metric, value, threshold."""
    return (_failure(check) for check in checks(report, gates) if not check["passed"])


def checks(report: dict[str, Any], gates: GateParams) -> Iterator[dict[str, Any]]:
    """Yield each gate that applies to a report of `evaluate`, and whether it passed.

    A metric that is missing or not a number fails.
    """
    serving = report["serving"]
    difference = (serving["parity"] or {}).get("max_abs_diff", math.nan)
    as_onnx = serving["served"] == scoring.ONNX
    # The service has no framework unless you install it explicitly.
    yield _check(
        "onnx",
        serving["reason"] or "max_abs_diff",
        difference,
        scoring.TOLERANCE,
        as_onnx or gates.native,
    )
    values = report["metrics"]
    for metric, floor in gates.floors.items():
        value = values.get(metric, math.nan)
        yield _check("floor", metric, value, floor, value >= floor)
    for metric, ceiling in gates.ceilings.items():
        value = values.get(metric, math.nan)
        yield _check("ceiling", metric, value, ceiling, value <= ceiling)
    # A champion with another contract has no metrics on these rows, so it is not compared.
    if report["champion"] and report["champion"]["metrics"]:
        for metric, margin in gates.champion_margin.items():
            value = values.get(metric, math.nan)
            sign = -1 if metric in LOWER_IS_BETTER else 1
            threshold = report["champion"]["metrics"].get(metric, math.nan) - sign * margin
            yield _check("champion", metric, value, threshold, sign * value >= sign * threshold)
    for column, groups in report["slices"].items():
        for group, found in groups.items():
            if found["rows"] >= gates.slices.min_rows:
                limit = gates.slices.min_auc
                metric = f"auc[{column}={group}]"
                yield _check("slice", metric, found["auc"], limit, found["auc"] >= limit)
    limits = {
        "selection_rate_gap": gates.fairness.max_selection_rate_gap,
        "recall_gap": gates.fairness.max_recall_gap,
    }
    for column, gaps in report["fairness"].items():
        for name, limit in limits.items():
            metric = f"{name}[{column}]"
            yield _check("fairness", metric, gaps[name], limit, gaps[name] <= limit)


def _check(gate: str, metric: str, value: float, threshold: float, passed: bool) -> dict[str, Any]:
    return {
        "gate": gate,
        "metric": metric,
        "value": round(value, 6),
        "threshold": round(threshold, 6),
        "passed": passed,
    }


def _failure(check: dict[str, Any]) -> dict[str, Any]:
    return {key: check[key] for key in ("gate", "metric", "value", "threshold")}


if __name__ == "__main__":
    run_cli(gate, {"decision_uri": "--out-decision"})
