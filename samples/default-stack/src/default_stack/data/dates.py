"""Find the format of dates that are written as text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_DATES = (
    "%Y%m%d",
    *(
        separator.join(parts)
        for parts in (
            ("%Y", "%m", "%d"),
            ("%d", "%m", "%Y"),
            ("%m", "%d", "%Y"),
            ("%d", "%m", "%y"),
            ("%m", "%d", "%y"),
        )
        for separator in "/.-"
    ),
    "%d %b %Y",
    "%d-%b-%Y",
    "%b %d, %Y",
    "%b %d %Y",
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S")

# Extended formats only: pandas also takes 2024 and 20240105 for ISO 8601, which may be numbers.
ISO = re.compile(
    r"(000[1-9]|00[1-9]\d|0[1-9]\d{2}|[1-9]\d{3})-\d{2}-\d{2}"
    r"([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?( ?(Z|[+-]\d{2}(:?\d{2})?))?)?"
)


def formats(values: Iterable[str]) -> tuple[str | None, ...]:
    """Return each known `strptime` format that reads all values as a date; None is ISO 8601.

    The result is empty if the values are not dates. Several formats mean that the values are
    ambiguous, such as 05/01/2024, unless all of them read every value as the same time: then only
    the first is returned. ISO 8601 comes first, and no other format is tried after it.
    """
    import pandas as pd

    texts = pd.Series(list(dict.fromkeys(values)), dtype=object)
    # Most columns of text are not dates, which the first values already show.
    if texts.empty or not texts.head(20).map(_looks_like_a_date).all():
        return ()
    if texts.map(lambda text: ISO.fullmatch(text.strip()) is not None).all():
        return (None,) if _read(texts, "ISO8601") is not None else ()
    found: dict[str, pd.Series] = {}
    for date, time in product(_DATES, _TIMES):
        read = _read(texts, date + time)
        if read is not None and not any(read.equals(other) for other in found.values()):
            found[date + time] = read
    return tuple(found)


def _looks_like_a_date(text: str) -> bool:
    digits = sum(character.isdigit() for character in text)
    return digits >= 4 and 6 <= len(text.strip()) <= 40


def _read(texts: pd.Series, format: str) -> pd.Series | None:
    import pandas as pd

    try:
        return pd.to_datetime(texts, format=format, utc=True)
    except (ValueError, TypeError, OverflowError):
        return None
