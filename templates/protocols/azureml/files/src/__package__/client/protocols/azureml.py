"""The format of Azure ML: `POST /score/{model}` with a list of rows.

https://learn.microsoft.com/azure/machine-learning/how-to-deploy-custom-container
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...contract import DataContract
from ..reply import Reply

ROWS = "data"


def request(contract: DataContract, rows: Sequence[dict[str, Any]]) -> tuple[str, object]:
    """Return path and body of a request that scores `rows`."""
    return f"/score/{contract.model}", {ROWS: list(rows)}


def reply(answer: dict[str, Any]) -> Reply:
    """Parse the body of a response."""
    return Reply(answer["predictions"], answer["model_version"], answer["request_id"])
