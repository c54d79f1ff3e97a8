"""Section `secrets` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Text


class Secrets(msgspec.Struct, frozen=True):
    """`prefix` of the secret names, and the `region` of the secrets."""

    prefix: Text
    region: Text
