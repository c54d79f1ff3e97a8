"""The format of REST: `POST /models/{model}/predict`, rows in and predictions out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...contract import DataContract
from ..reply import Reply


def request(contract: DataContract, rows: Sequence[dict[str, Any]]) -> tuple[str, object]:
    """Return path and body of a request that scores `rows`."""
    return f"/models/{contract.model}/predict", {"rows": list(rows)}


def reply(answer: dict[str, Any]) -> Reply:
    """Parse the body of a response."""
    return Reply(answer["predictions"], answer["model_version"], answer["request_id"])
