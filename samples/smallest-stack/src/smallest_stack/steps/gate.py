"""Decide whether a version may be promoted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from .. import artifacts
from ..monitoring.state import record_success
from ..params import GateParams, Params, load_params
from ._step import run_cli, step

LOWER_IS_BETTER = frozenset({"log_loss", "brier"})


@step
def gate(
    model: str,
    metrics_uri: str,
    version_uri: str,
    decision_uri: str,
    params: Params | None = None,
) -> dict[str, Any]:
    """Compare metrics with floors, ceilings, the champion, slices and gaps; write the decision.

    A refusal is a result, not an error: `refused` lists each gate that failed with its metric,
    value and threshold.
    """
    params = params or load_params(model)
    report, version = artifacts.read_json(metrics_uri), artifacts.read_json(version_uri)
    refused = list(failures(report, params.gates))
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
    artifacts.write_json(decision_uri, {**decision, "time": time})
    record_success(model, "training")
    return decision


def failures(report: dict[str, Any], gates: GateParams) -> Iterator[dict[str, Any]]:
    """Yield each failed gate of a report of `evaluate`: gate, metric, value, threshold.

    A metric that is missing or not a number fails.
    """
    values = report["metrics"]
    for metric, floor in gates.floors.items():
        value = values.get(metric, math.nan)
        if not value >= floor:
            yield _failure("floor", metric, value, floor)
    for metric, ceiling in gates.ceilings.items():
        value = values.get(metric, math.nan)
        if not value <= ceiling:
            yield _failure("ceiling", metric, value, ceiling)
    if report["champion"]:
        for metric, margin in gates.champion_margin.items():
            value = values.get(metric, math.nan)
            sign = -1 if metric in LOWER_IS_BETTER else 1
            threshold = report["champion"]["metrics"].get(metric, math.nan) - sign * margin
            if not sign * value >= sign * threshold:
                yield _failure("champion", metric, value, threshold)
    for column, groups in report["slices"].items():
        for group, found in groups.items():
            if found["rows"] >= gates.slices.min_rows and not found["auc"] >= gates.slices.min_auc:
                metric = f"auc[{column}={group}]"
                yield _failure("slice", metric, found["auc"], gates.slices.min_auc)
    limits = {
        "selection_rate_gap": gates.fairness.max_selection_rate_gap,
        "recall_gap": gates.fairness.max_recall_gap,
    }
    for column, gaps in report["fairness"].items():
        for metric, limit in limits.items():
            if not gaps[metric] <= limit:
                yield _failure("fairness", f"{metric}[{column}]", gaps[metric], limit)


def _failure(gate: str, metric: str, value: float, threshold: float) -> dict[str, Any]:
    return {
        "gate": gate,
        "metric": metric,
        "value": round(value, 6),
        "threshold": round(threshold, 6),
    }


if __name__ == "__main__":
    run_cli(gate, {"decision_uri": "--out-decision"})
