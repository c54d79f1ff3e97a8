"""Section `rollout` of the settings."""

from __future__ import annotations

import msgspec


class Rollout(msgspec.Struct, frozen=True):
    """How versions reach a deployment.

    pinned: if true, a deployment names the versions that it serves, and moves the alias champion
        when its rollout succeeds. If false, the service follows the alias.
    """

    pinned: bool = False
