"""Section `governance` of the settings."""

from __future__ import annotations

import msgspec


class Governance(msgspec.Struct, frozen=True):
    """What a promotion requires.

    required: whether the gate refuses a model whose file lacks a section of REQUIRED.
    separate_approver: whether, in such an environment, another user than the author of a version
        must release it; applies if the CI system names both.
    """

    required: bool = False
    separate_approver: bool = True
