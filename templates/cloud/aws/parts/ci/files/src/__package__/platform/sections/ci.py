"""Section `ci` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Text


class Ci(msgspec.Struct, frozen=True):
    """The CI system that signs in to the account.

    repository: `<owner>/<name>` in the CI system.
    identity_provider: `create`, or `existing` if the account already has the identity provider.
    plan_role, apply_role, deploy_role, rollout_role: ARNs of the roles of the jobs.
    """

    repository: Text | None = None
    identity_provider: Text | None = None
    plan_role: Text | None = None
    apply_role: Text | None = None
    deploy_role: Text | None = None
    rollout_role: Text | None = None
