"""A database beside another one: made on the same server, and given the other's tables without their rows.

What belongs here: which tables and rows. How a dump is made and read: `dumps`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from qbr_pipeline.runtime.postgres.dumps import DumpError, dump, restore

_TABLES = text(
    "SELECT schemaname, tablename FROM pg_catalog.pg_tables"
    " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2"
)
_EXISTS = text("SELECT 1 FROM pg_catalog.pg_database WHERE datname = :name")


def create_database(url: str, name: str) -> str:
    """Make the database of that name on the server of `url` unless it is there; its URL. DumpError when not allowed."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if connection.execute(_EXISTS, {"name": name}).first() is None:
            quoted = connection.dialect.identifier_preparer.quote_identifier(name)
            try:
                connection.exec_driver_sql(f"CREATE DATABASE {quoted}")
            except DBAPIError as error:
                raise DumpError(
                    f'The database "{name}" cannot be made: {str(error.orig).strip()}. Name an empty one by --to.'
                ) from error
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def copy_schema(url: str, to: str, *, with_rows: Collection[str]) -> None:
    """Give the empty database at `to` everything of the one at `url` but rows; those of the tables `with_rows` too.

    DumpError when it is not empty, or cannot be reached.
    """
    with create_engine(url, poolclass=NullPool).connect() as connection:
        tables = [(schema, table) for schema, table in connection.execute(_TABLES) if table not in with_rows]
    with tempfile.TemporaryDirectory(prefix="qbr-schema-") as folder:
        file = Path(folder) / "schema.dump"
        dump(url, file, without_rows=tables)
        restore(file, to)
