"""Evaluate a packaged model and the champion on the test rows."""

from __future__ import annotations

import statistics
import time
import timeit
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..params import Params, load_params
from ..platform import (
    artifacts,
    baselines,
    bootstrap,
    effects,
    fitted,
    models,
    records,
    releases,
    scoring,
)
from ..platform.columns import Columns
from ..platform.errors import FeatureError, RegistryError, UserError
from ..platform.settings import load_settings
from ..platform.strict_json import finite
from ..registry import CHAMPION, ModelVersion, get_registry
from ._step import run_cli, step

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# Rows that are scored one by one to measure the time of one row, and how often each is scored.
# Other programs on the machine only add to a time, so the shortest of them is the time of the row.
LATENCY_ROWS = 30
LATENCY_REPEATS = 3
# No further row is measured after this many seconds.
LATENCY_SECONDS = 10
# With more rows, the difference of two metrics hardly depends on chance, and resamples are slow.
MOST_RESAMPLED = 20_000


@step
def evaluate(
    model: str,
    package_uri: str,
    train_uri: str,
    test_uri: str,
    metrics_uri: str,
    params: Params | None = None,
) -> dict[str, Any]:
    """Write metrics on the test rows: overall, per slice, and gaps between groups.

    The step scores what will be served (ONNX or the framework). The champion and former champions
    are scored on the same rows, so that the gate can compare the metrics; with few rows, the report
    has a confidence interval of the difference from the champion. If the champion needs other
    inputs than those of the current contract, or other feature code, it is not scored and the
    report gives that reason. For a version without an ONNX file, the report gives the time of one
    row. The training rows give a constant prediction and a linear model to compare with, and the
    number of rows that the model should have been fitted on. Raises IntegrityError for changed
    files.
    """
    from ..data.frames import read_frame

    params = params or load_params(model)
    modules = models.load(model)
    contract = modules.contract
    train, test = read_frame(train_uri), read_frame(test_uri)
    task, y = modules.task, modules.labels(test)
    package = artifacts.local_copy(package_uri)
    scorer = scoring.load(package)
    columns = scoring.columns_of(test, contract)
    raw = scorer.raw(columns)
    values = task.metrics(y, raw, scorer.decision)
    primary = task.primary(values)
    least = params.gates.fairness.min_rows
    few = len(test) < params.gates.interval_rows
    judged = _Judged(modules, test, y, raw, scorer.decision, primary, params.seed if few else None)
    known = scoring.columns_of(train, contract)
    effect = effects.effects(scorer, known, columns, params.seed)
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
            "training": {"rows": fitted.load(package), "split": len(train)},
            **_compared_simply(judged, known, modules.labels(train), columns, effect, params),
            "fairness": {name: gap for name, gap in gaps.items() if gap is not None},
            "champion": _champion(judged),
            "former": _former(judged, params.gates.champions),
        }
    )
    artifacts.write_json(metrics_uri, report)
    return {"rows": len(test), primary: report["metrics"][primary]}


def _serving(scorer: scoring.Scorer, columns: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return how the version is served; `latency_ms` is the median time of a row, if natively."""
    found = {key: scorer.manifest[key] for key in ("served", "parity", "reason")}
    if scorer.served == scoring.ONNX:
        return found
    seconds: list[float] = []
    began = time.perf_counter()
    for index in range(min(LATENCY_ROWS, *(len(values) for values in columns.values()))):
        row = {name: values[index : index + 1] for name, values in columns.items()}
        seconds.append(_seconds(scorer, row))
        if time.perf_counter() - began > LATENCY_SECONDS:
            break
    return {**found, "latency_ms": round(1000 * statistics.median(seconds), 3)}


def _seconds(scorer: scoring.Scorer, row: Columns) -> float:
    """Return the shortest time in which one row is scored."""
    return min(timeit.repeat(lambda: scorer.raw(row), number=1, repeat=LATENCY_REPEATS))


def _compared_simply(
    judged: _Judged,
    known: Columns,
    y: np.ndarray,
    columns: Columns,
    effect: Mapping[str, float | None],
    params: Params,
) -> dict[str, Any]:
    """Return `baselines` and `inputs` of the report.

    known, y: inputs and targets of the training rows. columns: inputs of the n test rows.
    """
    modules, margins, seed = judged.modules, params.gates.baselines, params.seed
    constant = baselines.constant(modules, y, len(judged.y))
    linear = baselines.linear(modules, known, y, seed).predict(columns)
    ignored = [
        name
        for name, change in effect.items()
        if change is not None
        and change <= scoring.TOLERANCE
        and name not in params.gates.unused_inputs
    ]
    loss = None
    if ignored:
        without = baselines.linear(modules, known, y, seed, ignored).predict(columns)
        loss = judged.lead(linear, without, margins.ignored_margin, seed)
    return {
        "baselines": {
            "constant": judged.measured(constant),
            "linear": judged.measured(linear),
            "lead": judged.lead(linear, judged.raw, margins.linear_margin, seed),
        },
        "inputs": {"effects": effect, "ignored": ignored, "loss": loss},
    }


@dataclass(frozen=True)
class _Judged:
    """The new version on n test rows. seed: of the resamples; None if there are enough rows."""

    modules: models.ModelModules
    test: pd.DataFrame
    y: np.ndarray
    raw: np.ndarray
    decision: Mapping[str, float]
    primary: str
    seed: int | None

    def measured(self, raw: np.ndarray) -> float | None:
        """Return the primary metric of other predictions for the same rows."""
        return self.modules.task.metrics(self.y, raw, self.decision)[self.primary]

    def lead(self, first: np.ndarray, second: np.ndarray, margin: float, seed: int) -> float | None:
        """Return how much better the first predictions are than the second, in the primary metric.

        If that is more than the margin, return the lower limit of its confidence interval, so that
        chance is no reason to refuse a version.
        """
        task, primary = self.modules.task, self.primary
        better, other = self.measured(first), self.measured(second)
        if better is None or other is None:
            return None
        lead = (better - other) * (1 if task.HIGHER_IS_BETTER[primary] else -1)
        if lead <= margin or len(self.y) > MOST_RESAMPLED:
            return lead
        new, old = (first, self.decision), (second, self.decision)
        return bootstrap.lowest_gains(task, self.y, new, old, seed)[primary]

    def compared_with(self, version: ModelVersion, seed: int | None) -> records.Compared:
        """Score another version on the same rows; with a seed, add the intervals."""
        modules = self.modules
        found: records.Compared = {"version": version.version, "metrics": {}}
        try:
            directory = version.local_files()
        except RegistryError:
            # Otherwise no training could replace a champion whose files are lost.
            return {**found, "reason": "its files are missing"}
        manifest = artifacts.verify(directory, version.sha256)
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
    # An earlier release did not record the end: its versions knew everything up to their training.
    end = champion.tags.get("window_end") or champion.tags.get("trained_at")
    return {**found, "rows": None if rows is None else int(rows), "window_end": end}


def _former(judged: _Judged, count: int) -> list[records.Compared]:
    """Return at most `count` former champions that can be scored, the newest first.

    Versions that were rolled back are not among them, nor those that the registry no longer has.
    """
    found: list[records.Compared] = []
    settings = load_settings()
    log = releases.read(settings, judged.modules.name)
    latest = {release.version: release for release in log.path[:-1]}
    for release in sorted(latest.values(), key=lambda one: -one.number):
        if len(found) == count:
            break
        try:
            compared = judged.compared_with(releases.registered(settings, log, release), None)
        except UserError:
            continue
        if compared["metrics"]:
            found.append(compared)
    return found


if __name__ == "__main__":
    run_cli(evaluate, {"metrics_uri": "--out-metrics"})
