"""Section `tracking` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Text, Url


class Tracking(msgspec.Struct, frozen=True):
    """Where runs are recorded.

    project, entity: destination of the runs; by default the entity of the key's owner.
    folder: folder of the runs; without a key, `make sync` uploads them from there.
    base_url: of a server other than https://api.wandb.ai.
    """

    project: Text
    folder: Text
    entity: Text | None = None
    base_url: Url | None = None
