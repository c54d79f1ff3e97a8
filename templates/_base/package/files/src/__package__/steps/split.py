"""Split rows by time: older rows for training, the newest rows for testing."""

from __future__ import annotations

from typing import Any

from ..params import Params, load_params
from ..platform import models
from ..platform.errors import UserError
from ._step import run_cli, step


@step
def split(
    model: str, data_uri: str, train_uri: str, test_uri: str, params: Params | None = None
) -> dict[str, Any]:
    """Write the labeled rows as two files; every test row is newer than every training row.

    Rows without a label are left out and counted. Raises UserError if either part has rows of only
    one class.
    """
    from ..data.frames import read_frame, write_frame

    params = params or load_params(model)
    contract = models.load(model).contract
    if contract.time is None:
        raise UserError(f"the contract of {model} declares no time, by which rows are split")
    frame = read_frame(data_uri)
    labelled = frame[frame[contract.target].notna()].sort_values(contract.time, kind="stable")
    times = labelled[contract.time]
    if labelled.empty:
        raise UserError(f"no row of {data_uri} has a label in {contract.target}")
    first_test = times.iloc[max(0, len(labelled) - int(len(labelled) * params.split.test_fraction))]
    train, test = labelled[times < first_test], labelled[times >= first_test]
    for name, part in (("training", train), ("test", test)):
        if part[contract.target].nunique() < 2:
            raise UserError(f"the {name} rows have only one class: use more rows or days")
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
