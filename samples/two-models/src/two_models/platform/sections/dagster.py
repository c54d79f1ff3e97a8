"""Section `dagster` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Cron


class Dagster(msgspec.Struct, frozen=True):
    """`schedule`: cron expression, in UTC, for the training of all models."""

    schedule: Cron = "0 3 * * *"
