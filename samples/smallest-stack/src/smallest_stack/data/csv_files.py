"""Read CSV files of any dialect in batches, with every value as text."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

import pyarrow as pa
import pyarrow.csv

from ..params import DataParams
from ..platform.errors import UserError
from .conversion import duplicated

DELIMITERS = ",;\t|"
BLOCK = 1 << 24
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Lines that decide about the delimiter.
_LINES = 20


def batches(path: Path, params: DataParams) -> Iterator[tuple[pa.Table, float]]:
    """Read a file, `.gz` or not, in tables of about BLOCK bytes; there is always at least one.

    The second value is the share of the file that was read so far. Raises UserError, which names
    the file.
    """
    name = path.name
    encoding = _encoding(path, params.encoding)
    try:
        header, delimiter = _header(path, encoding, params.delimiter)
    except UnicodeError as error:
        raise _undecodable(name, encoding, error) from error
    except (gzip.BadGzipFile, EOFError) as error:
        raise UserError(f"{name} is not a complete gzip file: {error}") from error
    except csv.Error as error:
        raise UserError(f"{name}: the header cannot be read: {error}") from error
    if not header:
        raise UserError(f"{name} is empty: the first line must have the names of the columns")
    names = [text.strip() or f"unnamed_{index}" for index, text in enumerate(header, start=1)]
    duplicated(names)
    size, empty = max(path.stat().st_size, 1), True
    with path.open("rb") as raw, _decompressed(raw, path) as file:
        try:
            reader = pyarrow.csv.open_csv(
                file,
                read_options=pyarrow.csv.ReadOptions(
                    block_size=BLOCK,
                    encoding="utf8" if encoding == "utf-8-sig" else encoding,
                    autogenerate_column_names=False,
                ),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=delimiter, newlines_in_values=True
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types={column: pa.string() for column in header},
                    strings_can_be_null=False,
                ),
            )
            for batch in reader:
                empty = False
                yield pa.table(batch).rename_columns(names), raw.tell() / size
            if empty:
                yield reader.schema.empty_table().rename_columns(names), 1.0
        except UnicodeError as error:
            raise _undecodable(name, encoding, error) from error
        except (gzip.BadGzipFile, EOFError) as error:
            raise UserError(f"{name} is not a complete gzip file: {error}") from error
        except pa.ArrowInvalid as error:
            if "UTF8" in str(error):
                raise _undecodable(name, encoding, error) from error
            raise UserError(
                f"{name} cannot be read with the delimiter {delimiter!r}: {error}. If another one "
                "is right, set data.delimiter"
            ) from error


def _decompressed(file: IO[bytes], path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.GzipFile(fileobj=file)) if path.suffix == ".gz" else file


def _encoding(path: Path, declared: str | None) -> str:
    if declared is not None:
        try:
            return codecs.lookup(declared).name
        except LookupError:
            raise UserError(f"data.encoding: Python has no encoding {declared!r}") from None
    try:
        with path.open("rb") as raw, _decompressed(raw, path) as file:
            start = file.read(4)
    except (gzip.BadGzipFile, EOFError) as error:
        raise UserError(f"{path.name} is not a complete gzip file: {error}") from error
    return next((name for bom, name in _BOMS if start.startswith(bom)), "utf-8-sig")


def _header(path: Path, encoding: str, delimiter: str | None) -> tuple[list[str], str]:
    """Return the names of the columns and the delimiter."""
    with path.open("rb") as raw, _decompressed(raw, path) as file:
        text = io.TextIOWrapper(file, encoding=encoding, newline="")
        lines = list(itertools.islice(text, _LINES))
    chosen = delimiter or _delimiter(lines)
    return next((row for row in csv.reader(lines, delimiter=chosen) if row), []), chosen


def _delimiter(lines: list[str]) -> str:
    """Return the delimiter that splits the lines into the most columns, equally many in each."""

    def columns(delimiter: str) -> int:
        # The last row may continue after the lines that were read.
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
        counts = {len(row) for row in (rows[:-1] or rows)}
        return counts.pop() if len(counts) == 1 else 0

    return max(DELIMITERS, key=columns)


def _undecodable(name: str, encoding: str, error: Exception) -> UserError:
    shown = "UTF-8" if encoding == "utf-8-sig" else encoding
    reason = str(error)
    if isinstance(error, UnicodeDecodeError):
        reason = f"{error.reason} at byte {error.start}"
    return UserError(
        f"{name} is not text in {shown} ({reason}): set data.encoding, such as cp1252 for files of "
        "older Windows programs"
    )
