"""A moved or copied repository uses its own files, although MLflow stores absolute paths."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from default_stack.platform import artifacts, mlflow_store
from default_stack.platform.settings import load_settings
from default_stack.registry import get_registry


def _database(home: Path) -> Path:
    return next(home.rglob("mlflow.db"))


def _stored(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as connection:
        return {
            str(value)
            for table, columns in mlflow_store.COLUMNS.items()
            for column in columns
            for (value,) in connection.execute(
                f"SELECT {column} FROM {table} WHERE {column} LIKE 'file:%'"
            )
        }


def test_a_copy_serves_its_own_files(home: Path, model: str) -> None:
    registry = get_registry(load_settings())
    quick = registry.get(model)
    assert quick is not None
    opened = registry.version(model, quick.version)
    for found in (quick, opened):
        path = artifacts.local_path(found.uri)
        assert path is not None
        assert path.is_relative_to(home)
        artifacts.verify(path, found.sha256)


def test_mlflow_reads_and_writes_in_the_copy(home: Path, model: str) -> None:
    database = _database(home)
    assert not any(uri.startswith(f"{home.as_uri()}/") for uri in _stored(database))
    before = database.read_bytes()
    get_registry(load_settings()).versions(model)
    after = _stored(database)
    assert after
    assert all(uri.startswith(f"{home.as_uri()}/") for uri in after)
    database.write_bytes(before)
    mlflow_store.relocate(load_settings(), database)
    assert _stored(database) == after
