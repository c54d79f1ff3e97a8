"""Read the rows of an SQL query in batches."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pyarrow as pa

from ..params import DataParams
from ..platform.errors import UserError
from ..platform.settings import load_settings, project_root
from .conversion import duplicated
from .sources import DATABASE

# Rows that are in memory as Python objects.
ROWS = 20_000
_PASSWORD = "data.source has a password, which would reach logs and the lineage of models"


def batches(params: DataParams) -> Iterator[pa.Table]:
    """Run `data.query` and return its rows, in one table or more.

    Raises UserError, which never has the password.
    """
    import sqlalchemy

    if not params.query:
        raise UserError("data.query is not set: set it to the SQL that selects the rows")
    url = _url(params)
    try:
        engine = sqlalchemy.create_engine(url)
    except ImportError as error:
        raise UserError(
            f"the driver for {url.drivername} is not installed: {error}. Add its package to the "
            "extra train in pyproject.toml"
        ) from None
    except sqlalchemy.exc.ArgumentError as error:
        raise UserError(f"the URL of the database: {_without(url, str(error))}") from None
    try:
        # The rows of a server are read as they are needed, in a transaction that cannot write.
        options = {"stream_results": True, "postgresql_readonly": True, "no_parameters": True}
        with engine.connect().execution_options(**options) as connection:
            result = connection.exec_driver_sql(params.query)
            if not result.returns_rows:
                raise UserError("data.query returns no rows: set it to a SELECT")
            names = list(result.keys())
            duplicated(names)
            empty = True
            for rows in result.partitions(ROWS):
                empty = False
                yield _table(names, [tuple(row) for row in rows])
            if empty:
                yield pa.table({name: pa.nulls(0) for name in names})
    except sqlalchemy.exc.SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        # The cause is not chained: a traceback of a driver may contain the address.
        raise UserError(f"the query of the data cannot be run: {_without(url, reason)}") from None
    finally:
        engine.dispose()


def _url(params: DataParams) -> Any:
    import sqlalchemy

    source = params.source
    if params.secret is not None:
        # Imported late: the store of some stacks imports a cloud library.
        from ..platform import secret_store

        if source != DATABASE:
            raise UserError(f"data.secret is set: set data.source to {DATABASE}, found {source}")
        settings = load_settings()
        secret = secret_store.read_secret(params.secret, settings)
        if secret is None:
            raise UserError(
                f"the secret {params.secret} of data.secret has no value in '{settings.env}': "
                "set it to the URL of the database (docs/README.md names the page of secrets)"
            )
        if secret.partition("?")[0].count("@") > 1:
            raise UserError(f"the secret {params.secret}: write @ in the password as %40")
        source = secret
    try:
        url = sqlalchemy.make_url(source)
    except sqlalchemy.exc.ArgumentError:
        where = params.secret or "data.source"
        raise UserError(f"{where} is not the URL of a database") from None
    if params.secret is None and url.password is not None:
        raise UserError(f"{_PASSWORD}: put the URL into a secret and set data.secret to its name")
    if url.get_backend_name() in ("postgresql", "postgres") and "+" not in url.drivername:
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        path = os.path.join(project_root(), str(url.database))
        # SQLite would create a missing file.
        if not os.path.exists(path):
            raise UserError(f"no file {path}")
        url = url.set(database=path)
    return url


def _without(url: Any, text: str) -> str:
    """Return `text` without the password of `url`."""
    whole = url.render_as_string(hide_password=False)
    text = text.replace(whole, url.render_as_string(hide_password=True))
    for secret in {
        url.password,
        quote(url.password or "", safe=""),
        quote_plus(url.password or ""),
    }:
        if secret:
            text = text.replace(secret, "***")
    return re.sub(r"(?i)(password=)\S+", r"\1***", text)


def _table(names: list[str], rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True)
    return pa.table([_array(list(column)) for column in columns], names=names)


def _array(values: list[Any]) -> pa.Array:
    try:
        array = pa.array(values)
        if not isinstance(array.type, pa.BaseExtensionType):
            return array
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        # SQLite stores values of several types in one column.
        pass
    return pa.array([None if value is None else str(value) for value in values], pa.string())
