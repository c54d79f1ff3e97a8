"""Section `tracking` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Text, Url


class Tracking(msgspec.Struct, frozen=True):
    """Where runs are recorded.

    project: of the runs; each model has a project in it.
    folder: folder of the archives of the runs.
    api_server, web_server, files_server: of your own server; by default that of clear.ml.
    """

    project: Text
    folder: Text
    api_server: Url = "https://api.clear.ml"
    web_server: Url = "https://app.clear.ml"
    files_server: Url = "https://files.clear.ml"
