"""Section `cloudwatch` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Above, Text


class CloudWatch(msgspec.Struct, frozen=True):
    """`namespace` of the metrics, `seconds` between two exports."""

    namespace: Text
    seconds: Above = 60.0
