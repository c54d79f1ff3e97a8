"""Read and write tables: Parquet or CSV, local or through fsspec."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from ..platform import artifacts
from ..platform.errors import UserError

if TYPE_CHECKING:
    import pandas as pd


def read_frame(uri: str) -> pd.DataFrame:
    """Read a table in the format of the extension of `uri`.

    Raises UserError if it cannot be read.
    """
    import pandas as pd

    content = io.BytesIO(artifacts.read_bytes(uri))
    try:
        if uri.endswith((".csv", ".csv.gz")):
            return pd.read_csv(content, compression="gzip" if uri.endswith(".gz") else None)
        if uri.endswith((".parquet", ".pq")):
            return pd.read_parquet(content)
    except ValueError as error:
        raise UserError(f"{uri} cannot be read as a table: {error}") from error
    raise UserError(f"{uri}: expected a name that ends in .parquet or .csv")


def write_frame(frame: pd.DataFrame, uri: str) -> None:
    """Write a table without its index, in the format of the extension of `uri`."""
    if uri.endswith(".csv"):
        artifacts.write_bytes(uri, frame.to_csv(index=False).encode())
        return
    if not uri.endswith((".parquet", ".pq")):
        raise UserError(f"{uri}: expected a name that ends in .parquet or .csv")
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    artifacts.write_bytes(uri, buffer.getvalue())
