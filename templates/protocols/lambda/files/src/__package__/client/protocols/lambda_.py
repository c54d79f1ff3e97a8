"""The format of a direct invocation of AWS Lambda, over HTTP as in the runtime emulator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...contract import DataContract
from ..reply import Reply

PREFIX = "/2015-03-31/functions"


def request(contract: DataContract, rows: Sequence[dict[str, Any]]) -> tuple[str, object]:
    """Return path and body of a request that scores `rows`."""
    return f"{PREFIX}/{contract.model}/invocations", {"rows": list(rows)}


def reply(answer: dict[str, Any]) -> Reply:
    """Parse the body of a response."""
    return Reply(answer["predictions"], answer["model_version"], answer["request_id"])
