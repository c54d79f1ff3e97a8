"""Section `tracking` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Text, Url


class Tracking(msgspec.Struct, frozen=True):
    """Where runs are recorded.

    project, workspace: destination of the runs; by default the workspace of the key's owner.
    folder: folder of the archives of the runs.
    base_url: of a server other than https://www.comet.com.
    """

    project: Text
    folder: Text
    workspace: Text | None = None
    base_url: Url | None = None
