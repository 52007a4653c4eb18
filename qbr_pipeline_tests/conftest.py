"""The fixtures that every test folder shares: a real PostgreSQL, and databases in it that are ready at once."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from qbr_pipeline.store import migrating
from qbr_pipeline.store.database import Database, open_database
from qbr_pipeline.store.embedded import EmbeddedServer, start_embedded

CHICAGO = ZoneInfo("America/Chicago")


def _forget_the_shell() -> None:
    """Forget what the shell says of vendors, databases and the calendar: no test may meet the real ones."""
    for name in list(os.environ):
        if name.startswith(("QBR_", "CONNECTWISE_", "DAGSTER_", "PG")) and name != "QBR_HOME":
            del os.environ[name]


_forget_the_shell()  # now: the calendar of the assets is read from the environment when they are imported


def administer(server: EmbeddedServer, *statements: str) -> None:
    """Run statements that no transaction may hold."""
    engine = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedServer]:
    """An embedded PostgreSQL of this test session's own. It may forget on a power cut: that makes it fast."""
    home = Path(tempfile.mkdtemp(prefix="qbr-test-"))
    server = start_embedded(home, keep_running=False)
    administer(server, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    yield server
    server.stop()
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def empty_database(postgres: EmbeddedServer) -> Callable[[], str]:
    """Makes a new empty database at each call; its URL."""
    numbers = itertools.count(1)
    return lambda: postgres.ensure_database(f"empty_{next(numbers)}")


@pytest.fixture(scope="session")
def fresh_database(postgres: EmbeddedServer) -> Callable[[], str]:
    """Makes a new migrated database at each call, by copying one; its URL. Its organization is `Test MSP`."""
    migrating.upgrade(postgres.ensure_database("migrated"), "Test MSP")
    numbers = itertools.count(1)

    def copy() -> str:
        name = f"fresh_{next(numbers)}"
        administer(postgres, f"CREATE DATABASE {name} TEMPLATE migrated")
        return postgres.url(name)

    return copy


@pytest.fixture
def database(postgres: EmbeddedServer, fresh_database: Callable[[], str]) -> Iterator[Database]:
    """A migrated, empty database in the business time zone America/Chicago."""
    db = open_database(fresh_database(), timezone=CHICAGO)
    yield db
    db.close()
    administer(postgres, f"DROP DATABASE {db.engine.url.database} WITH (FORCE)")
