"""Section `prefect` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Cron, Text, Url


class Prefect(msgspec.Struct, frozen=True):
    """Server and schedule of the flows.

    api_url: API of a permanent server, such as `https://<server>/api`. Without it, each run starts
    its own server on loopback; runs stay in `home` in both cases.
    home: folder for the files of that server, relative to the project folder.
    schedule: cron expression, in UTC, for the training of all models that are served.
    """

    api_url: Url | None = None
    home: Text = ".prefect"
    schedule: Cron = "0 3 * * *"
