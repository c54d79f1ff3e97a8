"""Evaluate a packaged model and the champion on the test rows."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..params import Params, load_params
from ..platform import artifacts, models, records, scoring
from ..platform.errors import FeatureError
from ..platform.strict_json import finite
from ..registry import CHAMPION, get_registry
from ._step import run_cli, step

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# Rows that are scored one by one to measure the time of one row.
LATENCY_ROWS = 30


@step
def evaluate(
    model: str, package_uri: str, test_uri: str, metrics_uri: str, params: Params | None = None
) -> dict[str, Any]:
    """Write metrics on the test rows: overall, per slice, and gaps between groups.

    The step scores what will be served (ONNX or the framework). The champion is scored on the same
    rows, so that the gate can compare the metrics. If the champion needs other inputs than those of
    the current contract, or other feature code, it is not scored and the report gives that reason.
    For a version without an ONNX file, the report gives the time of one row. Raises IntegrityError
    for changed files.
    """
    from ..data.frames import read_frame

    params = params or load_params(model)
    modules = models.load(model)
    contract = modules.contract
    test = read_frame(test_uri)
    task, y = modules.task, modules.labels(test)
    scorer = scoring.load(artifacts.local_copy(package_uri))
    columns = scoring.columns_of(test, contract)
    raw = scorer.raw(columns)
    values = task.metrics(y, raw, scorer.decision)
    primary = task.primary(values)
    least = params.gates.fairness.min_rows
    gaps = {
        field.name: task.fairness(y, raw, test[field.name], least) for field in contract.protected
    }
    report: records.Evaluation = finite(
        {
            "model": model,
            "task": task.NAME,
            "primary": primary,
            "rows": len(test),
            "serving": _serving(scorer, columns),
            "metrics": values,
            "slices": {
                name: task.by_slice(y, raw, test[name], primary) for name in contract.slices
            },
            "tables": task.tables(contract, y, raw, scorer.decision),
            "fairness": {name: gap for name, gap in gaps.items() if gap is not None},
            "champion": _champion(modules, test, y),
        }
    )
    artifacts.write_json(metrics_uri, report)
    return {"rows": len(test), primary: report["metrics"][primary]}


def _serving(scorer: scoring.Scorer, columns: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return how the version is served; `latency_ms` is the median time of one row, if natively."""
    found = {key: scorer.manifest[key] for key in ("served", "parity", "reason")}
    if scorer.served == scoring.ONNX:
        return found
    seconds = []
    for index in range(min(LATENCY_ROWS, *(len(values) for values in columns.values()))):
        row = {name: values[index : index + 1] for name, values in columns.items()}
        started = time.perf_counter()
        scorer.raw(row)
        seconds.append(time.perf_counter() - started)
    return {**found, "latency_ms": round(1000 * statistics.median(seconds), 3)}


def _champion(
    modules: models.ModelModules, test: pd.DataFrame, y: np.ndarray
) -> records.Compared | None:
    champion = get_registry().get(modules.name, CHAMPION)
    if champion is None:
        return None
    directory = artifacts.local_copy(champion.uri)
    manifest = artifacts.verify(directory, champion.sha256)
    if not scoring.has_task(manifest, modules.task):
        return {"version": champion.version, "metrics": {}, "reason": "it has another task"}
    if manifest["inputs"] != scoring.inputs_of(modules.contract):
        return {"version": champion.version, "metrics": {}, "reason": "it needs other inputs"}
    try:
        scorer = scoring.load(directory, champion.sha256)
    except FeatureError:
        reason = "it was trained with other feature code"
        return {"version": champion.version, "metrics": {}, "reason": reason}
    raw = scorer.raw(scoring.columns_of(test, scorer.contract))
    values = modules.task.metrics(y, raw, scorer.decision)
    return {"version": champion.version, "metrics": values}


if __name__ == "__main__":
    run_cli(evaluate, {"metrics_uri": "--out-metrics"})
