"""Section `artifacts` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Text


class Artifacts(msgspec.Struct, frozen=True):
    """`root`: folder or fsspec URI of the runs."""

    root: Text
