"""Section `rollout` of the settings."""

from __future__ import annotations

from typing import Any

import msgspec

from ..typed import Above, Port, Share


class Rollout(msgspec.Struct, frozen=True):
    """How versions reach a deployment.

    pinned: if true, a deployment names the versions that it serves, and moves the alias champion
        when its rollout succeeds. If false, the service follows the alias.
    waits: if true, the service follows the alias, and an accepted version waits for the rollout
        that moves it. The first version of a model does not wait.

    For rollouts on this machine:

    steps: shares of the requests for the new version; by default those of the kind of rollout.
    default_answer: the answer if both versions fail; without one, the caller gets the error.
    limits: what the new version must hold, by the name of the limit.
    interval_seconds: time between two looks at the metrics of both versions.
    metrics_port: port of the metrics of the router.
    """

    pinned: bool = False
    waits: bool = False
    steps: tuple[Share, ...] = ()
    default_answer: dict[str, Any] | None = None
    limits: dict[str, float | bool] = {}
    interval_seconds: Above = 5.0
    metrics_port: Port = 9465
