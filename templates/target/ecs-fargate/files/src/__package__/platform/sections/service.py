"""Section `service` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Text


class Service(msgspec.Struct, frozen=True):
    """Names that Terraform sets."""

    cluster: Text
    name: Text
