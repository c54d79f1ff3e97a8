"""Section `audit` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Text


class Audit(msgspec.Struct, frozen=True):
    """`root`: folder or fsspec URI of the records of promotions and rollbacks."""

    root: Text
