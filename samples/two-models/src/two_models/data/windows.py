"""Past windows: the rows and labels that were known at the end of a day.

A run with the parameter `until` trains on such a window, for example to fill in the run of a day on
which training failed. The file of the rows keeps the day, in the attributes that pandas stores in
Parquet, so that every later step and every copy of the file has it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from ..contract import DataContract
from ..platform import records
from ..platform.errors import UserError
from ..platform.strict_json import dumps

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

# The value of `until` for all rows.
NOW = "now"


def day_of(until: str, contract: DataContract) -> date | None:
    """Return the last day of a window; None for all rows.

    Raises UserError if `until` is neither NOW nor a day of the past, or if rows have no time.
    """
    if until == NOW:
        return None
    try:
        day = date.fromisoformat(until)
    except ValueError:
        day = None
    # Python also reads other forms of ISO 8601, such as 20260531.
    if day is None or day.isoformat() != until:
        raise UserError(f"until must be a day such as 2026-05-31, or {NOW}; found {until!r}")
    if contract.time is None:
        raise UserError(
            f"until is {until}, but rows of {contract.model} have no time: declare `time` in "
            f"{contract.file}, or train without until"
        )
    if day > datetime.now(UTC).date():
        raise UserError(f"until is {until}, which is in the future: use {NOW} for all rows")
    return day


def cut(table: pa.Table, contract: DataContract, until: str) -> pa.Table:
    """Return the rows with a time up to the end of a day in UTC, and the labels known by then.

    Later labels become missing. Rows without a time, and columns of another type than the contract
    declares, stay as they are: the step `validate` reports them. Raises UserError as `day_of`, and
    if no row is that old.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    day = day_of(until, contract)
    if day is None or contract.time is None or len(table) == 0:
        return table
    end = datetime.combine(day, time(), UTC) + timedelta(days=1)

    def is_before(name: str) -> pa.ChunkedArray | None:
        values = table.column(name) if name in table.column_names else None
        if values is None or not pa.types.is_timestamp(values.type):
            return None
        micros = pc.cast(values, pa.timestamp("us", "UTC"), safe=False)
        return pc.fill_null(pc.less(micros, pa.scalar(end, micros.type)), True)

    is_old = is_before(contract.time)
    if is_old is not None:
        if not pc.any(is_old).as_py():
            first = pc.min(table.column(contract.time)).as_py()
            raise UserError(f"no row has a time up to {until}: the first is of {first.date()}")
        table = table.filter(is_old)
    is_known = is_before(contract.label_time) if contract.label_time is not None else None
    if is_known is not None and contract.target in table.column_names:
        index, labels = table.column_names.index(contract.target), table.column(contract.target)
        known = pc.if_else(is_known, labels, pa.scalar(None, labels.type))
        table = table.set_column(index, table.schema.field(index), known)
    kept = {**(table.schema.metadata or {}), b"PANDAS_ATTRS": dumps({"until": until})}
    return table.replace_schema_metadata(kept)


def window(frame: pd.DataFrame, contract: DataContract) -> records.Window:
    """Return the window of a table of rows: the day that ends it, and its newest time.

    The newest time is that of a row or of a known label; None if rows have no time.
    """
    until = frame.attrs.get("until")
    if contract.time is None:
        return {"until": until, "end": None}
    times = [frame[contract.time]]
    if contract.label_time is not None:
        times.append(frame[contract.label_time][frame[contract.target].notna()])
    known = [newest for values in times if (newest := values.max()) == newest]
    return {"until": until, "end": max(known).isoformat() if known else None}
