"""Revisions of data: two functions that this project's versioning tool implements."""

from __future__ import annotations

from ..platform.settings import Settings


def keep(settings: Settings, model: str, data_uri: str) -> str:
    """Return the name of the revision of a run's rows, and store them if the tool does that.

    `data_uri` is a file. Two files have the same name only if their bytes are equal. Raises
    UserError if the rows cannot be stored.
    """
    from .content_hash import keep as implementation

    return implementation(settings, model, data_uri)


def fetch(settings: Settings, model: str, revision: str) -> bytes | None:
    """Return the rows of a revision as a Parquet file, or None if the tool does not have them."""
    from .content_hash import fetch as implementation

    return implementation(settings, model, revision)
