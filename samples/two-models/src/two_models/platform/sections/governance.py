"""Section `governance` of the settings."""

from __future__ import annotations

import msgspec


class Governance(msgspec.Struct, frozen=True):
    """`required`: whether the gate refuses a model whose file lacks a section of REQUIRED."""

    required: bool = False
