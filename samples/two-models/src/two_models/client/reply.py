"""The answer of a service, whichever protocol carried it."""

from __future__ import annotations

from typing import Any, NamedTuple


class Reply(NamedTuple):
    """Content of an answer in every protocol; each prediction has its outputs by name."""

    predictions: list[dict[str, Any]]
    model_version: str
    request_id: str
