"""Decide whether a version may be promoted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ..monitoring.state import record_success
from ..params import GateParams, Params, load_params
from ..platform import artifacts, governance, models, records, releases, scoring
from ..platform.errors import ParamsError
from ..platform.settings import load_settings
from ..tasks import Task
from ._step import run_cli, step
from .document import document

# Ignored inputs that a refusal names.
NAMED = 10


@step
def gate(
    model: str,
    metrics_uri: str,
    version_uri: str,
    decision_uri: str,
    params: Params | None = None,
) -> dict[str, Any]:
    """Compare metrics with the limits and the champion, and write the decision.

    The gates are the number of test rows and of rows that the model was fitted on, floors,
    ceilings, the champion and former champions, a constant prediction and a linear model, inputs
    without effect, slices, gaps between groups and, if the environment requires it, the sections
    of `governance.yaml`. A version of a past window that ends before the data of the champion is
    refused, so that a backfill does not replace it. A version that was rolled back, or an equal
    retraining of it, is refused until a person allows it. A refusal is a result, not an error:
    `refused` lists each failed gate with its metric, value and threshold. The model card and the
    data sheet are written for every decision.
    """
    params, task = params or load_params(model), models.load(model).task
    report = records.read(metrics_uri, records.Evaluation)
    version = records.read(version_uri, records.Version)
    applied = list(checks(report, params.gates, task))
    past = _window(report, version)
    if past is not None:
        applied.append(past)
    missing = governance.refused(load_settings(), model)
    if missing:
        metric = f"missing: {', '.join(missing)}"
        applied.append(_check("governance", metric, len(missing), 0, False))
    rejection = _rejection(model, version)
    if rejection is not None:
        metric = f"rolled back: {rejection.version} ({rejection.reason})"
        applied.append(_check("rejected", metric, 1, 0, False))
    refused = [_failure(check) for check in applied if not check["passed"]]
    champion = report["champion"]
    decision: records.Decision = {
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
    if _until(version) is None:
        # A backfill does not make the model any fresher.
        record_success(model, "training")
    return dict(decision)


def failures(
    report: records.Evaluation, gates: GateParams, task: Task
) -> Iterator[records.Failure]:
    """Yield each failed gate for a report of `evaluate`: gate, metric, value, threshold."""
    return (_failure(check) for check in checks(report, gates, task) if not check["passed"])


def checks(report: records.Evaluation, gates: GateParams, task: Task) -> Iterator[records.Check]:
    """Yield each gate that applies to a report of `evaluate`, and whether it passed.

    A metric that is missing or undefined fails. The name `primary` stands for the primary metric of
    the report. Raises ParamsError for a metric that cannot be a gate.
    """
    serving, primary = report["serving"], report["primary"]
    parity = serving["parity"]
    difference = parity["max_abs_diff"] if parity else None
    as_onnx = serving["served"] == scoring.ONNX
    if as_onnx or not gates.native:
        reason = serving["reason"] or "max_abs_diff"
        yield _check("onnx", reason, difference, scoring.TOLERANCE, as_onnx)
    else:
        latency, limit = serving.get("latency_ms"), gates.max_native_latency_ms
        passed = latency is not None and latency <= limit
        yield _check("latency", "native_latency_ms", latency, limit, passed)
    values = report["metrics"]
    yield _check("rows", "rows", report["rows"], gates.min_rows, report["rows"] >= gates.min_rows)
    for metric, floor in _limits("floors", gates.floors, primary, task):
        value = values.get(metric)
        yield _check("floor", metric, value, floor, value is not None and value >= floor)
    for metric, ceiling in _limits("ceilings", gates.ceilings, primary, task):
        value = values.get(metric)
        yield _check("ceiling", metric, value, ceiling, value is not None and value <= ceiling)
    # A champion with another contract has no metrics on these rows, so it is not compared.
    if report["champion"] and report["champion"]["metrics"]:
        before_rows = report["champion"].get("rows")
        if before_rows:
            least = gates.min_rows_share * before_rows
            passed = report["rows"] >= least
            yield _check("rows", "rows of the champion", report["rows"], least, passed)
        for metric, margin in _limits("champion_margin", gates.champion_margin, primary, task):
            value, before = values.get(metric), report["champion"]["metrics"].get(metric)
            if value is None or before is None:
                yield _check("champion", metric, value, None, False)
                continue
            sign = 1 if task.HIGHER_IS_BETTER[metric] else -1
            threshold = before - sign * margin
            yield _check("champion", metric, value, threshold, sign * value >= sign * threshold)
            gain = report["champion"].get("gain", {}).get(metric)
            if gain is not None:
                yield _check("interval", metric, gain, -margin, gain >= -margin)
    yield from _best_champion(report, gates, task)
    yield from _simple(report, gates, task)
    for column, groups in report["slices"].items():
        for group, found in groups.items():
            if (found["rows"] or 0) >= gates.slices.min_rows:
                limit, value = gates.slices.min_primary, found[primary]
                metric = f"{primary}[{column}={group}]"
                yield _check("slice", metric, value, limit, value is not None and value >= limit)
    limits = {
        "selection_rate_gap": gates.fairness.max_selection_rate_gap,
        "recall_gap": gates.fairness.max_recall_gap,
    }
    for column, gaps in report["fairness"].items():
        for name, limit in limits.items():
            metric, gap = f"{name}[{column}]", gaps[name]
            yield _check("fairness", metric, gap, limit, gap is not None and gap <= limit)


def _best_champion(
    report: records.Evaluation, gates: GateParams, task: Task
) -> Iterator[records.Check]:
    """Yield the comparison with the best former champion, for each metric with a margin."""
    primary, former = report["primary"], report.get("former", [])
    for metric, margin in _limits("champion_margin", gates.champion_margin, primary, task):
        sign = 1 if task.HIGHER_IS_BETTER[metric] else -1
        known = [one["metrics"][metric] for one in former if metric in one["metrics"]]
        reached = [sign * found for found in known if found is not None]
        value = report["metrics"].get(metric)
        if reached and value is not None:
            threshold = sign * (max(reached) - margin)
            passed = sign * value >= sign * threshold
            yield _check("best champion", metric, value, threshold, passed)


def _simple(report: records.Evaluation, gates: GateParams, task: Task) -> Iterator[records.Check]:
    """Yield the rows that the model was fitted on, and the comparison with simple predictions.

    Reports of earlier releases have neither.
    """
    trained, primary = report.get("training"), report["primary"]
    if trained and trained["rows"] is not None:
        least = math.ceil(gates.min_train_share * trained["split"])
        yield _check("fitted", "training rows", trained["rows"], least, trained["rows"] >= least)
    limits, simple = gates.baselines, report.get("baselines")
    if simple and simple["constant"] is not None:
        value, sign = report["metrics"].get(primary), 1 if task.HIGHER_IS_BETTER[primary] else -1
        threshold = simple["constant"] + sign * limits.constant_margin
        passed = value is not None and sign * value >= sign * threshold
        yield _check("constant", primary, value, threshold, passed)
    if report["rows"] < gates.interval_rows:
        # On few rows, a linear model can be the better choice although nothing is wrong with the
        # code of the model: trees need more rows. The model card reports the difference.
        return
    # A champion that is worse than the linear model must not keep out a better version.
    compared = report["champion"] and report["champion"]["metrics"]
    if simple and simple["lead"] is not None and not compared:
        lead, most = simple["lead"], limits.linear_margin
        yield _check("linear model", f"lead in {primary}", lead, most, lead <= most)
    inputs = report.get("inputs")
    if inputs and inputs["loss"] is not None:
        loss, most = inputs["loss"], limits.ignored_margin
        yield _check("ignored inputs", _listed(inputs["ignored"]), loss, most, loss <= most)


def _listed(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _until(version: records.Version) -> str | None:
    """Return the last day of the rows of a version; None if it was trained on all rows."""
    until = _data_of(version).get("window", {}).get("until")
    return None if until is None else str(until)


def _window(report: records.Evaluation, version: records.Version) -> records.Check | None:
    """Compare the end of a past window with the end of the champion's data.

    None if the version was trained on all rows, or if there is no champion.
    """
    champion = report["champion"]
    known = champion.get("window_end") if champion else None
    end = _data_of(version).get("window", {}).get("end")
    if _until(version) is None or end is None or known is None:
        return None
    ends, other = datetime.fromisoformat(end), datetime.fromisoformat(known)
    days = (ends - other).total_seconds() / 86_400
    return _check("window", f"days after the data of the champion ({known})", days, 0, days >= 0)


def _data_of(version: records.Version) -> dict[str, Any]:
    return (version.get("lineage") or {}).get("data") or {}


def _rejection(model: str, version: records.Version) -> releases.Rejection | None:
    """Return the rejection that covers a version, also one that was trained from the same."""
    made_by = version.get("lineage") or {}
    recipe = {
        "data_sha256": _data_of(version).get("sha256"),
        "params_sha256": made_by.get("params_sha256"),
        "features_sha256": made_by.get("features_sha256"),
    }
    log = releases.read(load_settings(), model)
    return log.covering(version["version"], version["sha256"], recipe)


def _limits(
    name: str, limits: Mapping[str, float], primary: str, task: Task
) -> Iterator[tuple[str, float]]:
    """Yield the metrics of a gate with their limits. Raises ParamsError for one that cannot be."""
    for metric, limit in limits.items():
        found = primary if metric == "primary" else metric
        if found not in task.HIGHER_IS_BETTER:
            known = ", ".join(("primary", *task.HIGHER_IS_BETTER))
            raise ParamsError(
                f"gates.{name}.{metric}: a gate of {task.NAME} has one of the metrics {known}"
            )
        yield found, limit


def _check(
    gate: str, metric: str, value: float | None, threshold: float | None, passed: bool
) -> records.Check:
    return {
        "gate": gate,
        "metric": metric,
        "value": None if value is None else round(value, 6),
        "threshold": None if threshold is None else round(threshold, 6),
        "passed": passed,
    }


def _failure(check: records.Check) -> records.Failure:
    return {
        "gate": check["gate"],
        "metric": check["metric"],
        "value": check["value"],
        "threshold": check["threshold"],
    }


if __name__ == "__main__":
    run_cli(gate, {"decision_uri": "--out-decision"})
