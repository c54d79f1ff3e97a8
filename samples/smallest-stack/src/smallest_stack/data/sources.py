"""Read rows from `data.source`: the sample, files or a database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ..contract import DataContract
from ..params import DataParams, Params
from ..platform import artifacts, models
from ..platform.errors import UserError
from ..platform.settings import project_root

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

SAMPLE = "sample"
DATABASE = "database"
PARQUET = (".parquet", ".pq")
CSV = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt")
FILES = (*PARQUET, *CSV)
GB = 1_000_000_000
# Rows of a batch of a Parquet file.
ROWS = 1 << 17


def read_source(params: Params, contract: DataContract, variant: str = "base") -> pd.DataFrame:
    """Read all rows of a model with the names and types of the contract, sorted by time.

    `variant` selects a variant of the sample; every other source has only `base`.
    Raises UserError for an unreadable source or a variant that it does not have.
    """
    from . import conversion

    return conversion.to_frame(read_table(params, contract, variant))


def read_table(params: Params, contract: DataContract, variant: str = "base") -> pa.Table:
    """Read all rows as a table; see `read_source`."""
    from . import conversion

    source = params.data.source
    if source == SAMPLE:
        from .sample import generate

        frame = generate(
            models.load(params.model).task,
            seed=params.seed,
            rows=params.data.rows,
            variant=variant,
            test_fraction=params.split.test_fraction,
        )
        table = conversion.conform_table(conversion.to_table(frame), contract)
    elif variant != "base":
        raise UserError(f"variant '{variant}' exists for the sample data only, not for {source}")
    else:
        table = _conformed(available(params.data), contract)
    return _in_order(table, contract)


def read_rows(uri: str, contract: DataContract, params: DataParams) -> pd.DataFrame:
    """Read any table of rows with the names and types of the contract.

    uri: a CSV or Parquet file or a Parquet folder, with the names of the source or the contract.
    CSV files are in the dialect of `params`.
    """
    from . import conversion

    return conversion.to_frame(_conformed(msgspec.structs.replace(params, source=uri), contract))


def raw_batches(params: DataParams) -> Iterator[pa.Table]:
    """Read a source in batches with its own names. In CSV files, every value is text."""
    for batch, _ in _batches(params):
        yield batch


def is_database(source: str) -> bool:
    """Whether a source is the URL of a database."""
    import fsspec

    scheme, found, _ = source.partition("://")
    return bool(found) and not source.endswith(FILES) and scheme not in fsspec.available_protocols()


def is_local_file(source: str) -> bool:
    """Whether a source is a path of this computer."""
    return source not in (SAMPLE, DATABASE) and "://" not in source


def in_use(params: DataParams) -> str:
    """Return the source that is read: the committed sample if the file of the source is missing."""
    missing = is_local_file(params.source) and not Path(locate(params.source)).exists()
    return params.sample if missing and params.sample is not None else params.source


def available(params: DataParams) -> DataParams:
    """Return `params` with the source in use. Raises UserError if its file is missing."""
    source = in_use(params)
    if source.endswith(FILES) and is_local_file(source) and not Path(locate(source)).exists():
        raise UserError(
            f"data.source {params.source} is not on this computer, and there is no committed "
            "sample in data.sample; if git ignores the file, see docs/your-own-data.md"
        )
    return msgspec.structs.replace(params, source=source)


def origin(params: DataParams) -> str:
    """Say in words where the rows come from."""
    source = in_use(params)
    if source == SAMPLE:
        return "generated sample"
    if source == DATABASE or is_database(source):
        return "database"
    if not is_local_file(source):
        return f"URI {source}"
    if source == params.source:
        return f"file {source}"
    return f"committed sample {source}, because {params.source} is not on this computer"


def locate(source: str) -> str:
    """Return the URI of a file; a relative path is resolved against the project folder."""
    return source if "://" in source else str(project_root() / source)


def _conformed(params: DataParams, contract: DataContract) -> pa.Table:
    from . import conversion

    csv = params.source.endswith(CSV)
    missing = frozenset(params.missing) if csv else conversion.EMPTY
    decimal = params.decimal if csv else "."
    parts, size = [], 0
    for batch, share in _batches(params):
        parts.append(conversion.conform_table(batch, contract, missing, decimal))
        size += parts[-1].nbytes
        _check_size(size, share, params)
    return conversion.joined(parts)


def _check_size(size: int, share: float | None, params: DataParams) -> None:
    """Raise UserError if a table is too large.

    size: bytes that were read. share: the part of the source that this is; None if unknown.
    """
    whole = size / max(share, 1e-9) if share else size
    # The share is estimated from the first rows, which may be larger than others.
    if size > params.max_gb * GB or whole > 1.5 * params.max_gb * GB:
        about = "about " if share else "more than "
        raise UserError(
            f"{params.source} needs {about}{whole / GB:.2g} GB in memory, and data.max_gb is "
            f"{params.max_gb:g}: select fewer rows or columns, or set data.max_gb higher; a run "
            "needs about four times as much memory (docs/parameters.md)"
        )


def _batches(params: DataParams) -> Iterator[tuple[pa.Table, float | None]]:
    """Return tables, and the share of the source that was read so far (None if unknown)."""
    source = params.source
    if source == DATABASE or is_database(source):
        from . import databases

        for batch in databases.batches(params):
            yield batch, None
        return
    uri = locate(source)
    if not source.endswith(FILES) and not artifacts.is_folder(uri):
        raise UserError(
            f"data.source '{source}' is none of: {SAMPLE}, a file ending in {', '.join(FILES)}, "
            f"a folder of Parquet files, the URL of a database, {DATABASE}"
        )
    path = artifacts.local_copy(uri)
    if source.endswith(CSV):
        from . import csv_files

        yield from csv_files.batches(path, params)
    else:
        yield from _parquet(path)


def _parquet(path: Path) -> Iterator[tuple[pa.Table, float | None]]:
    import pyarrow as pa
    from pyarrow import dataset

    try:
        options = {"format": "parquet", "partitioning": "hive" if path.is_dir() else None}
        found = dataset.dataset(str(path), **options)
        # One file may have integers where another one has floats with missing values.
        schemas = [fragment.physical_schema for fragment in found.get_fragments()]
        schema = pa.unify_schemas([*schemas, found.schema], promote_options="permissive")
        found = dataset.dataset(str(path), schema=schema, **options)
        total, read = found.count_rows(), 0
        for batch in found.to_batches(batch_size=ROWS, batch_readahead=1, fragment_readahead=1):
            read += batch.num_rows
            yield pa.table(batch), read / max(total, 1)
        if total == 0:
            yield schema.empty_table(), 1.0
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise UserError(f"{path.name} cannot be read as Parquet: {error}") from error


def _in_order(table: pa.Table, contract: DataContract) -> pa.Table:
    """Sort by time; later steps rely on it. Rows without a time are last."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if contract.time is None or contract.time not in table.column_names:
        return table
    times = table.column(contract.time)
    if not pa.types.is_timestamp(times.type):
        return table
    later, earlier = times.slice(1), times.slice(0, max(len(times) - 1, 0))
    if pc.all(pc.greater_equal(later, earlier), skip_nulls=False).as_py():
        return table
    return table.take(pc.sort_indices(times))
