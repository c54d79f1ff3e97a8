"""Section `registry` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Text


class Registry(msgspec.Struct, frozen=True):
    """Where versions are registered.

    uri: `https://<server>`, or `sqlite:///<file>` in the project folder.
    artifacts: folder or URI under which the files of all versions are kept.
    """

    uri: Text
    artifacts: Text
