"""The format of Vertex AI: instances in and predictions out, at the path of its variable.

https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from ...contract import DataContract
from ...platform.errors import SettingsError
from ..reply import Reply

ROWS = "instances"


def request(contract: DataContract, rows: Sequence[dict[str, Any]]) -> tuple[str, object]:
    """Return path and body of a request that scores `rows`."""
    return f"{predict_route()}/{contract.model}", {ROWS: list(rows)}


def reply(answer: dict[str, Any]) -> Reply:
    """Parse the body of a response."""
    return Reply(answer["predictions"], answer["model_version"], answer["request_id"])


def predict_route() -> str:
    """Return the prediction path. Raises SettingsError if AIP_PREDICT_ROUTE is not a path."""
    return _path("AIP_PREDICT_ROUTE", "/vertex/predict")


def health_route() -> str:
    """Return the health path. Raises SettingsError if AIP_HEALTH_ROUTE is not a path."""
    return _path("AIP_HEALTH_ROUTE", "/vertex/health")


def _path(variable: str, default: str) -> str:
    path = os.environ.get(variable) or default
    if not path.startswith("/") or any(sign in path for sign in "{}?#"):
        raise SettingsError(f"{variable}: expected a path, found {path!r}")
    return path
