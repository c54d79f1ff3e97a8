"""Evaluate a packaged model and the champion on the test rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..params import Params, load_params
from ..platform import artifacts, models, scoring
from ..registry import CHAMPION, get_registry
from ._step import run_cli, step

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ..contract import DataContract


@step
def evaluate(
    model: str, package_uri: str, test_uri: str, metrics_uri: str, params: Params | None = None
) -> dict[str, Any]:
    """Write metrics on the test rows: overall, per slice, and gaps between groups.

    The step scores what will be served (ONNX or the framework). The champion is scored on the same
    rows, so that the gate can compare the metrics. If the champion needs other inputs than those of
    the current contract, it is not scored and the report gives that reason. Raises IntegrityError
    for changed files.
    """
    from .. import metrics
    from ..data.frames import read_frame

    params = params or load_params(model)
    modules = models.load(model)
    contract = modules.contract
    test = read_frame(test_uri)
    y = modules.features.labels(test)
    scorer = scoring.load(artifacts.local_copy(package_uri))
    scores = scorer.score(scoring.columns_of(test, contract))
    values = metrics.overall(y, scores)
    report = {
        "model": model,
        "rows": len(test),
        "serving": {key: scorer.manifest[key] for key in ("served", "parity", "reason")},
        "metrics": values,
        "slices": {name: metrics.by_slice(y, scores, test[name]) for name in contract.slices},
        "fairness": {
            field.name: metrics.fairness(
                y, scores, test[field.name], params.gates.fairness.min_rows
            )
            for field in contract.protected
        },
        "champion": _champion(model, test, y),
    }
    artifacts.write_json(metrics_uri, report)
    return {"rows": len(test), "auc": round(values["auc"], 6)}


def _champion(model: str, test: pd.DataFrame, y: np.ndarray) -> dict[str, Any] | None:
    from .. import metrics

    champion = get_registry().get(model, CHAMPION)
    if champion is None:
        return None
    directory = artifacts.local_copy(champion.uri)
    contract = models.load(model).contract
    if artifacts.verify(directory, champion.sha256)["inputs"] != _inputs_of(contract):
        return {"version": champion.version, "metrics": {}, "reason": "it needs other inputs"}
    scorer = scoring.load(directory, champion.sha256)
    scores = scorer.score(scoring.columns_of(test, scorer.contract))
    return {"version": champion.version, "metrics": metrics.overall(y, scores)}


def _inputs_of(contract: DataContract) -> list[dict[str, str]]:
    """Return the inputs in the format of a manifest."""
    return [{"name": field.name, "kind": field.kind} for field in contract.fields]


if __name__ == "__main__":
    run_cli(evaluate, {"metrics_uri": "--out-metrics"})
