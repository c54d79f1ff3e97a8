"""Section `function` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Text


class Function(msgspec.Struct, frozen=True):
    """Names that Terraform sets.

    alarm: name of the alarm on the share of failed requests.
    """

    name: Text
    alarm: Text
    alias: Text = "live"
