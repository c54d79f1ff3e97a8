"""Check rows against the data contract."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..platform import artifacts, models
from ..platform.errors import DataContractError
from ..platform.strict_json import finite
from ._step import run_cli, step


@step
def validate(model: str, data_uri: str, validation_uri: str) -> dict[str, Any]:
    """Check every row against the contract of the model and write a report.

    The report is written in any case. Raises DataContractError, which names the column, the check
    and the number of rows, if a check fails.
    """
    from ..data.frames import read_frame
    from ..monitoring.state import record_validation
    from ..quality import check

    frame = read_frame(data_uri)
    found = check(frame, models.load(model).contract)
    # The example of a failure can be a number that JSON does not have.
    failures = [finite(asdict(failure)) for failure in found]
    report = {"model": model, "rows": len(frame), "valid": not failures, "failures": failures}
    artifacts.write_json(validation_uri, report)
    record_validation(model, len(failures))
    if failures:
        sentence = "; ".join(map(str, found))
        raise DataContractError(f"the data breaks the contract of {model}: {sentence}", failures)
    return {"rows": len(frame), "valid": True}


if __name__ == "__main__":
    run_cli(validate, {"validation_uri": "--out-report"})
