"""The runtimes of MLServer: one class for the models of this project, and one for operations.

https://mlserver.readthedocs.io/en/latest/user-guide/custom.html
"""

from __future__ import annotations

import atexit
import re
import shutil
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi.responses import JSONResponse
from mlserver import MLModel
from mlserver.errors import MLServerError
from mlserver.handlers import custom_handler
from mlserver.types import (
    InferenceRequest,
    InferenceResponse,
    MetadataTensor,
    RequestInput,
    ResponseOutput,
)
from mlserver.utils import generate_uuid

from ..client.protocols.v2 import datatype
from ..platform.events import emit
from .batching import Overloaded
from .champions import champions
from .config import Target
from .core import Live, NotFinite
from .repository import OPERATIONS
from .runtime import LoadedModel
from .tensors import TensorError, columns_of, output_tensor, output_type, shape_of, wanted_outputs

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass
class Tensor:
    """An input of a request, with the types of JSON."""

    name: str
    shape: list[int]
    datatype: str
    data: Any


class Champion(MLModel):
    """A version of a model. `parameters` name the folder of its package and its sha256."""

    async def load(self) -> bool:
        """Check the files, load them and score one row. Raises MLServerError if one fails."""
        found = self.settings.parameters
        target = Target(
            self.name, found.version, self._uri(), found.extra["sha256"], found.extra["metrics"]
        )
        models = champions()
        try:
            self._loaded: LoadedModel = await models.load(target)
        except Exception as error:
            raise MLServerError(str(error), 500) from error
        served = models.models[self.name]
        self._live = Live(self._loaded, models.metrics.bind(self.name, target.version))
        self.inputs = [
            MetadataTensor(name=field.name, datatype=datatype(field), shape=[-1])
            for field in served.contract.fields
        ]
        self.outputs = [
            MetadataTensor(name=item.name, datatype=output_type(item), shape=shape_of(item, -1))
            for item in served.schema.outputs
        ]
        return True

    async def unload(self) -> bool:
        """Forget the version."""
        if hasattr(self, "_loaded"):
            champions().release(self._loaded)
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Check, score, count and log the rows of a request. Raises MLServerError."""
        started = time.perf_counter()
        # Over gRPC, the id of a request without one is empty.
        payload.id = payload.id or generate_uuid()
        try:
            outputs = await self._answer(payload)
        except Exception as error:
            status, message = _problem(error, payload.id)
            seconds = time.perf_counter() - started
            champions().metrics.refused(self.name, status, self.version, seconds)
            raise MLServerError(message, status) from None
        self._live.metrics.ok.inc()
        self._live.metrics.latency.observe(time.perf_counter() - started)
        return InferenceResponse(
            model_name=self.name, model_version=self.version, id=payload.id, outputs=outputs
        )

    async def _answer(self, payload: InferenceRequest) -> list[ResponseOutput]:
        models = champions()
        served = models.models[self.name]
        if not _ID.fullmatch(payload.id):
            raise TensorError(400, "id: expected 1 to 64 letters, digits, dots, _ or -")
        wanted = wanted_outputs(served.schema, [item.name for item in payload.outputs or ()])
        tensors = [_tensor(item) for item in payload.inputs]
        columns, rows = columns_of(served.contract, served.schema, tensors, models.config.max_rows)
        predictions = await models.answer(self._live, served, columns, rows, payload.id)
        return [ResponseOutput(**output_tensor(item, predictions)) for item in wanted]

    def _uri(self) -> str:
        uri = str(self.settings.parameters.uri)
        if "://" in uri or Path(uri).is_absolute():
            return uri
        return str(Path(self.settings._source).parent / uri)


class Operations(MLModel):
    """Follows the champions, and answers the routes that every service of this project has."""

    async def load(self) -> bool:
        """Start to follow, if the settings of this model ask for it."""
        root = Path(self.settings._source).parents[1]
        if self.settings.parameters.extra["follow"]:
            # `__main__` created the folder for this process.
            atexit.register(shutil.rmtree, root, ignore_errors=True)
            await champions().start(root)
        else:
            await champions().start()
        return True

    @property
    def ready(self) -> bool:
        """Whether predictions are served: `/v2/health/ready` asks all models."""
        return champions().ready

    @ready.setter
    def ready(self, _: bool) -> None:
        """Ignore MLServer's value: the model is not ready when it is loaded."""

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Refuse each request: this model predicts nothing."""
        raise MLServerError(f"Model {OPERATIONS} not found", 404)

    @custom_handler(rest_path="/healthz", rest_method="GET")
    async def healthz(self) -> JSONResponse:
        """Report that the process answers."""
        return JSONResponse({"status": "ok"})

    @custom_handler(rest_path="/readyz", rest_method="GET")
    async def readyz(self) -> JSONResponse:
        """Report whether predictions are served: 200 or 503."""
        models = champions()
        if models.ready:
            served = {name: model.version for name, model in models.models.items()}
            return JSONResponse({"status": "ready", "models": served})
        waiting = models.waiting
        content = {"status": "not ready", "waiting": list(waiting), "reasons": waiting}
        return JSONResponse(content, status_code=503)

    @custom_handler(rest_path="/version", rest_method="GET")
    async def version_of_all(self) -> JSONResponse:
        """Report the served versions, their load times, and the state of the prediction log."""
        package = __name__.split(".")[0]
        return JSONResponse({"package": package, **champions().describe()})


def _tensor(item: RequestInput) -> Tensor:
    data = item.data.root
    if isinstance(data, list):
        # gRPC has bytes where JSON has text.
        data = [value.decode() if isinstance(value, bytes) else value for value in data]
    return Tensor(item.name, item.shape, str(item.datatype), data)


def _problem(error: Exception, request_id: str | None) -> tuple[int, str]:
    if isinstance(error, TensorError):
        return error.status, str(error)
    if isinstance(error, NotFinite):
        return 422, str(error)
    if isinstance(error, Overloaded):
        return 503, str(error)
    if isinstance(error, UnicodeDecodeError):
        return 400, "BYTES must be UTF-8"
    emit("serving_error", request_id=request_id, error=str(error), trace=traceback.format_exc())
    return 500, "Internal Server Error"
