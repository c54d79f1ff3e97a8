"""Section `mlflow` of the settings."""

from __future__ import annotations

import msgspec

from ..typed import Port


class Mlflow(msgspec.Struct, frozen=True):
    """The web UI that `make mlflow-ui` starts. `ui_port`: its port on loopback."""

    ui_port: Port = 5001
