"""Section `tracking` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Text


class Tracking(msgspec.Struct, frozen=True):
    """Where runs are recorded.

    uri: `https://<server>`, or `sqlite:///<file>` in the project folder.
    artifacts: folder or URI of run files where `uri` is a database; a server has its own.
    """

    uri: Text
    experiment: Text
    artifacts: Text | None = None
