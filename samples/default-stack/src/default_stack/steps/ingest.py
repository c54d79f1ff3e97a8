"""Read the rows of a model from its source."""

from __future__ import annotations

from typing import Any

from ..params import Params, load_params
from ..platform import models
from ..platform.errors import UserError
from ._step import run_cli, step


@step
def ingest(
    model: str,
    data_uri: str,
    variant: str = "base",
    until: str = "now",
    params: Params | None = None,
) -> dict[str, Any]:
    """Read all rows of a model from `data.source` and write them to one Parquet file.

    The columns get the names and types of the contract, see `data/conversion.py`.
    `variant` selects a variant of the sample instead of `base`: drifted, fresh, late, corrupted or
    mislabelled. `until` is the last day of the rows; labels that became known later are left out,
    see `data/windows.py`. If the file of the source is missing, the committed sample is read, and
    the result says so. Raises UserError if the source cannot be read or has no rows.
    """
    from ..data.frames import write_table
    from ..data.sources import in_use, origin, read_table
    from ..data.windows import cut, day_of

    params, modules = params or load_params(model), models.load(model)
    contract = modules.contract
    # Wrong parameters and a wrong day are reported before the rows are read.
    modules.check(params)
    day_of(until, contract)
    table = cut(read_table(params, contract, variant), contract, until)
    if len(table) == 0:
        raise UserError(f"data.source {params.data.source} has no rows")
    write_table(table, data_uri)
    return {
        "rows": len(table),
        "source": in_use(params.data),
        "origin": origin(params.data),
        "variant": variant,
        "until": until,
    }


if __name__ == "__main__":
    run_cli(ingest, {"data_uri": "--out-data"})
