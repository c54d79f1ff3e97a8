"""Part rows by time: the older to learn from, the newest to be judged on."""

from __future__ import annotations

from typing import Any

from .. import models
from ..params import Params, load_params
from ..platform.errors import UserError
from ._step import run_cli, step


@step
def split(
    model: str, data_uri: str, train_uri: str, test_uri: str, params: Params | None = None
) -> dict[str, Any]:
    """Write the labelled rows as two files; every test row is newer than every training row.

    Rows whose label has not arrived are left out and counted. Raises UserError if either part
    would lack rows of one class.
    """
    from ..data.frames import read_frame, write_frame

    params = params or load_params(model)
    contract = models.load(model).contract
    frame = read_frame(data_uri)
    labelled = frame[frame[contract.target].notna()].sort_values(contract.time, kind="stable")
    times = labelled[contract.time]
    if labelled.empty:
        raise UserError(f"no row of {data_uri} has a label in {contract.target}")
    first_test = times.iloc[max(0, len(labelled) - int(len(labelled) * params.split.test_fraction))]
    train, test = labelled[times < first_test], labelled[times >= first_test]
    for name, part in (("training", train), ("test", test)):
        if part[contract.target].nunique() < 2:
            raise UserError(f"the {name} rows hold one class only: more rows or time are needed")
    write_frame(train, train_uri)
    write_frame(test, test_uri)
    return {
        "train_rows": len(train),
        "test_rows": len(test),
        "unlabelled_rows": len(frame) - len(labelled),
        "test_from": first_test.isoformat(),
    }


if __name__ == "__main__":
    run_cli(split, {"train_uri": "--out-train", "test_uri": "--out-test"})
