"""The models of an MLServer process: `Core`, whose versions MLServer itself loads and unloads.

A promoted version is a changed `model-settings.json`, and a request to MLServer's own API for its
model repository. MLServer loads the new version first, then removes the old one, so each request
has a version that answers it.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import time
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path
from typing import Any

from prometheus_client import REGISTRY

from ..platform.errors import UserError
from ..platform.settings import Settings, load_settings
from . import repository
from .config import Target
from .core import Core, ServedModel
from .runtime import LoadedModel

# The largest models load within this time.
LOAD_SECONDS = 300.0
LISTEN_SECONDS = 30.0


class Champions(Core):
    """All models of one MLServer process."""

    def __init__(self, settings: Settings) -> None:
        """Create the models, without versions. Their metrics join those of MLServer."""
        super().__init__(settings, limits_connections=False)
        self._settings = settings
        self.folder: Path | None = None
        REGISTRY.register(self.metrics.registry)

    async def start(self, folder: Path | None = None) -> None:
        """Start the prediction log, and follow the champions if there is a model repository.

        folder: the model repository, which this process changes.
        """
        # MLServer ends without unloading its models.
        atexit.register(self.log.close)
        if folder is None:
            self.log.start()
            self.looked = True
            return
        self.folder = folder
        # The versions are loaded in the background: until then, `/readyz` tells what it waits for.
        self._tasks.append(asyncio.get_running_loop().create_task(super().start()))

    async def load(self, target: Target) -> LoadedModel:
        """Load a version and answer with it from now on: MLServer asks for it."""
        served = self.models.get(target.model)
        if served is None:
            raise UserError(f"{repository.MODEL_SETTINGS}: no model '{target.model}'")
        loaded = await super()._load(served, target)
        self.swap(served, loaded)
        return loaded

    async def _load(self, served: ServedModel, target: Target) -> LoadedModel:
        assert self.folder is not None
        path = self.folder / target.model / repository.MODEL_SETTINGS
        before = path.read_bytes() if path.exists() else None
        repository.write_model(self.folder, target, self._settings.resolve(target.uri))
        try:
            await asyncio.to_thread(self._request, target.model)
        except BaseException:
            # MLServer still has the version before.
            path.unlink() if before is None else path.write_bytes(before)
            raise
        live = served.live
        if live is None or live.loaded.target.sha256 != target.sha256:
            raise UserError("MLServer loaded another version")
        return live.loaded

    def _request(self, model: str) -> None:
        """Let MLServer load the version in the folder of a model. Raises UserError if it fails."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.config.host, self.config.host)
        address = f"[{host}]" if ":" in host else host
        url = f"http://{address}:{self.config.port}/v2/repository/models/{model}/load"
        # No proxy: the request stays on this computer.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + LISTEN_SECONDS
        while True:
            try:
                with opener.open(urllib.request.Request(url, b""), timeout=LOAD_SECONDS):
                    return
            except urllib.error.HTTPError as error:
                raise UserError(_message(error.read())) from None
            except OSError as error:
                # MLServer loads its first models before it listens.
                if time.monotonic() > deadline:
                    raise UserError(f"MLServer does not answer: {error}") from None
            time.sleep(0.05)

    def release(self, loaded: LoadedModel) -> None:
        """Forget a version that MLServer unloaded. If it is the champion, it is loaded again."""
        served = self.models[loaded.target.model]
        if served.live is not None and served.live.loaded is loaded:
            self.drop(served)


def _message(body: bytes) -> str:
    try:
        content: Any = json.loads(body)
        return str(content["error"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")[:200]


@cache
def champions() -> Champions:
    """Return the models of this process.

    MLServer imports the module of a runtime again for each model, so it cannot hold them.
    """
    return Champions(load_settings())
