"""Read rows from `data.source`: the sample, files or a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..contract import DataContract
from ..params import Params
from ..platform import models
from ..platform.errors import UserError
from ..platform.settings import project_root
from .frames import read_frame

if TYPE_CHECKING:
    import pandas as pd

SAMPLE = "sample"
FILES = (".parquet", ".pq", ".csv", ".csv.gz")


def read_source(params: Params, contract: DataContract, variant: str = "base") -> pd.DataFrame:
    """Read all rows of a model, sorted by time, with the time columns in UTC.

    `variant` selects a variant of the sample; every other source has only `base`.
    Raises UserError for an unreadable source or a variant that it does not have.
    """
    source = params.data.source
    if source == SAMPLE:
        from .sample import generate

        return generate(
            models.load(params.model).task,
            seed=params.seed,
            rows=params.data.rows,
            variant=variant,
            test_fraction=params.split.test_fraction,
        )
    if variant != "base":
        raise UserError(f"variant '{variant}' exists for the sample data only, not for {source}")
    if source.endswith(FILES):
        uri = source if "://" in source else str(project_root() / source)
        frame = read_frame(uri)
    elif "://" in source:
        frame = _read_sql(source, params.data.query)
    else:
        raise UserError(
            f"data.source '{source}' is none of: sample, a file ending in {', '.join(FILES)}, "
            "a database URL"
        )
    return in_order(frame, contract)


def in_order(frame: pd.DataFrame, contract: DataContract) -> pd.DataFrame:
    """Parse the time columns as UTC and sort by time; later steps rely on both."""
    import pandas as pd

    frame = frame.copy()
    for column in (contract.time, contract.label_time):
        if column is not None and column in frame:
            try:
                frame[column] = pd.to_datetime(frame[column], utc=True)
            except (ValueError, TypeError) as error:
                raise UserError(f"column {column} has values that are not times: {error}") from (
                    error
                )
    if contract.time is not None and contract.time in frame:
        frame = frame.sort_values([contract.time], kind="stable", ignore_index=True)
    return frame


def _read_sql(url: str, query: str | None) -> pd.DataFrame:
    if not query:
        raise UserError("data.query is not set: set it to the SQL that selects the rows")
    import pandas as pd
    import sqlalchemy

    try:
        engine = sqlalchemy.create_engine(url)
        with engine.connect() as connection:
            return pd.read_sql(sqlalchemy.text(query), connection)
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"data.source: the query cannot be run: {reason}") from error
