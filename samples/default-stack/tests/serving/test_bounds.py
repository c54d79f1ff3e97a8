"""Memory stays bounded for any load."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter, ValidationError

from default_stack.client import protocols
from default_stack.contract import Field
from default_stack.platform import models
from default_stack.serving import prediction_log
from default_stack.serving.app import create_app
from default_stack.serving.schemas import (
    CATEGORY_LIMIT,
    TEXT_LIMIT,
    column_type,
)
from default_stack.serving.service import Room


def test_what_waits_to_be_logged_is_bounded_by_rows(tmp_path: Path) -> None:
    log = prediction_log.PredictionLog(tmp_path / "p.jsonl", keep_rows=20, max_rows=100)
    for number in range(10):
        columns = {"a": list(range(1_000))}
        log.add(prediction_log.Entry(0.0, str(number), "m", "1", columns, [{"x": 0.5}] * 1_000))
    assert (log.queued, log.dropped) == (5, 5)
    # Rows that are not written do not stay in memory.
    assert all(len(entry.columns["a"]) == 20 for entry in log._queue)
    log.flush()
    log.add(prediction_log.Entry(0.0, "after", "m", "1", {"a": [1]}, [{"x": 0.5}]))
    log.flush()
    lines = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines()]
    assert [line["rows"] for line in lines] == [1_000] * 5 + [1]
    assert [len(line["predictions"]) for line in lines] == [20] * 5 + [1]


@pytest.mark.parametrize(
    ("field", "limit"),
    [(Field("a", "category"), CATEGORY_LIMIT), (Field("a", "text"), TEXT_LIMIT)],
)
def test_strings_are_bounded(field: Field, limit: int) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(column_type(field))
    assert adapter.validate_python("x" * limit)
    with pytest.raises(ValidationError):
        adapter.validate_python("x" * (limit + 1))


def test_bodies_share_a_room(
    app: FastAPI, model: str, row: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many large bodies that arrive slowly, a few are read and the others get 503."""
    monkeypatch.setenv("MLOPS_SERVING__MAX_OPEN_BYTES", "300000")
    path, body = protocols.request(models.load(model).contract, [row])
    content = json.dumps(body).encode().ljust(100_000)
    app = create_app()
    room: Room = app.state.service.room
    go = asyncio.Event()
    statuses: list[int] = []

    async def ask() -> None:
        sent = 0

        async def receive() -> dict[str, Any]:
            nonlocal sent
            sent += 1
            if sent == 1:
                return {"type": "http.request", "body": content[:90_000], "more_body": True}
            await go.wait()
            return {"type": "http.request", "body": content[90_000:], "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        scope = {"type": "http", "method": "POST", "path": path, "headers": []}
        await app({**scope, "query_string": b""}, receive, send)

    async def main() -> None:
        async with app.router.lifespan_context(app):
            requests = [asyncio.create_task(ask()) for _ in range(10)]
            while len(statuses) < 7:
                await asyncio.sleep(0.01)
            assert statuses == [503] * 7
            assert room._held == 270_000
            go.set()
            await asyncio.gather(*requests)
            assert statuses[7:] == [200] * 3
            assert room._held == 0

    asyncio.run(main())
