"""Section `tuning` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Count


class Tuning(msgspec.Struct, frozen=True):
    """Search of parameters in an environment.

    max_trials: a search has no more trials than this, whatever `tune.trials` of the model is; None
        is no limit.
    """

    max_trials: Count | None = None
