"""Secrets: environment variables, set by `.env`, the CI system or the platform."""

from __future__ import annotations

import os

from .settings import Settings


def read_secret(name: str, _settings: Settings) -> str | None:
    """Return the value of a secret; None if there is none. An empty variable counts as not set."""
    return os.environ.get(name) or None
