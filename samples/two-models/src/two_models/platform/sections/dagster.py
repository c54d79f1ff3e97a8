"""Section `dagster` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Cron, Text


class Dagster(msgspec.Struct, frozen=True):
    """Schedule and backfills.

    schedule: cron expression, in UTC, for the training of all models.
    first_day: first day of the partitions of a backfill, such as 2026-01-01.
    """

    schedule: Cron = "0 3 * * *"
    first_day: Text = "2026-01-01"
