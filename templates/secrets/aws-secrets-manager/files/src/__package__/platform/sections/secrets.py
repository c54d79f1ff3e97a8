"""Section `secrets` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Text


class Secrets(msgspec.Struct, frozen=True):
    """`prefix` of the secret names, and the `region` of the secrets.

    optional: secrets that exist although the stack works without them. AWS bills each of them.
    """

    prefix: Text
    region: Text
    optional: tuple[Text, ...] = ()
