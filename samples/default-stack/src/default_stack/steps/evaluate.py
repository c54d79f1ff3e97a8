"""Evaluate a packaged model and the champion on the test rows."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..params import Params, load_params
from ..platform import artifacts, bootstrap, models, records, releases, scoring
from ..platform.errors import FeatureError, UserError
from ..platform.settings import load_settings
from ..platform.strict_json import finite
from ..registry import CHAMPION, ModelVersion, get_registry
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

    The step scores what will be served (ONNX or the framework). The champion and former champions
    are scored on the same rows, so that the gate can compare the metrics; with few rows, the report
    has a confidence interval of the difference from the champion. If the champion needs other
    inputs than those of the current contract, or other feature code, it is not scored and the
    report gives that reason. For a version without an ONNX file, the report gives the time of one
    row. Raises IntegrityError for changed files.
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
    few = len(test) < params.gates.interval_rows
    judged = _Judged(modules, test, y, raw, scorer.decision, params.seed if few else None)
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
            "champion": _champion(judged),
            "former": _former(judged, params.gates.champions),
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


@dataclass(frozen=True)
class _Judged:
    """The new version on n test rows. seed: of the resamples; None if there are enough rows."""

    modules: models.ModelModules
    test: pd.DataFrame
    y: np.ndarray
    raw: np.ndarray
    decision: Mapping[str, float]
    seed: int | None

    def compared_with(self, version: ModelVersion, seed: int | None) -> records.Compared:
        """Score another version on the same rows; with a seed, add the intervals."""
        modules = self.modules
        directory = artifacts.local_copy(version.uri)
        manifest = artifacts.verify(directory, version.sha256)
        found: records.Compared = {"version": version.version, "metrics": {}}
        if not scoring.has_task(manifest, modules.task):
            return {**found, "reason": "it has another task"}
        if manifest["inputs"] != scoring.inputs_of(modules.contract):
            return {**found, "reason": "it needs other inputs"}
        try:
            scorer = scoring.load(directory, version.sha256)
        except FeatureError:
            return {**found, "reason": "it was trained with other feature code"}
        raw = scorer.raw(scoring.columns_of(self.test, scorer.contract))
        found["metrics"] = modules.task.metrics(self.y, raw, scorer.decision)
        if seed is not None:
            found["gain"] = bootstrap.lowest_gains(
                modules.task, self.y, (self.raw, self.decision), (raw, scorer.decision), seed
            )
        return found


def _champion(judged: _Judged) -> records.Compared | None:
    champion = get_registry().get(judged.modules.name, CHAMPION)
    if champion is None:
        return None
    found = judged.compared_with(champion, judged.seed)
    rows = champion.tags.get("test_rows")
    return {**found, "rows": None if rows is None else int(rows)}


def _former(judged: _Judged, count: int) -> list[records.Compared]:
    """Return at most `count` former champions that can be scored, the newest first.

    Versions that were rolled back are not among them, nor those that the registry no longer has.
    """
    registry = get_registry()
    found: list[records.Compared] = []
    path = releases.read(load_settings(), judged.modules.name).path
    for version in dict.fromkeys(release.version for release in reversed(path[:-1])):
        if len(found) == count:
            break
        try:
            compared = judged.compared_with(registry.version(judged.modules.name, version), None)
        except UserError:
            continue
        if compared["metrics"]:
            found.append(compared)
    return found


if __name__ == "__main__":
    run_cli(evaluate, {"metrics_uri": "--out-metrics"})
