"""Section `argo` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Cron


class Argo(msgspec.Struct, frozen=True):
    """Schedules in the cluster, as cron expressions in UTC; without one, nothing is scheduled.

    schedule: training of all models. drift_schedule: the check of the monitoring, which trains a
    model if it requires that.
    """

    schedule: Cron | None = None
    drift_schedule: Cron | None = None
