"""Section `airflow` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Cron, Text, Url


class Airflow(msgspec.Struct, frozen=True):
    """Schedules of the DAGs, and where Airflow is.

    schedule: cron expression, in UTC, for the training of each model.
    drift_schedule: cron expression, in UTC, for the drift report and the decision to retrain.
    api_url: address of a shared Airflow, such as `https://<server>`, for `make submit`.
    home: folder for the database and the logs of Airflow on your machine, relative to the project
    folder.
    """

    schedule: Cron = "0 3 * * *"
    drift_schedule: Cron = "0 2 * * *"
    api_url: Url | None = None
    home: Text = ".airflow"
