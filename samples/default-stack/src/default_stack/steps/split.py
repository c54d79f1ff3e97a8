"""Split the labeled rows into training and test rows."""

from __future__ import annotations

from typing import Any

from ..params import Params, load_params
from ..platform import models
from ._step import run_cli, step


@step
def split(
    model: str, data_uri: str, train_uri: str, test_uri: str, params: Params | None = None
) -> dict[str, Any]:
    """Write the labeled rows as two files, by time or at random.

    The result counts the rows that are in neither file, by reason; see `data/splits.py`. Raises
    UserError, which names the parameter to change, if a part cannot train or measure a model.
    """
    from ..data.frames import read_frame, write_frame
    from ..data.splits import divide

    params = params or load_params(model)
    modules = models.load(model)
    contract = modules.contract
    parts = divide(read_frame(data_uri), contract, params.split, params.seed)
    modules.task.check_split(contract, parts.train[contract.target], parts.test[contract.target])
    write_frame(parts.train, train_uri)
    write_frame(parts.test, test_uri)
    return {
        "train_rows": len(parts.train),
        "test_rows": len(parts.test),
        "unlabelled_rows": parts.unlabelled_rows,
        "overdue_rows": parts.overdue_rows,
        "late_rows": parts.late_rows,
        "entity_rows": parts.entity_rows,
        "test_from": parts.test_from,
    }


if __name__ == "__main__":
    run_cli(split, {"train_uri": "--out-train", "test_uri": "--out-test"})
