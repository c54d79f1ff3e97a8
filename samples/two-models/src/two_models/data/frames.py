"""Read and write the tables between steps: Parquet or CSV, local or through fsspec."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ..platform import artifacts
from ..platform.errors import UserError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def read_frame(uri: str) -> pd.DataFrame:
    """Read a table in the format of the extension of `uri`.

    Raises UserError if it cannot be read.
    """
    import pandas as pd

    path = artifacts.local_path(uri)
    if path is not None and not path.is_file():
        raise UserError(f"no file {uri}")
    # The bytes of a large local file are not held in memory next to its rows.
    content = path if path is not None else io.BytesIO(artifacts.read_bytes(uri))
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


def write_table(table: pa.Table, uri: str) -> None:
    """Write an Arrow table as a Parquet file, atomically."""
    from pyarrow import parquet

    target = artifacts.local_path(uri)
    if target is None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "table.parquet"
            parquet.write_table(table, file)
            artifacts.upload(file, uri)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        file = Path(folder) / target.name
        parquet.write_table(table, file)
        os.replace(file, target)
