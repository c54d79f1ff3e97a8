"""Tables as files: Parquet or CSV, local or behind fsspec."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from ..platform import artifacts
from ..platform.errors import UserError

if TYPE_CHECKING:
    import pandas as pd


def read_frame(uri: str) -> pd.DataFrame:
    """Read a table; the ending of `uri` says which format. Raises UserError if it is unreadable."""
    import pandas as pd

    content = io.BytesIO(artifacts.read_bytes(uri))
    try:
        if uri.endswith((".csv", ".csv.gz")):
            return pd.read_csv(content, compression="gzip" if uri.endswith(".gz") else None)
        if uri.endswith((".parquet", ".pq")):
            return pd.read_parquet(content)
    except ValueError as error:
        raise UserError(f"{uri} is not a readable table: {error}") from error
    raise UserError(f"{uri}: expected a name that ends in .parquet or .csv")


def write_frame(frame: pd.DataFrame, uri: str) -> None:
    """Write a table without its index; the ending of `uri` says which format."""
    if uri.endswith(".csv"):
        artifacts.write_bytes(uri, frame.to_csv(index=False).encode())
        return
    if not uri.endswith((".parquet", ".pq")):
        raise UserError(f"{uri}: expected a name that ends in .parquet or .csv")
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    artifacts.write_bytes(uri, buffer.getvalue())
