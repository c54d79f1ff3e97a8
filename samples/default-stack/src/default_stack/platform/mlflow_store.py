"""The SQLite file of MLflow, also in a repository that was moved, renamed or copied.

MLflow stores absolute paths only. Without a change of these paths, MLflow in a copy writes to the
folder of the original.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from . import artifacts, moved
from .settings import Settings

TIMEOUT_SECONDS = 10
# All columns of MLflow's database that hold the location of a file or folder.
COLUMNS = {
    "experiments": ("artifact_location",),
    "runs": ("artifact_uri",),
    "model_versions": ("source", "storage_location"),
    "logged_models": ("artifact_location",),
}


def prepare(settings: Settings, database: Path) -> None:
    """Make a SQLite file usable for the client of MLflow in this process; it need not exist yet."""
    database.parent.mkdir(parents=True, exist_ok=True)
    # MLflow logs each error of the database with a traceback, and then raises it.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    relocate(settings, database)
    _allow_percent()


def relocate(settings: Settings, database: Path) -> None:
    """Change the paths in a SQLite file of MLflow to those of this repository.

    Paths outside of a repository stay, see `moved`. Raises sqlite3.Error if the file is not a
    database, or if another process keeps it locked.
    """
    if not database.is_file():
        return
    root = settings.root.resolve()
    with closing(sqlite3.connect(database, timeout=TIMEOUT_SECONDS)) as connection:
        stored = list(_elsewhere(connection, root))
        roots = {moved.old_root(settings, path) for *_, path in stored} - {None}
        with connection:
            for table, column, uri, path in stored:
                for old in roots:
                    if old is not None and path.is_relative_to(old):
                        new = root / path.relative_to(old)
                        connection.execute(
                            f"UPDATE {table} SET {column} = ? WHERE {column} = ?",
                            (new.as_uri() if uri.startswith("file:") else str(new), uri),
                        )
                        break


def _elsewhere(connection: sqlite3.Connection, root: Path) -> Iterator[tuple[str, str, str, Path]]:
    """Yield table, column, URI and path of each local file that is not below `root`."""
    own = (f"{root.as_uri()}/", f"{root}/")
    for table, wanted in COLUMNS.items():
        # Databases of earlier versions have fewer tables and columns.
        found = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        for column in found.intersection(wanted):
            rows = connection.execute(
                f"SELECT DISTINCT {column} FROM {table}"
                f" WHERE ({column} LIKE 'file:%' OR {column} LIKE '/%')"
                f" AND substr({column}, 1, ?) <> ? AND substr({column}, 1, ?) <> ?",
                [value for prefix in own for value in (len(prefix), prefix)],
            )
            for (uri,) in rows:
                path = artifacts.local_path(uri)
                if path is not None:
                    yield table, column, uri, path


def _allow_percent() -> None:
    """Let MLflow find its migrations if the path of the environment has a percent sign.

    alembic reads the sign as a reference. MLflow 3.17 escapes it in the URL of the database only.
    """
    from alembic.config import Config
    from mlflow.store.db import utils

    migrations = Path(utils.__file__).parents[1] / "db_migrations"
    if "%" not in str(migrations):
        return

    def config(db_url: str, alembic_dir: str | None = None) -> Config:
        folder = alembic_dir or str(migrations)
        made = Config(os.path.join(folder, "alembic.ini"))
        made.set_main_option("script_location", folder.replace("%", "%%"))
        made.set_main_option("sqlalchemy.url", db_url.replace("%", "%%"))
        return made

    utils._get_alembic_config = config
