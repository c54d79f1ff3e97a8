"""The application in process, serving the finished run as version 1."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from default_stack import models
from default_stack.data.frames import read_frame, write_frame
from default_stack.platform import artifacts
from default_stack.platform.paths import RunPaths
from default_stack.serving.app import create_app
from default_stack.serving.client import sample
from default_stack.steps.batch_predict import batch_predict


@pytest.fixture
def pinned(run: RunPaths, model: str) -> str:
    """The finished run as a setting `serving.pinned`."""
    return f"{model}:1={run.package}#{artifacts.manifest_sha256(Path(run.package))}"


@pytest.fixture
def app(home: Path, pinned: str, model: str, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The application, not started."""
    monkeypatch.setenv("MLOPS_SERVING__PINNED", pinned)
    monkeypatch.setenv("MLOPS_SERVING__DEFAULT_MODEL", model)
    monkeypatch.setenv("MLOPS_SERVING__PREDICTION_LOG", str(home / "predictions.jsonl"))
    return create_app()


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client of the started application; an exception in it fails the test."""
    with TestClient(app) as client:
        yield client


@pytest.fixture
def row(model: str) -> dict[str, Any]:
    """A row that the contract allows."""
    return sample(model)


@pytest.fixture
def batch(model: str, run: RunPaths, tmp_path: Path) -> tuple[list[dict[str, Any]], list[float]]:
    """Rows of the test set, and the scores that batch prediction gives them."""
    frame = read_frame(run.test).head(300)
    write_frame(frame, str(tmp_path / "rows.parquet"))
    batch_predict(model, str(tmp_path / "rows.parquet"), str(tmp_path / "scores.parquet"))
    scores = read_frame(str(tmp_path / "scores.parquet"))["prediction"].tolist()
    inputs = frame[list(models.load(model).contract.names)]
    return json.loads(inputs.to_json(orient="records", double_precision=15)), scores


JUNK: tuple[Any, ...] = (
    None,
    True,
    False,
    "",
    "12",
    "\u0000",
    "x" * 5000,
    -1,
    0,
    1.5,
    1e308,
    -1e308,
    10**30,
    10**400,
    -(10**25),
    [],
    [[]],
    {},
    [None],
    {"a": {"b": []}},
    [1] * 50,
)
RAW = (
    b"",
    b"{",
    b"null",
    b"[]",
    b'""',
    b"\xff\xfe\x00",
    b'{"rows": [NaN]}',
    b"[" * 100_000,
    b'{"rows": ' + b"[" * 3000 + b"]" * 3000 + b"}",
    b'{"rows": [{"\\ud800": 1}]}',
)


@pytest.fixture
def broken_bodies() -> Callable[[dict[str, Any], int], Iterator[bytes]]:
    """Bodies made from a good one by one to three random changes: `broken_bodies(good, 500)`."""

    def change(rng: random.Random, value: Any) -> Any:
        if rng.random() < 0.25 or not isinstance(value, (dict, list)) or not value:
            return rng.choice(JUNK)
        if isinstance(value, dict):
            key = rng.choice(list(value))
            kind = rng.random()
            rest = {name: item for name, item in value.items() if name != key}
            if kind < 0.25:
                return rest
            if kind < 0.4:
                return {**rest, key + "_": value[key]}
            return {**value, key: change(rng, value[key])}
        place = rng.randrange(len(value))
        if rng.random() < 0.2:
            return value[:place] + value[place + 1 :]
        return [*value[:place], change(rng, value[place]), *value[place + 1 :]]

    def bodies(good: dict[str, Any], count: int) -> Iterator[bytes]:
        rng = random.Random(20)
        yield from RAW
        for _ in range(count):
            value: Any = good
            for _ in range(rng.randint(1, 3)):
                value = change(rng, value)
            text = json.dumps(value).encode()
            if rng.random() < 0.1:
                place = rng.randrange(len(text) + 1)
                text = text[:place] + bytes([rng.randrange(256)]) + text[place:]
            yield text

    return bodies
