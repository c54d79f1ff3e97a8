"""Section `kubeflow` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Cron, Text, Url


class Kubeflow(msgspec.Struct, frozen=True):
    """Kubeflow Pipelines of an environment.

    host: address of its API; without it, the API is reached through the context of the cluster.
    api_namespace: namespace in which it is installed.
    schedule, drift_schedule: cron expressions in UTC for training, and for the check of the
    monitoring, which trains a model if it requires that; without one, nothing is scheduled.
    """

    host: Url | None = None
    api_namespace: Text = "kubeflow"
    schedule: Cron | None = None
    drift_schedule: Cron | None = None
