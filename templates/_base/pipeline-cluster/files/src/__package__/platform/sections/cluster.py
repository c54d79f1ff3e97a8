"""Section `cluster` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Text


class Cluster(msgspec.Struct, frozen=True):
    """The Kubernetes cluster that runs the pipelines of an environment.

    context: name of a context of kubectl. namespace: an existing namespace.
    image: the image of the steps, with a registry that the cluster can pull from.
    """

    context: Text | None = None
    namespace: Text | None = None
    image: Text | None = None
