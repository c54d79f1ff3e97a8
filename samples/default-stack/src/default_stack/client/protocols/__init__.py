"""The formats of requests to the service: one file for each protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...contract import DataContract
from ..reply import Reply
from . import rest, v2

PROTOCOLS = (rest, v2)


def request(contract: DataContract, rows: Sequence[dict[str, Any]]) -> tuple[str, object]:
    """Path and body of a request that scores `rows`, in the first protocol."""
    return PROTOCOLS[0].request(contract, rows)


def reply(answer: dict[str, Any]) -> Reply:
    """Read the answer to such a request."""
    return PROTOCOLS[0].reply(answer)
