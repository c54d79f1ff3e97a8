"""The format of SageMaker: `POST /models/{model}/invoke` with JSON instances.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...contract import DataContract
from ..reply import Reply

ROWS = "instances"


def request(contract: DataContract, rows: Sequence[dict[str, Any]]) -> tuple[str, object]:
    """Return path and body of a request that scores `rows`."""
    return f"/models/{contract.model}/invoke", {ROWS: list(rows)}


def reply(answer: dict[str, Any]) -> Reply:
    """Parse the body of a JSON response."""
    return Reply(answer["predictions"], answer["model_version"], answer["request_id"])
