"""Read the table that a contract is drafted from, and write the sample that is committed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from ...data.committed import not_in_a_clone
from ...data.sources import CSV, is_local_file, raw_batches
from ...params import DataParams
from ..errors import UserError
from ..settings import project_root
from . import Request

SAMPLES = "samples"
# Larger files do not belong in git.
MOST_BYTES = 5_000_000
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Table:
    """The rows of a source, as it has them.

    params: how they are read: section `data` of the parameters.
    frame: columns and values of the source; the columns of a CSV file are text.
    """

    params: DataParams
    frame: pd.DataFrame

    @property
    def file(self) -> Path | None:
        """The local file, None for a database or a URI."""
        if not is_local_file(self.params.source):
            return None
        return project_root() / self.params.source


def read(request: Request) -> Table:
    """Read the source of a request. Raises UserError if it is unreadable or empty."""
    import pyarrow as pa

    source = request.source
    decimal: Literal[".", ","] = "."
    encoding = None
    if is_local_file(source):
        path = Path(source) if Path(source).is_absolute() else Path.cwd() / source
        if not path.exists():
            raise UserError(f"SOURCE={source}: there is no such file")
        root = project_root().resolve()
        inside = path.resolve().is_relative_to(root)
        source = path.resolve().relative_to(root).as_posix() if inside else str(path.resolve())
        if source.endswith(CSV):
            encoding = _encoding(path)
    params = DataParams(
        source=source, query=request.query, secret=request.secret, encoding=encoding
    )
    batches = list(raw_batches(params))
    frame = pa.concat_tables(batches).to_pandas() if batches else pd.DataFrame()
    if frame.empty:
        raise UserError(f"SOURCE={request.source} has no rows")
    if source.endswith(CSV):
        frame = frame.mask(frame.isin(list(params.missing)))
        decimal = _decimal(frame)
    return Table(
        DataParams(
            source=source,
            query=request.query,
            secret=request.secret,
            encoding=encoding,
            decimal=decimal,
        ),
        frame,
    )


def sample_of(table: Table, model: str) -> tuple[str | None, pd.DataFrame]:
    """Return the path of a sample to commit, and its rows; None if the source needs no sample.

    A local file needs one if git ignores it, if it is outside of the repository, or if it is too
    large for git. The rows are drawn at random and keep their order.
    """
    file, frame = table.file, table.frame
    if file is None:
        return None, frame
    size = _size(file)
    small = size <= MOST_BYTES
    if small and not_in_a_clone(table.params.source) is None:
        return None, frame
    rows = min(len(frame), MOST_ROWS)
    if not small:
        # A Parquet file is several times smaller than the same rows as text.
        rows = min(rows, max(200, int(len(frame) * MOST_BYTES / size)))
    chosen = np.sort(np.random.default_rng(0).choice(len(frame), rows, replace=False))
    folder = model.replace("-", "_")
    suffix = ".csv.gz" if table.params.source.endswith(CSV) else ".parquet"
    return f"{SAMPLES}/{folder}{suffix}", frame.iloc[chosen].reset_index(drop=True)


def write_sample(path: str, rows: pd.DataFrame, params: DataParams) -> None:
    """Write the rows with the names, the values and the dialect of the source."""
    file = project_root() / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if path.endswith(".parquet"):
        rows.to_parquet(file, index=False)
        return
    # Without a time in its header, the file is the same whenever it is written.
    compression = {"method": "gzip", "compresslevel": 9, "mtime": 0}
    rows.to_csv(
        file,
        index=False,
        sep=params.delimiter or ",",
        encoding=params.encoding or "utf-8",
        compression=compression,
    )


def _size(file: Path) -> int:
    """Return the bytes of a file, or of all files of a folder."""
    files = file.rglob("*") if file.is_dir() else [file]
    return sum(each.stat().st_size for each in files if each.is_file())


def _encoding(path: Path) -> str | None:
    """Return the encoding of a CSV file if it is neither UTF-8 nor UTF-16."""
    import gzip

    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            return None
        file.seek(0)
        try:
            for line in file:
                line.decode("utf-8")
        except UnicodeDecodeError:
            return "cp1252"
    return None


def _decimal(frame: pd.DataFrame) -> Literal[".", ","]:
    """Return `,` if more columns have numbers with a comma than with a point."""
    commas = points = 0
    for name in frame:
        texts = frame[name].dropna().astype(str).head(1000)
        commas += _all_match(texts, r"[+-]?\d+(,\d+)?", ",")
        points += _all_match(texts, r"[+-]?\d+(\.\d+)?", ".")
    return "," if commas > points else "."


def _all_match(texts: pd.Series, pattern: str, mark: str) -> bool:
    found = len(texts) > 0 and texts.str.fullmatch(pattern).all()
    return bool(found and texts.str.contains(mark, regex=False).any())
