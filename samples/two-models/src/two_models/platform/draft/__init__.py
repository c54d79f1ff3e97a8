"""Draft the contract, the parameters and the governance file of a model from a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """What `make contract` is asked for. Columns have the names of the source.

    source: path, URI, URL of a database, or `database`. query, secret: for databases.
    positive: the positive one of two labels.
    """

    model: str
    source: str = ""
    target: str = ""
    time: str | None = None
    entity: str | None = None
    label_time: str | None = None
    positive: str | None = None
    query: str | None = None
    secret: str | None = None
