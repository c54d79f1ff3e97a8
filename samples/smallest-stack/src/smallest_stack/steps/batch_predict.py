"""Score a table with the champion."""

from __future__ import annotations

from typing import Any

from ..params import Params, load_params
from ..platform import models, scoring
from ..platform.errors import DataContractError, RegistryError
from ..registry import CHAMPION, get_registry
from ._step import run_cli, step


@step
def batch_predict(
    model: str, data_uri: str, output_uri: str, params: Params | None = None
) -> dict[str, Any]:
    """Write entity, time (if present), prediction and version for every row of a table.

    The table has the names of the source or of the contract; CSV files are in the dialect of the
    parameters. `prediction` is the first output of the task. Further outputs are
    `prediction_<output>`, or `prediction_<output>_<name>` if they have several values. The values
    are equal to those of the service for the same rows. Raises DataContractError if an input is
    missing, and RegistryError if there is no champion.
    """
    from ..data.frames import write_frame
    from ..data.sources import read_rows
    from ..monitoring.state import record_success

    contract = models.load(model).contract
    champion = get_registry().get(model, CHAMPION)
    if champion is None:
        raise RegistryError(f"{model} has no champion: promote a version first")
    scorer = scoring.load(champion.local_files(), champion.sha256, champion.version)
    frame = read_rows(data_uri, contract, (params or load_params(model)).data)
    missing = [name for name in contract.names if name not in frame]
    if missing:
        raise DataContractError(f"{data_uri} lacks the inputs {', '.join(missing)}", [])
    kept = [name for name in contract.keys if name in frame]
    output = frame[kept].copy()
    for name, values in scorer.table(scoring.columns_of(frame, contract)).items():
        output[name] = values
    output["model_version"] = champion.version
    write_frame(output, output_uri)
    record_success(model, "batch")
    return {"rows": len(output), "version": champion.version, "served": scorer.served}


if __name__ == "__main__":
    run_cli(batch_predict, {"output_uri": "--out-predictions"})
