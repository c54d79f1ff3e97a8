"""Compare recent rows with the rows that the champion was trained on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..contract import DataContract, Field, Kind
from ..monitoring import TOO_FEW_ROWS, Predictions, get_detector, page, report, state
from ..params import Params, load_params
from ..platform import artifacts, models, prediction_logs, scoring
from ..platform.errors import FeatureError, RegistryError
from ..platform.events import emit
from ..platform.settings import load_settings
from ..platform.strict_json import finite
from ..registry import CHAMPION, ModelVersion, get_registry
from ..tasks import Metrics
from ._step import run_cli, step

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

REFERENCE = "reference.parquet"
PREDICTIONS = "predictions.parquet"


@step
def monitor(
    model: str,
    current_uri: str,
    reference_uri: str,
    report_uri: str,
    page_uri: str | None = None,
    params: Params | None = None,
) -> dict[str, Any]:
    """Write a report of drift and, for rows with a known label, of quality.

    `report_uri` is written as JSON, `page_uri` as one HTML file with the same content.

    `current_uri` is a table, a prediction log, or `log` for the log of the environment;
    `reference_uri` is a table, or `champion` for the rows in the champion's package. The champion
    scores the current rows again: its predictions are compared with those for its test rows, and
    its quality is measured on the labeled rows, if there are enough of them. Rows that are repeated
    too often to be separate observations are left out. The service also exports the numbers as
    metrics. A window with too few rows is no success of the pipeline. Raises UserError if there are
    no rows.
    """
    from ..data.frames import read_frame
    from ..data.sources import read_rows
    from ..monitoring.distributions import compare, distribution
    from ..monitoring.repeats import without_repeats

    params = params or load_params(model)
    current_uri = prediction_logs.locate(load_settings(), current_uri)
    modules = models.load(model)
    contract = modules.contract
    champion = get_registry().get(model, CHAMPION)
    current = report.read_window(current_uri, model, contract, params)
    if reference_uri == CHAMPION:
        if champion is None:
            raise RegistryError(
                f"{model} has no champion: promote a version, or set REFERENCE to a table"
            )
        package = champion.local_files()
        artifacts.verify(package, champion.sha256)
        reference = read_frame(str(package / REFERENCE))
        scoring.require_inputs(reference.columns, contract, f"{model} {champion.version}")
    else:
        reference = read_rows(reference_uri, contract, params.data)
    rows = len(current)
    current = without_repeats(current, reference, contract.names)
    repeated = rows - len(current)
    if repeated:
        emit("repeated_rows_left_out", model=model, rows=rows, repeated=repeated)

    scorer = _scorer(modules, champion)
    labeled = _labeled(current, contract)
    enough = int(labeled.sum()) >= params.retrain.min_labeled_rows
    predictions, raw = None, None
    if scorer is not None and (reference_uri == CHAMPION or enough):
        raw = scorer.raw(scoring.columns_of(current, contract))
        if reference_uri == CHAMPION:
            predictions = _predictions(scorer, package, raw)
    drift = get_detector()(reference, current, contract, params.drift, predictions)
    compared = (*drift.features, drift.prediction) if drift.prediction else drift.features
    if drift.verdict != TOO_FEW_ROWS:
        state.record_drift(model, {item.feature: item.psi for item in compared})

    registered = champion.metrics if champion is not None else None
    primary = modules.task.primary(registered or {})
    quality: Metrics | None = None
    if champion is not None and scorer is not None and raw is not None and enough:
        labels = modules.labels(current[labeled])
        quality = modules.task.metrics(labels, raw[labeled.to_numpy()], scorer.decision)
        state.record_quality(model, champion.version, quality, int(labeled.sum()), primary)

    sources = {"current": current_uri, "reference": reference_uri}
    content = report.build(
        model,
        drift,
        quality,
        int(labeled.sum()),
        champion,
        sources,
        compare(reference, current, contract),
        registered=registered,
        limits={
            "primary": params.retrain.min_primary,
            "psi": params.drift.psi,
            "rows": params.drift.min_rows,
            "labeled_rows": params.retrain.min_labeled_rows,
        },
        primary=primary,
        prediction=distribution(predictions.field, predictions.reference, predictions.current)
        if predictions is not None
        else None,
        repeated_rows=repeated,
    )
    content = finite(content)
    state.record_window(model, report.window(content))
    content["windows"] = state.windows(model)
    artifacts.write_json(report_uri, content)
    if page_uri is not None:
        artifacts.write_bytes(page_uri, page.render(content).encode())
    if drift.verdict == TOO_FEW_ROWS:
        least = params.drift.min_rows
        emit("window_too_small", model=model, rows=drift.rows, repeated=repeated, least=least)
    else:
        state.record_success(model, "monitoring")
    return {
        "verdict": drift.verdict,
        "drifted": content["drifted"],
        "psi": {item.feature: round(item.psi, 6) for item in compared},
        "rows": drift.rows,
        "repeated_rows": repeated,
        "quality": quality,
        "labelled_rows": int(labeled.sum()),
        "version": content["version"],
    }


def _labeled(frame: pd.DataFrame, contract: DataContract) -> pd.Series:
    """Return which rows have a known label."""
    import pandas as pd

    if contract.target not in frame:
        return pd.Series(False, index=frame.index)
    return frame[contract.target].notna()


def _scorer(modules: models.ModelModules, champion: ModelVersion | None) -> scoring.Scorer | None:
    """Load the champion; None if there is none, or if the current code cannot score with it."""
    if champion is None:
        return None
    try:
        scorer = scoring.load(champion.local_files(), champion.sha256, champion.version)
    except FeatureError as error:
        emit("champion_not_scored", model=modules.name, reason=str(error))
        return None
    if not scoring.has_task(scorer.manifest, modules.task):
        emit("champion_not_scored", model=modules.name, reason="it has another task")
        return None
    return scorer


def _predictions(scorer: scoring.Scorer, package: Path, raw: np.ndarray) -> Predictions | None:
    """Return the predictions for the test rows of the champion and for the current rows.

    raw: what the champion's model returns for the current rows. None for a version of a release
    that did not store the former.
    """
    import pandas as pd

    from ..data.frames import read_frame

    if not (package / PREDICTIONS).exists():
        return None
    first = scorer.task.outputs(scorer.contract)[0]
    kind: Kind = "category" if first.kind == "string" else "float"
    field = Field("prediction", kind, categories=first.names, description=first.description)
    found = scorer.task.predictions(scorer.contract, raw, scorer.decision)[first.name]
    return Predictions(
        field, read_frame(str(package / PREDICTIONS))["prediction"], pd.Series(found)
    )


if __name__ == "__main__":
    run_cli(monitor, {"report_uri": "--out-report", "page_uri": "--out-page"})
