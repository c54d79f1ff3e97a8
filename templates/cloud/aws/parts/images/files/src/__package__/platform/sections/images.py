"""Section `images` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Text


class Images(msgspec.Struct, frozen=True):
    """`repository`: where images are pushed to, without a tag."""

    repository: Text | None = None
