"""Bringing a database to the version of the tables that this program needs, and back.

What belongs here: running Alembic from within the program, also from an installed wheel, without any ini
file. What does not: what a version changes; that is in `migrations/versions`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.pool import NullPool

from qbr_pipeline.store.connections import FOR_MIGRATIONS, FOR_REQUESTS, Limits, make_engine
from qbr_pipeline.store.database import APPLICATION_NAME
from qbr_pipeline.store.schemas import remove_schema, taken_names

VERSION_TABLE = "qbr_alembic_version"

_ALEMBIC = threading.Lock()
"""Alembic keeps its context in module globals: one command at a time in a process."""


class MigrationError(RuntimeError):
    """Tables that this program can neither use nor bring up to date; the message is a sentence for a person."""


class UnknownVersionError(MigrationError):
    """A version of the tables that this program does not know."""


class TablesTakenError(MigrationError):
    """Tables of our names that another program has made, where ours would be."""


def upgrade(url: str, organization_name: str, revision: str = "head", *, schema: str | None = None) -> None:
    """Bring the database to the newest version; does nothing when it is there.

    One transaction: all or nothing. `organization_name` is given to organization 1 when it does not exist yet.
    Two at once end as one. `schema`: where everything of ours lives, made when missing; None: the first of the
    database's search path. MigrationError when the tables are a newer program's, or another's.
    """
    with _ALEMBIC, _connect(url, schema, FOR_MIGRATIONS) as connection:
        _reject_unusable(connection, schema)
        config = _config(connection, schema, organization_name=organization_name, schema_to_make=schema)
        command.upgrade(config, revision)


def downgrade(url: str, revision: str = "base", *, schema: str | None = None) -> list[str]:
    """Take the database back; a sentence for each thing of ours that stays because others refer to it.

    UnknownVersionError for a revision that is none, and for tables of a newer program.
    """
    notes: list[str] = []
    with _ALEMBIC, _connect(url, schema, FOR_MIGRATIONS) as connection:
        if _current(connection, schema) is None:
            return notes
        _reject_unusable(connection, schema)
        try:
            command.downgrade(_config(connection, schema, notes=notes), revision)
        except CommandError as error:
            raise UnknownVersionError(
                f'there is no version "{revision}" to go back to: expected base or one of '
                f"{', '.join(sorted(_known_versions()))}"
            ) from error
        if revision == "base":
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {VERSION_TABLE}")
            if schema is not None:
                notes += remove_schema(connection, schema)
            connection.commit()
    return notes


def current(url: str, *, schema: str | None = None) -> str | None:
    """The version of the tables in the database; None when there are none."""
    with _connect(url, schema) as connection:
        return _current(connection, schema)


def pending(url: str, *, schema: str | None = None) -> dict[str, str]:
    """The versions that the database still lacks, oldest first, and what each does.

    MigrationError when the tables are a newer program's, or another's.
    """
    with _connect(url, schema) as connection:
        have = _reject_unusable(connection, schema)
    lacking = [*_scripts().iterate_revisions("head", have or "base")][::-1]
    return {script.revision: script.doc for script in lacking if script.revision != have}


def ours(name: str | None, kind: str, _parents: object = None) -> bool:
    """Whether a table is one that our migrations define; Alembic leaves all others out of comparisons."""
    if kind != "table":
        return True
    return name is not None and name.startswith("qbr_") and name != VERSION_TABLE


def lock_migrations(connection: Connection) -> None:
    """Wait until no other transaction migrates this database; held until this one ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('qbr:migrations', 0))"))


@contextmanager
def _connect(url: str, schema: str | None, limits: Limits = FOR_REQUESTS) -> Iterator[Connection]:
    engine = make_engine(url, limits, f"{APPLICATION_NAME} migrations", schema=schema, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def _config(connection: Connection | None = None, schema: str | None = None, **attributes: Any) -> Config:
    config = Config()
    # Alembic reads options through configparser, where a percent sign begins an interpolation.
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes.update(attributes, connection=connection, schema=schema)
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _current(connection: Connection, schema: str | None) -> str | None:
    opts = {"version_table": VERSION_TABLE, "version_table_schema": schema}
    context = MigrationContext.configure(connection, opts=opts)
    revision = context.get_current_revision()
    connection.rollback()
    return revision


def _known_versions() -> set[str]:
    return {script.revision for script in _scripts().walk_revisions()}


def _reject_unusable(connection: Connection, schema: str | None) -> str | None:
    """The version of the tables; MigrationError when they are a newer program's, or another's."""
    have = _current(connection, schema)
    known = _known_versions()
    if have is not None and have not in known:
        raise UnknownVersionError(
            f"the database's tables are of version {have}, which this program does not know "
            f"(it knows {', '.join(sorted(known))}): a newer program has migrated it; install that one"
        )
    taken = taken_names(connection, schema) if have is None else []
    if taken:
        raise TablesTakenError(
            f"another program's tables already exist where ours would be ({', '.join(taken)}): set "
            "QBR_DATABASE_SCHEMA to a schema of our own, such as qbr, and run `qbr db upgrade`; "
            "`qbr db adopt` then copies their values, and they stay as they are"
        )
    return have
