"""The handler of AWS Lambda: `python -m awslambdaric <package>.serving.lambda_handler.handler`.

It answers events of API Gateway (both formats), of function URLs and of load balancers, at
`POST /predict` and `POST /models/{model}/predict`, and direct invocations with
`{"rows": […], "model": "<name>"}`. The versions are those of `serving.pinned`, or the packages
below LAMBDA_TASK_ROOT/model. There is no HTTP server, and a line of the prediction log is a line
on standard output.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import os
import re
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson

from ..errors import SettingsError, UserError
from ..settings import Settings, load_settings
from .auth import Authenticator, KeysUnavailable, Unauthorized, authenticator
from .batching import Overloaded
from .config import Serving, Target, pinned_targets
from .container import pinned
from .http import Problem
from .prediction_log import PredictionLog
from .protocols.lambda_ import INVALID, answer, error_text
from .service import NotFinite, NotServed, ServedModel, Service

_PREDICT = re.compile(r"/(?:models/(?P<model>[^/]+)/)?predict")


class InvalidRequest(Exception):
    """A direct invocation that cannot be answered; Lambda tells it as `errorType`."""


assert InvalidRequest.__name__ == INVALID


class OutputLog(PredictionLog):
    """Prediction log on standard output, which Lambda keeps."""

    def _append(self, lines: bytes) -> None:
        print(lines.decode(), end="", flush=True)


class Function:
    """Loaded models, and the answers to events."""

    def __init__(self, settings: Settings) -> None:
        """Load the pinned versions. Raises UserError if there is none or one cannot be loaded."""
        config = settings.section("serving", Serving)
        self._auth: Authenticator | None = authenticator(settings)
        log = OutputLog(Path(os.devnull), sample=config.log_sample, keep_rows=config.log_rows)
        self._service = Service(settings, log=log)
        entries = config.pinned
        if not entries:
            folder = Path(os.environ.get("LAMBDA_TASK_ROOT", settings.root)) / "model"
            entries = tuple(pinned(folder).split(","))
        self._loop = asyncio.new_event_loop()
        try:
            for target in pinned_targets(entries):
                self._load(target)
        except BaseException:
            self._loop.close()
            raise

    def _load(self, target: Target) -> None:
        served = self._service.models.get(target.model)
        if served is None:
            raise SettingsError(f"serving.pinned: no model '{target.model}'")
        self._loop.run_until_complete(self._service.apply(target))
        if served.error:
            raise UserError(f"{target.model}: {served.error}")

    def answer(self, event: Any, request_id: str) -> dict[str, Any]:
        """Answer one event. Raises InvalidRequest for a wrong direct invocation."""
        try:
            return self._loop.run_until_complete(self._answer(event, request_id))
        finally:
            # Between two events the process stands still, so nothing may wait for a thread.
            self._service.log.flush()

    def close(self) -> None:
        """End the event loop."""
        self._loop.run_until_complete(self._service.stop())
        self._loop.close()

    async def _answer(self, event: Any, request_id: str) -> dict[str, Any]:
        if not _is_http(event):
            try:
                return await self._invoked(event, request_id)
            except Problem as problem:
                raise InvalidRequest(error_text(problem.detail)) from None
        headers = {"content-type": "application/json", "x-request-id": request_id}
        try:
            status, body = HTTPStatus.OK.value, await self._asked(event, headers, request_id)
        except Problem as problem:
            status = problem.status
            body = orjson.dumps({"detail": problem.detail, "request_id": request_id})
        return {
            "statusCode": status,
            "headers": headers,
            "body": body.decode(),
            "isBase64Encoded": False,
        }

    async def _invoked(self, event: Any, request_id: str) -> dict[str, Any]:
        if not isinstance(event, dict):
            raise Problem(422, "expected an object with 'rows'")
        rest = {name: value for name, value in event.items() if name != "model"}
        served = self._model(event.get("model"))
        _, body = await self._scored(served, _encoded(rest), request_id)
        found: dict[str, Any] = orjson.loads(body)
        return found

    async def _asked(
        self, event: dict[str, Any], headers: dict[str, str], request_id: str
    ) -> bytes:
        method, path = _target(event)
        if path == "/healthz" and method == "GET":
            return orjson.dumps({"status": "ok"})
        given = _headers(event)
        await self._authenticate(path, given, headers)
        match = _PREDICT.fullmatch(path)
        if match is None:
            raise Problem(404, f"no route {path[:100]}")
        if method != "POST":
            raise Problem(405, "expected POST")
        kind = given.get("content-type", "application/json").split(";")[0].strip().lower()
        if kind != "application/json":
            raise Problem(415, "expected content-type: application/json")
        served = self._model(match["model"])
        version, body = await self._scored(served, _body(event), request_id)
        headers["x-model-version"] = version
        return body

    async def _authenticate(
        self, path: str, given: dict[str, str], headers: dict[str, str]
    ) -> None:
        if self._auth is None or path in self._auth.config.platform_paths:
            return
        authorization, key = given.get("authorization"), given.get("x-api-key")
        try:
            await self._auth.check(
                authorization.encode("latin-1", "replace") if authorization else None,
                key.encode("latin-1", "replace") if key else None,
            )
        except Unauthorized as error:
            headers["www-authenticate"] = "Bearer"
            raise Problem(401, str(error)) from None
        except KeysUnavailable:
            raise Problem(503, "tokens cannot be checked now") from None

    def _model(self, name: object) -> ServedModel:
        if name is None:
            return self._service.default
        served = self._service.models.get(name) if isinstance(name, str) else None
        if served is None:
            raise Problem(404, f"no model {str(name)[:100]!r}")
        return served

    async def _scored(self, served: ServedModel, body: bytes, request_id: str) -> tuple[str, bytes]:
        limit = self._service.config.max_body_bytes
        if len(body) > limit:
            raise Problem(413, f"the body has more than {limit} bytes")
        try:
            loaded, content = await answer(self._service, served, body, request_id)
        except NotFinite as error:
            raise Problem(422, str(error)) from None
        except (NotServed, Overloaded) as error:
            raise Problem(503, str(error)) from None
        return loaded.target.version, content


def _encoded(value: Any) -> bytes:
    """Turn an event into JSON again: the one parser of requests then checks it."""
    try:
        return json.dumps(value, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise Problem(422, "expected numbers that are finite, and less nesting") from None


def _is_http(event: Any) -> bool:
    if not isinstance(event, dict) or not isinstance(event.get("requestContext"), dict):
        return False
    return "httpMethod" in event or "http" in event["requestContext"]


def _target(event: dict[str, Any]) -> tuple[str, str]:
    """Return method and path, without the name of a stage in front."""
    context = event["requestContext"]
    if "httpMethod" in event:
        method, path = event["httpMethod"], event.get("path")
    else:
        http = context["http"] if isinstance(context["http"], dict) else {}
        method, path = http.get("method"), event.get("rawPath", http.get("path"))
    if not isinstance(method, str) or not isinstance(path, str):
        raise Problem(400, "the event names no method and path")
    stage = context.get("stage")
    if isinstance(stage, str) and stage and path.startswith(f"/{stage}/"):
        path = path[len(stage) + 1 :]
    return method.upper(), path


def _headers(event: dict[str, Any]) -> dict[str, str]:
    found = event.get("headers")
    if not isinstance(found, dict):
        return {}
    return {str(name).lower(): value for name, value in found.items() if isinstance(value, str)}


def _body(event: dict[str, Any]) -> bytes:
    body = event.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise Problem(400, "the body of the event is no text")
    try:
        if event.get("isBase64Encoded"):
            return base64.b64decode(body, validate=True)
        return body.encode()
    except (binascii.Error, ValueError):
        raise Problem(400, "the body of the event cannot be decoded") from None


@cache
def function() -> Function:
    """Return the function of this process, loaded once."""
    return Function(load_settings())


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answer an event of Lambda."""
    return function().answer(event, context.aws_request_id)


if "AWS_LAMBDA_RUNTIME_API" in os.environ:
    # Lambda gives a starting function more time and processor than its first event.
    function()
