"""Find out what each column of a table is: its kind, limits, categories, missing values."""

from __future__ import annotations

import keyword
import math
import re
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ...contract import MOST_NUMBER, RESERVED, Field, Kind, identifier
from ...data import dates

# A category has at most this many values; each becomes a column of the model's input.
MOST_CATEGORIES = 200
# A longer list is probably incomplete.
MANY_CATEGORIES = 50
# A column of strings is a category if each value occurs this often on average.
ROWS_PER_CATEGORY = 5

_INTEGER = re.compile(r"[+-]?(0|[1-9]\d*)")
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_BOOLEANS = {"true": True, "false": False}
_ID = re.compile(r"(^|_)(id|uuid|guid|key|index|rownames?|row_?number)$|^unnamed", re.IGNORECASE)
_PERSONAL = re.compile(
    r"(^|_)(sex|gender|age|race|ethnicity|religion|nationality|disability)(_|$)", re.IGNORECASE
)
_EXACT = 2**53


@dataclass(frozen=True)
class Column:
    """One column of the source.

    source: its name there. name: its name in the contract.
    values: its values: float64 for numbers and booleans, datetime64[us, UTC], or str; missing
        values are NaN, NaT or None.
    logical: for boolean, whether the source has true and false and not 0 and 1.
    formats: for datetime, each format that reads all values; None is ISO 8601.
    decimal: the decimal character of numbers in its texts.
    """

    source: str
    name: str
    kind: Kind
    values: pd.Series
    logical: bool = False
    formats: tuple[str | None, ...] = ()
    decimal: str = "."

    @property
    def missing(self) -> float:
        """Share of the rows without a value."""
        return float(self.values.isna().mean())

    @property
    def known(self) -> pd.Series:
        """The values that are not missing."""
        return self.values.dropna()

    @property
    def format(self) -> str | None:
        """The `strptime` format of a datetime, None for ISO 8601."""
        return self.formats[0] if self.formats else None


@dataclass(frozen=True)
class Draft:
    """What becomes of a column.

    field: the input. It is also set if the column is left out but could be an input.
    notes: remarks for a comment above the field.
    left_out: why the column is no input, or None.
    """

    column: Column
    field: Field | None
    notes: tuple[str, ...] = ()
    left_out: str | None = None

    def without(self, reason: str) -> Draft:
        """Return the draft with the column left out."""
        return replace(self, left_out=reason)


def names_of(sources: list[str]) -> dict[str, str]:
    """Return a valid name for each column of the source; equal names get a number."""
    found: dict[str, str] = {}
    kept = {
        source
        for source in sources
        if re.fullmatch(r"[A-Za-z]\w{0,62}", source, re.ASCII)
        and identifier(source) == source.casefold()
        and not keyword.iskeyword(source)
    }
    taken = {name.casefold() for name in kept}
    for source in sources:
        plain = identifier(source)
        # A name that is already valid keeps its letters.
        valid = source in kept
        name = source if valid else plain
        if name in RESERVED:
            name = f"{name}_input"
        number = 2
        base = name
        while name in found.values() or (not valid and name.casefold() in taken):
            name, number = f"{base}_{number}", number + 1
        found[source] = name
    return found


def column_of(source: str, name: str, raw: pd.Series, decimal: str = ".") -> Column:
    """Convert the values of a column to the narrowest kind that holds all of them.

    `raw` has text (from CSV) or typed values (from Parquet or SQL), and missing values as None,
    NaN or NaT.
    """
    known = raw.dropna()
    if isinstance(raw.dtype, pd.DatetimeTZDtype) or pd.api.types.is_datetime64_any_dtype(raw):
        return Column(source, name, "datetime", pd.to_datetime(raw, utc=True), formats=(None,))
    if pd.api.types.is_bool_dtype(raw) or (len(known) and known.map(_is_bool).all()):
        return Column(source, name, "boolean", _numbers(raw), logical=True)
    if pd.api.types.is_numeric_dtype(raw) or (len(known) and known.map(_is_number).all()):
        values = _numbers(raw)
        # Integers with missing values arrive as floats.
        whole = len(known) > 0 and bool((values.dropna() % 1 == 0).all())
        is_float = pd.api.types.is_float_dtype(raw) and len(known) == len(raw)
        return _number(source, name, values, whole and not is_float)
    texts = raw.astype(object).where(raw.notna(), None).map(_text, na_action="ignore")
    known = texts.dropna()
    if len(known) == 0:
        return Column(source, name, "category", texts)
    plain = known.str.strip()
    if plain.str.lower().isin(_BOOLEANS).all():
        values = texts.str.strip().str.lower().map(_BOOLEANS) * 1.0
        return Column(source, name, "boolean", values.astype("float64"), logical=True)
    numeric = _with_points(plain, decimal)
    if numeric.map(_FLOAT.fullmatch).notna().all():
        # Codes such as 00123 and integers that a float cannot hold stay as they are written.
        as_integers = numeric.map(_INTEGER.fullmatch).notna()
        is_code = numeric.str.fullmatch(r"0\d+").any()
        if not is_code:
            values = pd.to_numeric(numeric).reindex(raw.index).astype("float64")
            return _number(source, name, values, bool(as_integers.all()))
    formats = dates.formats(plain.unique())
    if formats:
        return _datetime(source, name, texts, formats)
    return Column(source, name, "category", texts, decimal=decimal)


def draft(column: Column) -> Draft:
    """Propose the input for a column, or say why it cannot be one."""
    known, name = column.known, column.name
    rows = len(column.values)
    nullable = len(known) < rows
    if known.empty:
        return Draft(column, None, left_out="it has no value in any row")
    if known.nunique() == 1 and not nullable:
        return Draft(column, None, left_out=f"it is constant: {known.iloc[0]!s}")
    notes = []
    if nullable:
        notes.append(f"{column.missing:.1%} missing")
    if is_personal(name):
        notes.append("may describe a protected group: see `protected` and docs/governance.md")
    if column.kind in ("float", "int"):
        largest = float(known.abs().max())
        if largest > MOST_NUMBER:
            reason = (
                f"its values reach {largest:.1e}, and models take numbers up to "
                f"{MOST_NUMBER:.1e}: scale it in the source"
            )
            return Draft(column, None, left_out=reason)
        low, high = limits(known.to_numpy(), column.kind)
        field = Field(name, column.kind, min=low, max=high, nullable=nullable)
        return _without_ids(Draft(column, field, tuple(notes)))
    if column.kind == "boolean":
        return Draft(column, Field(name, "boolean", nullable=nullable), tuple(notes))
    if column.kind == "datetime":
        field = Field(name, "datetime", format=column.format, nullable=nullable)
        if len(column.formats) > 1:
            several = " and ".join(str(format) for format in column.formats)
            return Draft(
                column, field, left_out=f"its dates are ambiguous: {several} read all of them"
            )
        return Draft(column, field, tuple(notes))
    return _without_ids(_strings(column, nullable, notes))


def limits(values: np.ndarray, kind: str) -> tuple[float | None, float | None]:
    """Return limits around the values, with their whole range as room on both sides.

    The limits find wrong units and signs, not unusual values. They are rounded outward, and stay at
    zero if no value is on its other side. None where no limit can be given.
    """
    finite = values[np.isfinite(values)]
    if len(finite) == 0 or np.abs(finite).max() >= _EXACT:
        return None, None
    low, high = float(finite.min()), float(finite.max())
    span = (high - low) or max(abs(high), 1.0)
    step = 10.0 ** (math.floor(math.log10(span)) - 1)
    if kind == "int":
        step = max(step, 1.0)
    below = math.floor((low - span) / step) * step
    above = math.ceil((high + span) / step) * step
    below = 0.0 if low >= 0 and below < 0 else below
    above = 0.0 if high <= 0 and above > 0 else above
    return _short(below), _short(above)


def is_identifier(column: Column) -> bool:
    """Return whether the name is that of a key, such as customer_id."""
    return bool(_ID.search(identifier(column.source)))


def is_personal(name: str) -> bool:
    """Return whether the name is that of a protected attribute, such as age_group."""
    return bool(_PERSONAL.search(name))


def _short(value: float) -> float:
    rounded = float(f"{value:.12g}")
    return int(rounded) if rounded.is_integer() else rounded


def _strings(column: Column, nullable: bool, notes: list[str]) -> Draft:
    known = column.known
    counts = known.value_counts()
    name = column.name
    reason = almost_numbers(column)
    if reason is not None:
        return Draft(column, None, left_out=reason)
    if len(counts) <= MOST_CATEGORIES and len(known) >= ROWS_PER_CATEGORY * len(counts):
        # Values that occur once suggest that there are others that did not occur yet.
        is_open = bool((counts == 1).any()) or len(counts) > MANY_CATEGORIES
        alike = _alike(counts.index)
        if alike:
            notes.append(f"{alike} differ only in spaces or case: make them equal in the source")
        if is_open:
            notes.append("other values are accepted, because these are probably not all")
        field = Field(
            name,
            "category",
            categories=tuple(sorted(counts.index)),
            nullable=nullable,
            unseen="allow" if is_open else "refuse",
        )
        return Draft(column, field, tuple(notes))
    field = Field(name, "text", nullable=nullable)
    words = known.map(lambda value: len(value.split())).mean()
    if words >= 2:
        notes.append(f"text: {len(counts):,} different values of {words:.0f} words")
        return Draft(column, field, tuple(notes))
    return Draft(
        column,
        field,
        left_out=f"it has {len(counts):,} different values in {len(known):,} rows, too many for a "
        "category, and they are single words, not text",
    )


def _alike(values: pd.Index[str]) -> str | None:
    """Return two values that are the same word, such as 'Yes' and ' yes'; None without any."""
    known: dict[str, str] = {}
    for value in sorted(values):
        other = known.setdefault(value.strip().casefold(), value)
        if other != value:
            return f"{other!r} and {value!r}"
    return None


def almost_numbers(column: Column) -> str | None:
    """Return the reason why texts that are numbers, except for some, are no numbers; else None."""
    texts = column.known.astype(str)
    are = _with_points(texts.str.strip(), column.decimal).str.fullmatch(_FLOAT)
    if not 0.9 <= are.mean() < 1:
        return None
    other = texts[~are].value_counts()
    examples = " and ".join(map(repr, other.index[:2]))
    return (
        f"{int(other.sum())} of its values are no numbers, such as {examples}: correct them in the "
        "source, or list them in data.missing"
    )


def _with_points(texts: pd.Series, decimal: str) -> pd.Series:
    return texts.str.replace(",", ".", regex=False) if decimal == "," else texts


def _without_ids(found: Draft) -> Draft:
    column = found.column
    known = column.known
    if len(known) < len(column.values) or column.kind == "float":
        return found
    if column.kind == "int":
        steps = np.unique(np.diff(known.to_numpy()))
        counts_rows = len(steps) == 1 and steps[0] == 1
        if counts_rows or (known.is_unique and is_identifier(column)):
            return found.without("it numbers the rows")
    elif known.is_unique and found.left_out is not None:
        return found.without("it identifies the rows: no value occurs twice")
    if is_identifier(column) and known.nunique() > MOST_CATEGORIES:
        return found.without("it is an identifier: pass ENTITY to keep its rows together")
    return found


def _number(source: str, name: str, values: pd.Series, integers: bool) -> Column:
    known = values.dropna()
    if integers and set(known.unique()[:3]) == {0.0, 1.0}:
        return Column(source, name, "boolean", values)
    if integers and len(known) and known.between(19_000_101, 21_001_231).all():
        texts = values.map(lambda value: f"{value:.0f}", na_action="ignore").astype(object)
        formats = dates.formats(texts.dropna().unique())
        if formats and known.nunique() >= ROWS_PER_CATEGORY:
            return _datetime(source, name, texts, ("%Y%m%d",))
    return Column(source, name, "int" if integers else "float", values)


def _datetime(source: str, name: str, texts: pd.Series, formats: tuple[str | None, ...]) -> Column:
    format = "ISO8601" if formats[0] is None else formats[0]
    values = pd.to_datetime(texts.str.strip(), format=format, utc=True)
    return Column(source, name, "datetime", values, formats=formats)


def _is_bool(value: object) -> bool:
    return isinstance(value, (bool, np.bool_))


def _is_number(value: object) -> bool:
    return not isinstance(value, (str, bytes, bool)) and hasattr(value, "__float__")


def _numbers(values: pd.Series) -> pd.Series:
    return values.map(float, na_action="ignore").astype("float64")


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value)
