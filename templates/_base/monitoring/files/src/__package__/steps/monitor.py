"""Compare recent rows with the rows that the champion was trained on."""

from __future__ import annotations

from typing import Any

from ..monitoring import TOO_FEW_ROWS, get_detector, page, report, state
from ..params import Params, load_params
from ..platform import artifacts, models, prediction_logs, scoring
from ..platform.errors import RegistryError
from ..platform.settings import load_settings
from ..platform.strict_json import finite
from ..registry import CHAMPION, get_registry
from ..tasks import Metrics
from ._step import run_cli, step

REFERENCE = "reference.parquet"


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
    scores the labeled rows again. The service also exports the numbers as metrics. Raises UserError
    if there are no rows.
    """
    from ..data.frames import read_frame
    from ..data.sources import read_rows
    from ..monitoring.distributions import compare

    params = params or load_params(model)
    current_uri = prediction_logs.locate(load_settings(), current_uri)
    modules = models.load(model)
    contract = modules.contract
    champion = get_registry().get(model, CHAMPION)
    current = report.read_window(current_uri, model, contract, params.data)
    if reference_uri == CHAMPION:
        if champion is None:
            raise RegistryError(
                f"{model} has no champion: promote a version, or set REFERENCE to a table"
            )
        package = artifacts.local_copy(champion.uri)
        artifacts.verify(package, champion.sha256)
        reference = read_frame(str(package / REFERENCE))
    else:
        reference = read_rows(reference_uri, contract, params.data)
    drift = get_detector()(reference, current, contract, params.drift)
    if drift.verdict != TOO_FEW_ROWS:
        state.record_drift(model, {item.feature: item.psi for item in drift.features})

    quality: Metrics | None = None
    labelled = current[current[contract.target].notna()] if contract.target in current else None
    if champion is not None and labelled is not None and len(labelled):
        scorer = scoring.load(artifacts.local_copy(champion.uri), champion.sha256)
        raw = scorer.raw(scoring.columns_of(labelled, contract))
        quality = modules.task.metrics(modules.labels(labelled), raw, scorer.decision)
        state.record_quality(model, champion.version, quality, len(labelled))

    version = champion.version if champion is not None else None
    rows = len(labelled) if quality is not None and labelled is not None else 0
    sources = {"current": current_uri, "reference": reference_uri}
    content = report.build(
        model,
        drift,
        quality,
        rows,
        version,
        sources,
        compare(reference, current, contract),
        registered=champion.metrics if champion is not None else None,
        limits={"auc": params.retrain.min_primary, "psi": params.drift.psi},
    )
    content = finite(content)
    state.record_window(model, report.window(content))
    content["windows"] = state.windows(model)
    artifacts.write_json(report_uri, content)
    if page_uri is not None:
        artifacts.write_bytes(page_uri, page.render(content).encode())
    state.record_success(model, "monitoring")
    return {
        "verdict": drift.verdict,
        "drifted": content["drifted"],
        "psi": {item["feature"]: item["psi"] for item in content["features"]},
        "rows": drift.rows,
        "quality": quality,
        "version": version,
    }


if __name__ == "__main__":
    run_cli(monitor, {"report_uri": "--out-report", "page_uri": "--out-page"})
