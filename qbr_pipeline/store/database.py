"""The connection to PostgreSQL: one engine, the organization it works for, and its business time zone.

What belongs here: opening a database, its transactions, its clock and its locks. What does not: any table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar, cast
from zoneinfo import ZoneInfo

import psycopg2.extensions
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection

from qbr_pipeline.periods import Period, Quarter
from qbr_pipeline.store.connections import FOR_RUNS, Limits, make_engine

APPLICATION_NAME = "qbr"
_KEPT_OPEN = 10  # by all threads of a server together: to open one takes longer than to answer

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Database:
    """A PostgreSQL database as one organization sees it; `timezone` is the business time zone."""

    engine: Engine
    organization_id: int
    timezone: ZoneInfo

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that is committed at the end of the block and rolled back when it raises."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def rehearse(self) -> Iterator[Connection]:
        """A transaction of which nothing stays: it is rolled back at the end of the block."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only transaction in which every statement sees the same state."""
        with self.connected() as connection:
            driver = _driver(connection)
            driver.set_session("REPEATABLE READ", readonly=True)  # said along with BEGIN
            try:
                with connection.begin():
                    yield connection
            finally:
                if not driver.closed:
                    driver.set_session("DEFAULT", readonly="default")

    def fetch(
        self,
        reader: Callable[Concatenate[Connection, Database, Parameters], Result],
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        """What one reader of `store` finds, in a transaction of its own; whoever asks for more opens one for all."""
        with self.read() as connection:
            return reader(connection, self, *arguments, **named)

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """A connection without a transaction, for the block."""
        with self.engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def open_database(
    url: str,
    *,
    organization_id: int = 1,
    timezone: ZoneInfo,
    schema: str | None = None,
    application_name: str = APPLICATION_NAME,
    limits: Limits = FOR_RUNS,
) -> Database:
    """Open the database at a `postgresql+psycopg2://` URL; connects at the first use, not here.

    `schema`: the one that our tables are in; None: the first of the search path.
    """
    engine = make_engine(
        url, limits, application_name, schema=schema, pool_pre_ping=True, pool_size=_KEPT_OPEN
    )
    event.listen(engine, "connect", _prepare)
    return Database(engine, organization_id, timezone)


def database_now(db: Database) -> datetime:
    """The database's clock now, aware, in UTC: the one clock that runs on different machines share."""
    with db.read() as connection:
        return clock(connection)


def clock(connection: Connection) -> datetime:
    """The database's clock now, not the transaction's start; aware, in UTC."""
    moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return moment


_STATE = text(
    "SELECT concat_ws(' ', pg_current_snapshot(), pg_postmaster_start_time(),"
    " CASE WHEN pg_is_in_recovery() THEN clock_timestamp()::text ELSE pg_current_wal_flush_lsn()::text END)"
)


def state(connection: Connection) -> str:
    """What tells how the data stands: as long as it is the same, nothing has been committed in between.

    `connection` has no transaction. `api.response_cache` says why this is enough.
    """
    driver = _driver(connection)
    driver.autocommit = True  # one statement needs no transaction around it
    try:
        state_text: str = connection.execute(_STATE).scalar_one()
        connection.rollback()  # of what SQLAlchemy takes for a transaction
    finally:
        if not driver.closed:
            driver.autocommit = False
    return state_text


def _driver(connection: Connection) -> psycopg2.extensions.connection:
    return cast("psycopg2.extensions.connection", connection.connection.driver_connection)


def lock_quarter(connection: Connection, db: Database, quarter: Quarter) -> None:
    """Wait until this transaction alone writes values of the organization's quarter; held until it ends.

    One lock per quarter and not per month: two months of one quarter refresh the same quarter.
    """
    _lock(connection, f"qbr:{db.organization_id}:{quarter}")


def lock_thresholds(connection: Connection, db: Database) -> None:
    """Wait until this transaction alone writes the organization's thresholds; held until it ends."""
    _lock(connection, f"qbr:{db.organization_id}:thresholds")


def lock_mappings(connection: Connection, db: Database) -> None:
    """Wait until this transaction alone says what the organization's accounts count as; held until it ends."""
    _lock(connection, f"qbr:{db.organization_id}:mappings")


def lock_findings(connection: Connection, db: Database, period: Period) -> None:
    """Wait until this transaction alone reviews the organization's period; held until it ends.

    What it then reads of the values is at least as new as what the review before it has seen.
    """
    _lock(connection, f"qbr:{db.organization_id}:{period}:findings")


def lock_facts(connection: Connection, db: Database) -> None:
    """Wait until this transaction alone records facts about the organization's sources; held until it ends.

    To be taken after the lock of a period, never before it.
    """
    _lock(connection, f"qbr:{db.organization_id}:facts")


def lock_devices(connection: Connection, db: Database) -> None:
    """Wait until this transaction alone stores a snapshot of the organization's devices; held until it ends."""
    _lock(connection, f"qbr:{db.organization_id}:devices")


def lock_books(connection: Connection, db: Database) -> None:
    """Wait until this transaction alone reads the organization's books for the runs of a night; held until it ends."""
    _lock(connection, f"qbr:{db.organization_id}:books")


def lock_alerts(connection: Connection, db: Database) -> None:
    """Wait until this transaction alone puts alerts in the organization's outbox; held until it ends."""
    _lock(connection, f"qbr:{db.organization_id}:alerts")


def _lock(connection: Connection, name: str) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def _prepare(connection: DBAPIConnection, _record: object) -> None:
    """Say once for each connection what holds for its transactions; said by the driver it would be with each."""
    cursor = connection.cursor()
    cursor.execute("SET TIME ZONE 'UTC'")
    # Who has waited for a lock must see what its holder has written.
    cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED")
    cursor.close()
    connection.commit()
