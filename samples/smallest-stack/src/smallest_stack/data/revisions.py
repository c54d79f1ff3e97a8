"""Revisions of data: two functions, implemented by the tool of this project in its own file."""

from __future__ import annotations

from ..platform.settings import Settings


def keep(settings: Settings, model: str, data_uri: str) -> str:
    """Name the revision of the rows of a run, and keep them if the tool does.

    `data_uri` is a file. Equal bytes have the same name, others have another. Raises UserError if
    the rows cannot be kept.
    """
    from .content_hash import keep as implementation

    return implementation(settings, model, data_uri)


def fetch(settings: Settings, model: str, revision: str) -> bytes | None:
    """Return the rows of a revision, a Parquet file, or None if the tool does not have them."""
    from .content_hash import fetch as implementation

    return implementation(settings, model, revision)
