"""No connection waits without end: not for a lock, not for a statement, not for a network that swallows packets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, NullPool, text
from sqlalchemy.exc import OperationalError

from qbr_pipeline.runtime.postgres.embedded import EmbeddedServer
from qbr_pipeline.store import connections, migrating
from qbr_pipeline.store.connections import FOR_REQUESTS, Limits, make_engine
from qbr_pipeline.store.database import Database, open_database
from qbr_pipeline_tests.conftest import CHICAGO
from qbr_pipeline_tests.proxies import SwallowingProxy, swallowing_proxy

SHORT = Limits(connect=1, statement=1, lock=1)


@pytest.fixture
def proxy(postgres: EmbeddedServer) -> Iterator[SwallowingProxy]:
    with swallowing_proxy(postgres) as proxy:
        yield proxy


@pytest.fixture
def through_proxy(proxy: SwallowingProxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Short of patience, and by the proxy."""
    monkeypatch.setattr(connections, "_GRACE_SECONDS", 0)
    engine = make_engine(proxy.url("postgres"), SHORT, "test", pool_pre_ping=True)
    yield engine
    engine.dispose()


def test_statements_and_locks_are_limited_and_the_kernel_looks_for_a_peer_that_is_gone(
    fresh_database: Callable[[], str],
) -> None:
    db = open_database(fresh_database(), timezone=CHICAGO, limits=FOR_REQUESTS)
    with db.read() as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "10s"
        assert connection.scalar(text("SHOW lock_timeout")) == "8s"
        parameters = connection.connection.driver_connection.get_dsn_parameters()  # type: ignore[union-attr]
    assert parameters["keepalives"] == "1"
    assert parameters["tcp_user_timeout"] == "30000"
    assert parameters["connect_timeout"] == "5"
    db.close()


def test_a_lock_of_somebody_else_is_not_waited_for_without_end(database: Database) -> None:
    limits = Limits(connect=5, statement=60, lock=1)
    engine = make_engine(database.engine.url, limits, "test", poolclass=NullPool)
    with database.begin() as holder, engine.connect() as waiting:
        holder.execute(text("LOCK TABLE qbr_thresholds IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(OperationalError, match="lock timeout"):
            waiting.execute(text("SELECT * FROM qbr_thresholds"))


def test_a_statement_that_takes_too_long_is_ended(database: Database) -> None:
    engine = make_engine(database.engine.url, SHORT, "test", poolclass=NullPool)
    with engine.connect() as connection, pytest.raises(OperationalError, match="statement timeout"):
        connection.execute(text("SELECT pg_sleep(60)"))


@pytest.mark.timeout(30)
def test_a_network_that_swallows_everything_fails_and_is_used_again_when_it_is_back(
    proxy: SwallowingProxy, through_proxy: Engine
) -> None:
    with through_proxy.connect() as connection:
        proxy.swallow()
        with pytest.raises(OperationalError):
            connection.execute(text("SELECT 1"))
    with pytest.raises(OperationalError):
        through_proxy.connect()
    proxy.forward()
    with through_proxy.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1


def test_opening_a_connection_may_take_as_long_as_its_limit_says(
    postgres: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first question in a new database is slow on a busy machine: what is read from catalogues is not at hand."""
    monkeypatch.setattr(connections, "_GRACE_SECONDS", 0)
    allowed: list[float | None] = []
    execute = connections._Cursor.execute

    def noted(cursor: connections._Cursor, query: object, values: object = None) -> None:
        allowed.append(cursor.connection.silence)
        execute(cursor, query, values)

    monkeypatch.setattr(connections._Cursor, "execute", noted)
    make_engine(postgres.url("postgres"), Limits(connect=7, statement=1, lock=1), "test").connect().close()
    assert allowed[0] == 7


@pytest.mark.timeout(30)
def test_a_commit_into_such_a_network_fails_too(proxy: SwallowingProxy, through_proxy: Engine) -> None:
    with through_proxy.connect() as connection:
        connection.execute(text("SELECT 1"))
        proxy.swallow()
        with pytest.raises(OperationalError):
            connection.commit()


def test_a_migration_may_take_as_long_as_it_needs(fresh_database: Callable[[], str]) -> None:
    with migrating._connect(fresh_database(), None, connections.FOR_MIGRATIONS) as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "0"
        assert connection.connection.driver_connection.silence is None  # type: ignore[union-attr]
