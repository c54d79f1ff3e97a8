"""Section `tracking` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Text


class Tracking(msgspec.Struct, frozen=True):
    """Where runs are recorded. `folder`: a folder of the project, or a URI of the store."""

    folder: Text
