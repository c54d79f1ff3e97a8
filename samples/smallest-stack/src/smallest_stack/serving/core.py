"""A server without its protocol: loads and swaps the versions of models, scores and logs rows."""

from __future__ import annotations

import asyncio
import gc
import math
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..contract import DataContract
from ..platform import models
from ..platform.errors import UserError
from ..platform.events import emit
from ..platform.sections.serving import Serving
from ..platform.settings import Settings
from . import runtime
from .archive import archive_of
from .config import Target, pinned_targets
from .follow import FOLLOWER, REGISTRY, Found, Missed, NoChampion, Source, follow_alias
from .metrics import Bound, ServiceMetrics
from .prediction_log import Entry, PredictionLog
from .schemas import RequestSchema, request_schema


class NotServed(Exception):
    """No version of the model is loaded yet."""


class NotFinite(Exception):
    """The model gives no finite score for these rows, although each value is valid."""


@dataclass(frozen=True)
class Live:
    """A loaded version with its metrics; both are replaced together."""

    loaded: runtime.LoadedModel
    metrics: Bound


class ServedModel:
    """One model: its request schema, and the currently served version, if any."""

    def __init__(self, name: str, contract: DataContract, schema: RequestSchema) -> None:
        """Create a model without a version."""
        self.name = name
        self.contract = contract
        self.schema = schema
        self.live: Live | None = None
        self.wanted: Target | None = None
        self.error: str | None = None
        self.lookup_error: str | None = None

    @property
    def version(self) -> str | None:
        """The currently served version."""
        return self.live.loaded.target.version if self.live else None

    @property
    def waiting(self) -> bool:
        """Whether a version should be served but none is loaded."""
        return self.live is None and self.wanted is not None

    def reason(self, looked: bool) -> str:
        """Why no version is served. It contains no details, because callers need no permission.

        looked: whether the registry was asked at least once.
        """
        if self.wanted is not None:
            return f"version {self.wanted.version} " + (
                "cannot be loaded" if self.error else "is being loaded"
            )
        if self.lookup_error is not None:
            return "the registry cannot be asked"
        return "the registry has no champion" if looked else "the registry was not asked yet"


class Core:
    """All models of one process. Call methods from the event loop unless documented otherwise."""

    def __init__(
        self,
        settings: Settings,
        source: Source | None = None,
        log: PredictionLog | None = None,
        limits_connections: bool = True,
    ) -> None:
        """Create a server. `source` yields the versions to serve, `log` records the answers.

        By default the settings decide both. limits_connections: whether the server refuses and
        evicts connections itself, so that metrics count them.
        """
        self.config = settings.section("serving", Serving)
        self.models: dict[str, ServedModel] = {}
        buckets: dict[str, tuple[float, ...]] = {}
        for name in models.names():
            found = models.load(name)
            schema = request_schema(
                found.contract,
                found.task.outputs(found.contract),
                self.config.max_rows,
                self.config.max_text,
            )
            self.models[name] = ServedModel(name, found.contract, schema)
            buckets[name] = found.task.SCORE_BUCKETS
        if not self.models:
            raise UserError("there is no model to serve: src has no folder below models")
        self.log = log or PredictionLog(
            Path(settings.resolve(self.config.prediction_log)),
            sample=self.config.log_sample,
            keep_rows=self.config.log_rows,
            capacity=self.config.log_queue,
            max_rows=self.config.log_queue_rows,
            max_bytes=self.config.log_bytes,
            archive=archive_of(settings, self.config),
        )
        self.metrics = ServiceMetrics(
            self._served,
            buckets,
            lambda: self.log.lost,
            lambda: self.log.archive_seconds,
            limits_connections,
        )
        self._pinned = pinned_targets(self.config.pinned)
        self._source = source
        # Separate threads: a slow model must not delay the load of a new version.
        self._scoring = ThreadPoolExecutor(1, "score")
        self._loading = ThreadPoolExecutor(1, "load")
        self._tasks: list[asyncio.Task[None]] = []
        self.looked = False
        self._frozen = False

    async def start(self) -> None:
        """Load the pinned versions or start to follow the alias; start the prediction log."""
        self.log.start()
        loop = asyncio.get_running_loop()
        for target in self._pinned:
            await self.apply(target)
        if self._source is None and self._pinned:
            self.looked = True
            self._freeze()
            return
        self.metrics.follow()
        source = self._source or follow_alias(self.config.poll_seconds)
        self._tasks.append(loop.create_task(self._follow(source)))

    async def stop(self) -> None:
        """Stop following the alias and write the rest of the prediction log."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._loading.shutdown(wait=False, cancel_futures=True)
        self._scoring.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self.log.close)

    async def _follow(self, source: Source) -> None:
        try:
            async for found in source:
                try:
                    await self._take(found)
                except Exception as error:
                    # A task that ends with an error would end following without a word.
                    emit("serving_follow_failed", error=f"{type(error).__name__}: {error}")
        except Exception as error:
            message = f"following has ended: {type(error).__name__}: {error}"
            await self._take(Missed(None, FOLLOWER, message))

    async def _take(self, found: Found) -> None:
        if found is None:
            if not self.looked:
                self.looked = True
                self._freeze()
        elif isinstance(found, Missed):
            for served in self.models.values():
                if found.model in (None, served.name):
                    self._missed(served, found)
        elif (known := self.models.get(found.model)) is None:
            emit("serving_unknown_model", model=found.model)
        elif isinstance(found, NoChampion) and known.live is not None:
            # A champion is replaced, never removed: this is another, empty or older registry.
            error = f"the registry has no champion, but version {known.version} is served"
            self._missed(known, Missed(known.name, REGISTRY, error))
        else:
            known.lookup_error = None
            self.metrics.looked_up(known.name)
            if isinstance(found, Target):
                await self.apply(found)

    def _missed(self, served: ServedModel, missed: Missed) -> None:
        self.metrics.missed(served.name, missed.reason)
        if served.lookup_error != missed.error:
            emit("serving_follow_failed", model=served.name, error=missed.error)
        served.lookup_error = missed.error

    async def apply(self, target: Target) -> None:
        """Load a version outside the event loop and swap it in. On failure the old one stays."""
        served = self.models.get(target.model)
        if served is None:
            emit("serving_unknown_model", model=target.model, version=target.version)
            return
        served.wanted = target
        live = served.live
        if live and (live.loaded.target.version, live.loaded.target.sha256) == (
            target.version,
            target.sha256,
        ):
            served.error = None
            return
        try:
            loaded = await self._load(served, target)
        except Exception as error:
            message = f"version {target.version} was not loaded: {error}"
            if served.error != message:
                emit("serving_load_failed", model=target.model, error=message)
            served.error = message
            return
        self.swap(served, loaded)

    async def _load(self, served: ServedModel, target: Target) -> runtime.LoadedModel:
        return await asyncio.get_running_loop().run_in_executor(
            self._loading, runtime.load, target, served.schema.example_columns(), self._scoring
        )

    def swap(self, served: ServedModel, loaded: runtime.LoadedModel) -> None:
        """Answer the requests of a model with a loaded version from now on."""
        if served.live is not None and served.live.loaded is loaded:
            return
        target, previous = loaded.target, served.version
        served.live = Live(loaded, self.metrics.bind(target.model, target.version))
        served.error = None
        self.metrics.serve(target.model, target.version, previous)
        emit("serving_version", previous=previous, model=target.model, **loaded.describe())
        self._freeze()

    def drop(self, served: ServedModel) -> None:
        """Answer no request of a model until a version is loaded again."""
        if served.live is not None:
            target = served.live.loaded.target
            self.metrics.drop(target.model, target.version)
        served.live = None

    def _freeze(self) -> None:
        # Loaded objects are permanent: exclude them from garbage collection.
        if self._frozen or not self.ready:
            return
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 50, 100)
        self._frozen = True

    @property
    def ready(self) -> bool:
        """Whether all models were looked up, some are served, and none waits for its version."""
        found = self.models.values()
        served = any(model.live for model in found)
        return self.looked and served and not any(model.waiting for model in found)

    @property
    def waiting(self) -> dict[str, str]:
        """Models without a version, each with the reason."""
        return {
            name: model.reason(self.looked)
            for name, model in self.models.items()
            if model.live is None
        }

    async def score(
        self,
        served: ServedModel,
        columns: Mapping[str, Sequence[Any]],
        rows: int,
        request_id: str,
    ) -> tuple[runtime.LoadedModel, list[dict[str, Any]]]:
        """Score `rows` valid rows with the served version, count and log them.

        Returns the version that answered, and one prediction per row: its outputs by name. Raises
        NotServed, NotFinite, or `batching.Overloaded`.
        """
        live = served.live
        if live is None:
            raise NotServed(f"no version of '{served.name}' is loaded yet")
        return live.loaded, await self.answer(live, served, columns, rows, request_id)

    async def answer(
        self,
        live: Live,
        served: ServedModel,
        columns: Mapping[str, Sequence[Any]],
        rows: int,
        request_id: str,
    ) -> list[dict[str, Any]]:
        """Score `rows` valid rows with a version, count and log them; see `score`."""
        predictions, scores = await live.loaded.batcher.submit(columns, rows)
        if not math.isfinite(sum(scores)):
            raise NotFinite("the model has no finite score for these rows")
        live.metrics.rows.inc(rows)
        observe = live.metrics.score.observe
        for score in scores:
            observe(score)
        version = live.loaded.target.version
        self.log.add(Entry(time.time(), request_id, served.name, version, columns, predictions))
        return predictions

    def describe(self) -> dict[str, Any]:
        """Return the content of `/version`."""
        return {
            "models": {
                name: {
                    **(model.live.loaded.describe() if model.live else {"version": None}),
                    "error": model.error,
                    "lookup_error": model.lookup_error,
                }
                for name, model in self.models.items()
            },
            "prediction_log": {
                "written": self.log.written,
                "dropped": self.log.dropped,
                "queued": self.log.queued,
                "archive_error": self.log.archive_error,
            },
        }

    def _served(self) -> dict[str, tuple[str, Mapping[str, float], str]]:
        found: dict[str, tuple[str, Mapping[str, float], str]] = {}
        for name, model in self.models.items():
            if model.live is not None:
                target = model.live.loaded.target
                primary = models.load(name).task.primary(target.metrics)
                found[name] = (target.version, target.metrics, primary)
        return found
