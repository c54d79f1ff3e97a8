"""The application in process, serving the finished run as version 1."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from two_models.client.outputs import is_close
from two_models.client.rows import json_rows, sample
from two_models.contract import Field
from two_models.data.frames import read_frame, write_frame
from two_models.platform import artifacts, models
from two_models.platform.paths import RunPaths
from two_models.serving.app import create_app
from two_models.steps.batch_predict import batch_predict

# A request with one row can round differently from one with many rows.
TOLERANCE = 1e-6
Predictions = Sequence[Mapping[str, Any]]
Batch = tuple[list[dict[str, Any]], list[dict[str, Any]]]
Same = Callable[[Predictions, Predictions], bool]


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
def batch(model: str, run: RunPaths, tmp_path: Path) -> Batch:
    """Rows of the test set, and what batch prediction predicts for them."""
    contract = models.load(model).contract
    frame = read_frame(run.test).head(300)
    write_frame(frame, str(tmp_path / "rows.parquet"))
    batch_predict(model, str(tmp_path / "rows.parquet"), str(tmp_path / "predicted.parquet"))
    predicted = read_frame(str(tmp_path / "predicted.parquet"))
    predicted = predicted.drop(columns=[*contract.keys, "model_version"], errors="ignore")
    return json_rows(frame, contract), predicted.to_dict("records")


@pytest.fixture
def same() -> Same:
    """Whether predictions of two sources are equal: `same(found, expected)`."""

    def same(found: Predictions, expected: Predictions) -> bool:
        pairs = zip(found, expected, strict=True)
        return all(is_close(one, other, TOLERANCE) for one, other in pairs)

    return same


@pytest.fixture
def wrong_values() -> Callable[[Field], list[Any]]:
    """JSON values that violate the contract: `wrong_values(field)`."""

    def values(field: Field) -> list[Any]:
        wrong: list[Any] = [[], {}]
        if not field.nullable:
            wrong.append(None)
        if field.kind == "boolean":
            return [*wrong, 0, 1, "true"]
        if field.kind == "datetime":
            return [*wrong, True, 20240105, "05/01/2024", "0001-01-01T00:00:00+14:00"]
        if field.is_string:
            is_closed = field.categories and field.unseen == "refuse"
            return [*wrong, True, 1, "none of these" if is_closed else "x" * 100_000]
        wrong += [True, "1", 1e39]
        wrong += [] if field.max is None else [field.max + 1]
        wrong += [] if field.min is None else [field.min - 1]
        return [*wrong, 1.5] if field.kind == "int" else wrong

    return values


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
    "2024-01-31T12:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "20240105",
    "05/01/2024",
    "null",
    "NaN",
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
