"""Convert a table to the names and types of a contract.

Files between steps have canonical types: float64 for `float` and `boolean` (0 or 1), int64 for
`int`, text for `category` and `text`, and UTC times in microseconds; a missing value is null. In a
DataFrame, an `int` column with missing values is float64 with NaN. The target keeps the values of
the source, and columns that the contract does not declare are kept as they are.

A column with values that cannot be converted stays text (or keeps its numbers), so that the step
`validate` can name the rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from ..contract import DataContract, Field
from ..platform.errors import UserError
from . import dates

if TYPE_CHECKING:
    import pandas as pd

TIME = pa.timestamp("us", tz="UTC")
# Formats of numbers that count from 1970-01-01 in UTC, and their unit.
EPOCHS = {"%s": "s", "%Q": "ms"}
EMPTY = frozenset({""})
_INTEGER = r"^[+-]?[0-9]{1,19}$"
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_ISO = f"^{dates.ISO.pattern}$"
_ZONED = r":[0-9]{2}.*(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
# The first and the last microsecond of the years 1 to 9999, since 1970.
_YEARS = (-62_135_596_800_000_000, 253_402_300_799_999_999)
_TRUE, _FALSE = ("true", "t", "1", "1.0"), ("false", "f", "0", "0.0")
# Number of values for which a format is proposed.
_SAMPLE = 1000


@dataclass(frozen=True)
class Column:
    """How one column is converted.

    role: `field`, `time`, `entity` or `target`. values: texts that are never missing values.
    line: how the contract declares a date format of this column; `{}` is the format.
    """

    name: str
    kind: str
    role: str = "field"
    format: str | None = None
    values: tuple[str, ...] = ()
    line: str = ""


def columns(contract: DataContract) -> tuple[Column, ...]:
    """Return the columns of a contract, in the order in which failures are reported."""
    times = (contract.time, contract.label_time)
    return (
        *(
            Column(name, "datetime", "time", contract.time_format, line='time_format="{}"')
            for name in times
            if name is not None
        ),
        *((Column(contract.entity, "key", "entity"),) if contract.entity is not None else ()),
        Column(contract.target, *_target(contract)),
        *(_column(field) for field in (*contract.fields, *contract.protected)),
    )


def _column(field: Field) -> Column:
    line = f'Field("{field.name}", "datetime", format="{{}}")'
    return Column(field.name, field.kind, "field", field.format, field.categories, line)


def _target(contract: DataContract) -> tuple[str, str, None, tuple[str, ...]]:
    if not contract.classes:
        return "float", "target", None, ()
    names = tuple(value for value in contract.classes if isinstance(value, str))
    kind = "category" if len(names) == len(contract.classes) else "label"
    return kind, "target", None, names


def conform(
    frame: pd.DataFrame, contract: DataContract, missing: Collection[str] = EMPTY
) -> pd.DataFrame:
    """Return the rows of any table with the names and types of `contract`.

    frame: has the names of the source or of the contract. missing: texts that count as missing.
    Raises UserError for names that are not unique, and for dates whose format must be declared.
    """
    return to_frame(conform_table(to_table(frame), contract, missing))


def conform_table(
    table: pa.Table, contract: DataContract, missing: Collection[str] = EMPTY, decimal: str = "."
) -> pa.Table:
    """Return a table with the names and types of `contract`; see `conform`.

    decimal: the decimal point of numbers that are written as text.
    """
    table = _renamed(table, contract)
    for column in columns(contract):
        index = table.schema.get_field_index(column.name)
        if index >= 0:
            values = _known(table.column(index), column, missing)
            converted = _converted(values, column, decimal)
            table = table.set_column(index, column.name, converted)
    return table


def unreadable(values: pd.Series, column: Column) -> pd.Series:
    """Return which values of a converted column do not have the type of the contract."""
    import pandas as pd

    array = _known(to_table(values.to_frame("values")).column(0), column, EMPTY)
    return pd.Series(_parsed(array, column)[1].to_numpy(zero_copy_only=False), values.index)


def joined(tables: Iterable[pa.Table]) -> pa.Table:
    """Concatenate converted tables of one source, one or more.

    Where the types of a column differ, integers become floats, and everything else becomes text.
    """
    parts = list(tables)
    names = parts[0].column_names
    for name in names:
        types = list(dict.fromkeys(part.schema.field(name).type for part in parts))
        known = [kind for kind in types if not pa.types.is_null(kind)]
        if len(types) > 1:
            number = all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in known)
            only = known[0] if len(known) == 1 else pa.float64() if number else pa.string()
            parts = [
                part.set_column(names.index(name), name, part.column(name).cast(only, safe=False))
                for part in parts
            ]
    return pa.concat_tables(parts)


def to_table(frame: pd.DataFrame) -> pa.Table:
    """Return a DataFrame as a table. Values of different types in one column become text."""
    duplicated(map(str, frame.columns))
    arrays = [_array(frame.iloc[:, index]) for index in range(frame.shape[1])]
    return pa.table(dict(zip(map(str, frame.columns), arrays, strict=True)))


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Return a table as a DataFrame. The columns of `table` cannot be used afterwards."""
    return table.to_pandas(split_blocks=True, self_destruct=True)


def duplicated(names: Iterable[str]) -> None:
    """Raise UserError, which names the column, if two columns have the same name."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise UserError(f"the source has two columns named {name!r}: rename one of them")
        seen.add(name)


def as_text(array: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray | None:
    """Return values as categories are written: 1 and 1.0 as `1`, true as `true`; None if they are
    neither text, numbers, booleans nor times.
    """
    kind = array.type
    if pa.types.is_string(kind):
        return array
    if pa.types.is_floating(kind):
        # Whole numbers with missing values are often stored as floats.
        return pc.cast(pc.cast(array, pa.float64()), pa.string())
    simple = (
        pa.types.is_integer,
        pa.types.is_boolean,
        pa.types.is_decimal,
        pa.types.is_temporal,
        pa.types.is_null,
        pa.types.is_large_string,
        pa.types.is_string_view,
    )
    return pc.cast(array, pa.string()) if any(test(kind) for test in simple) else None


def _renamed(table: pa.Table, contract: DataContract) -> pa.Table:
    duplicated(table.column_names)
    found = set(table.column_names)
    names = {}
    for name, source in contract.source_names.items():
        if source not in found:
            continue
        if name in found and name != source:
            raise UserError(
                f"the source has the columns {source!r} and {name!r}, and source_names calls the "
                f"first one {name!r}: choose another name for it in the contract"
            )
        names[source] = name
    return table.rename_columns([names.get(name, name) for name in table.column_names])


def _known(values: pa.ChunkedArray, column: Column, missing: Collection[str]) -> pa.ChunkedArray:
    """Return values without dictionary encoding, with null for each missing value."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.cast(kind.value_type)
    if pa.types.is_large_string(values.type) or pa.types.is_string_view(values.type):
        values = values.cast(pa.string())
    if pa.types.is_floating(values.type):
        return pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    if pa.types.is_string(values.type):
        texts = EMPTY if column.kind == "text" else set(missing) - set(column.values)
        absent = pc.is_in(values, pa.array(sorted(texts), pa.string()))
        return pc.if_else(absent, pa.scalar(None, pa.string()), values)
    return values


def _converted(values: pa.ChunkedArray, column: Column, decimal: str) -> pa.ChunkedArray:
    text = pa.types.is_string(values.type)
    numbers = values
    if text and decimal != "." and column.kind in ("float", "int", "label"):
        numbers = _with_point(values, column, decimal)
    converted, bad = _parsed(numbers, column)
    if not pc.any(bad).as_py():
        return converted
    if column.kind == "datetime":
        _undeclared(values.filter(bad), column)
    if text and decimal == "." and column.kind == "float":
        _undeclared_decimal(values.filter(bad), column)
    if not text and not pa.types.is_timestamp(values.type):
        return values
    # The readable values are written so that they are read again without the dialect.
    return pc.if_else(bad, pc.cast(values, pa.string()), pc.cast(converted, pa.string()))


def _parsed(values: pa.ChunkedArray, column: Column) -> tuple[Any, Any]:
    """Return the converted values, and which of them cannot be converted (null in the former)."""
    parse = {
        "float": _floats,
        "int": _integers,
        "boolean": _booleans,
        "category": _texts,
        "text": _texts,
        "key": _keys,
        "label": _labels,
    }
    if column.kind == "datetime":
        converted = _in_range(_times(values, column.format))
    else:
        converted = parse[column.kind](values)
    return converted, pc.and_(pc.is_valid(values), pc.is_null(converted))


def _nulls(values: pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    return pa.nulls(len(values), kind)


def _floats(values: pa.ChunkedArray) -> Any:
    kind = values.type
    if pa.types.is_string(kind):
        values = pc.utf8_trim_whitespace(values)
        number = pc.match_substring_regex(values, _NUMBER)
        values = pc.cast(pc.if_else(number, values, None), pa.float64())
    elif pa.types.is_boolean(kind):
        values = pc.cast(pc.cast(values, pa.int8()), pa.float64())
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        values = pc.cast(values, pa.float64(), safe=False)
    else:
        return _nulls(values, pa.float64())
    return pc.if_else(pc.is_finite(values), values, None)


def _integers(values: pa.ChunkedArray) -> Any:
    """Convert whole numbers exactly; those that do not fit into 64 bits are null."""
    kind = values.type
    if pa.types.is_integer(kind) and kind != pa.uint64():
        return pc.cast(values, pa.int64())
    if kind == pa.uint64():
        values = pc.if_else(pc.less(values, pa.scalar(2**63, kind)), values, None)
        return pc.cast(values, pa.int64())
    exact = _nulls(values, pa.int64())
    if pa.types.is_string(kind):
        values = pc.utf8_trim_whitespace(values)
        digits = pc.match_substring_regex(values, _INTEGER)
        exact = _exact(pc.replace_substring_regex(pc.if_else(digits, values, None), r"^\+", ""))
        values = pc.if_else(digits, None, values)
    floats = _floats(values)
    whole = pc.and_kleene(
        pc.equal(floats, pc.round(floats)), pc.less(pc.abs(floats), pa.scalar(2.0**63))
    )
    rounded = pc.cast(pc.if_else(whole, floats, None), pa.int64(), safe=False)
    return pc.coalesce(exact, rounded)


def _exact(digits: Any) -> Any:
    try:
        return pc.cast(digits, pa.int64())
    except pa.ArrowInvalid:
        numbers = (None if text is None else int(text) for text in digits.to_pylist())
        fitting = [n if n is not None and -(2**63) <= n < 2**63 else None for n in numbers]
        return pa.array(fitting, pa.int64())


def _booleans(values: pa.ChunkedArray) -> Any:
    if pa.types.is_string(values.type):
        plain = pc.utf8_lower(pc.utf8_trim_whitespace(values))
        true = pc.is_in(plain, pa.array(_TRUE))
        false = pc.is_in(plain, pa.array(_FALSE))
        return pc.if_else(true, 1.0, pc.if_else(false, pa.scalar(0.0), None))
    numbers = _floats(values)
    return pc.if_else(pc.is_in(numbers, pa.array([0.0, 1.0])), numbers, None)


def _texts(values: pa.ChunkedArray) -> Any:
    text = as_text(values)
    return _nulls(values, pa.string()) if text is None else text


def _keys(values: pa.ChunkedArray) -> Any:
    """Convert whole numbers to int64 and everything else to text. 007 stays text."""
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        numbers = _integers(values)
        if pc.all(pc.equal(pc.is_null(numbers), pc.is_null(values))).as_py():
            return numbers
    if pa.types.is_string(values.type):
        digits = pc.match_substring_regex(values, r"^(0|-?[1-9][0-9]{0,17})$")
        if pc.all(digits).as_py() is not False and values.null_count < len(values):
            return pc.cast(values, pa.int64())
    return _texts(values)


def _labels(values: pa.ChunkedArray) -> Any:
    """Convert labels to numbers: int64 if all of them are whole, else float64; keep the rest."""
    if pa.types.is_null(values.type):
        return values
    numbers = _floats(values)
    if pa.types.is_string(values.type):
        numbers = pc.coalesce(numbers, _booleans(values))
    whole = _integers(numbers)
    if pc.all(pc.equal(pc.is_null(whole), pc.is_null(numbers))).as_py():
        return whole
    return numbers


def _times(values: pa.ChunkedArray, format: str | None) -> Any:
    kind = values.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        try:
            micros = pc.cast(values, pa.timestamp("us", getattr(kind, "tz", None)), safe=False)
            return pc.cast(micros, TIME)
        except pa.ArrowInvalid:
            return _nulls(values, TIME)
    if pa.types.is_null(kind):
        return _nulls(values, TIME)
    if format in EPOCHS:
        micros = pc.multiply(_floats(values), 1e6 if EPOCHS[format] == "s" else 1e3)
        sane = pc.if_else(pc.less(pc.abs(micros), 1e18), pc.round(micros), None)
        epochs = pc.cast(pc.cast(sane, pa.int64()), TIME)
        return pc.coalesce(epochs, _dates(values, None)) if pa.types.is_string(kind) else epochs
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        # 20240105 is a date only if the contract says so.
        if format is None:
            return _nulls(values, TIME)
        values = pc.cast(_integers(values), pa.string())
    elif not pa.types.is_string(kind):
        return _nulls(values, TIME)
    return _dates(values, format)


def _in_range(times: Any) -> Any:
    """Return times with null for years that Python and JSON libraries do not have."""
    first, last = (pa.scalar(micros, pa.int64()).cast(TIME) for micros in _YEARS)
    known = pc.and_(pc.greater_equal(times, first), pc.less_equal(times, last))
    return pc.if_else(known, times, pa.scalar(None, TIME))


def _dates(values: pa.ChunkedArray, format: str | None) -> Any:
    """Parse text as ISO 8601 or in a `strptime` format; without a time zone it is UTC."""
    import pandas as pd

    uniform = _uniform(values)
    if uniform is not None:
        return uniform
    texts = values.to_pandas().astype(object).str.strip()
    iso = texts.str.fullmatch(dates.ISO.pattern).fillna(False).astype(bool)
    # A seventh digit of a second would reduce the range to the years 1677 to 2262.
    short = texts.where(iso).str.replace(",", ".").str.replace(r"(\.\d{6})\d+", r"\1", regex=True)
    parsed = pd.to_datetime(short, format="ISO8601", utc=True, errors="coerce").dt.as_unit("us")
    if format is not None and format not in EPOCHS and not iso.all():
        others = pd.to_datetime(texts.mask(iso), format=format, utc=True, errors="coerce")
        parsed = parsed.fillna(others.dt.as_unit("us"))
    return pa.array(parsed.dt.tz_convert(None).to_numpy(), from_pandas=True).cast(TIME)


def _uniform(values: pa.ChunkedArray) -> Any:
    """Parse ISO 8601 fast if all values have an offset or none has one; None if this fails."""
    zoned = pc.match_substring_regex(values, _ZONED)
    if not pc.all(pc.match_substring_regex(values, _ISO)).as_py():
        return None
    try:
        if pc.all(zoned).as_py():
            return pc.cast(values, TIME)
        if not pc.any(zoned).as_py():
            return pc.cast(pc.cast(values, pa.timestamp("us")), TIME)
    except pa.ArrowInvalid:
        pass
    return None


def _with_point(values: pa.ChunkedArray, column: Column, decimal: str) -> pa.ChunkedArray:
    point = pc.fill_null(pc.match_substring(values, "."), False)
    if pc.any(point).as_py():
        example = values.filter(point)[0].as_py()
        raise UserError(
            f"column {column.name} has {example!r}, and data.decimal is {decimal!r}: write numbers "
            "without separators of thousands, or correct data.decimal"
        )
    return pc.replace_substring(values, decimal, ".")


def _undeclared_decimal(bad: pa.ChunkedArray, column: Column) -> None:
    comma = pc.match_substring_regex(bad, r"^\s*[+-]?[0-9]*,[0-9]+\s*$")
    if pc.all(comma).as_py():
        raise UserError(
            f"column {column.name} is declared as a number and has {bad[0].as_py()!r}: if the "
            "comma is its decimal point, set data.decimal: ',' in the parameters"
        )


def _undeclared(bad: pa.ChunkedArray, column: Column) -> None:
    """Raise UserError if values that are not ISO 8601 have a format that can be declared."""
    import pandas as pd

    if column.format is not None:
        return
    number = pa.types.is_integer(bad.type) or pa.types.is_floating(bad.type)
    texts = pc.cast(_integers(bad), pa.string()) if number else as_text(bad)
    if texts is None:
        return
    sample = [text.strip() for text in pc.unique(texts).to_pylist()[:_SAMPLE] if text is not None]
    found: list[str] = [name for name in dates.formats(sample) if name is not None]
    seconds = pd.to_numeric(pd.Series(sample, dtype=object), errors="coerce")
    if len(sample) and seconds.between(1e8, 1e10).all():
        found.append("%s")
    elif len(sample) and seconds.between(1e11, 1e13).all():
        found.append("%Q")
    example = sample[0] if sample else ""
    found = [name for name in found if _reading(example, name)]
    if not found:
        return
    readings = " or ".join(
        f"{_reading(example, name)} with {column.line.format(name)}" for name in found
    )
    problem = "is ambiguous" if len(found) > 1 else "is not ISO 8601"
    raise UserError(
        f"column {column.name}: the date {example!r} {problem}. Declare its format in contract.py; "
        f"it is {readings}"
    )


def _reading(text: str, format: str) -> str:
    """Return the time that a text is in a format; empty if it is none."""
    value = _in_range(_times(pa.chunked_array([[text]]), format))[0].as_py()
    if value is None:
        return ""
    return value.isoformat(sep=" ") if value.time().isoformat() != "00:00:00" else str(value.date())


def _array(series: pd.Series) -> pa.Array | pa.ChunkedArray:
    import pandas as pd

    if isinstance(series.dtype, pd.DatetimeTZDtype):
        naive = pa.array(series.dt.tz_convert(None).to_numpy(), from_pandas=True)
        return naive.cast(pa.timestamp(naive.type.unit, "UTC"))
    try:
        return pa.array(series, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        texts: Iterator[str | None] = (
            None if missing else _text(value)
            for value, missing in zip(series.tolist(), series.isna().tolist(), strict=True)
        )
        return pa.array(texts, pa.string())


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
