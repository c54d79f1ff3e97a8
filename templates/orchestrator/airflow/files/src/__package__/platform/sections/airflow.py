"""Section `airflow` of the settings."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..typed import Cron, Text, Url


class Airflow(msgspec.Struct, frozen=True):
    """Schedules of the DAGs, where Airflow is, and how it runs the steps.

    schedule: cron expression, in UTC, for the training of each model.
    drift_schedule: cron expression, in UTC, for the drift report and the decision to retrain.
    steps: `process` runs a step as a process of the worker, `pod` as a pod of the Kubernetes
    cluster in the section `cluster`.
    api_url: address of a shared Airflow, such as `https://<server>`, for `make submit`.
    home: folder for the database and the logs of Airflow on your machine, relative to the project
    folder.
    """

    schedule: Cron = "0 3 * * *"
    drift_schedule: Cron = "0 2 * * *"
    steps: Literal["process", "pod"] = "process"
    api_url: Url | None = None
    home: Text = ".airflow"
