"""Dagster's own storage, over connections that are kept.

What belongs here: what `storage` of dagster.yaml names, and nothing of the pipeline: the web server and the daemon load
this without the user's code. Dagster's PostgreSQL storage opens a connection for every event it writes and every
question it asks, 290 of them for a month: opening them took longer than writing the events.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dagster import DagsterEventType, EventLogEntry, Field
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationPlanned
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.config import pg_config
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, SqlEventLogStorageTable
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData, serialize_value
from dagster_postgres import (
    DagsterPostgresStorage,
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
from dagster_postgres.utils import (
    create_pg_engine,
    get_token_provider_from_config,
    pg_url_from_config,
    set_pg_statement_timeout,
)
from sqlalchemy import Connection, Engine, event

if TYPE_CHECKING:
    from dagster_postgres.auth import PgTokenProvider

_log = logging.getLogger(__name__)
_CONNECTION = {
    "application_name": "qbr dagster",
    "connect_timeout": 10,  # seconds
    "keepalives": 1,
    "keepalives_idle": 15,  # seconds
    "keepalives_interval": 5,  # seconds
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}
_STATEMENT_SECONDS, _LOCK_SECONDS = 600, 300
_EVENTS_AT_ONCE = "DAGSTER_EVENT_BATCH_SIZE", "1000"
"""What a run intends to do comes in one call; Dagster has no other setting for it than this variable."""
_PLANNED = {DagsterEventType.ASSET_MATERIALIZATION_PLANNED, DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED}


@dataclass(frozen=True, slots=True)
class Pool:
    """How many connections a process keeps, how many more it may open at a time, and when old ones are replaced."""

    size: int = 1
    max_overflow: int = 20
    recycle_seconds: int = 1800


class PooledPostgresStorage(DagsterPostgresStorage):
    """Dagster's PostgreSQL storage over one pool of connections a process.

    A connection that was cut, as by a restart of the server, is noticed and replaced before it is used. No statement
    and no lock is waited for without end, and a network that swallows packets fails in time.

    Without `synchronous_commit` a transaction does not wait for the disk: a crash of the server may take back what was
    written in its last second, the newest first, and damages nothing (PostgreSQL's chapter "Asynchronous Commit").
    """

    def __init__(
        self,
        postgres_url: str,
        *,
        should_autocreate_tables: bool = True,
        pool: Pool | None = None,
        synchronous_commit: bool = True,
        token_provider: PgTokenProvider | None = None,
        inst_data: ConfigurableClassData | None = None,
    ) -> None:
        super().__init__(postgres_url, should_autocreate_tables, inst_data, token_provider)
        os.environ.setdefault(*_EVENTS_AT_ONCE)
        pool = pool or Pool()
        engine = create_pg_engine(
            postgres_url,
            token_provider,
            isolation_level="AUTOCOMMIT",
            pool_size=pool.size,
            max_overflow=pool.max_overflow,
            pool_recycle=pool.recycle_seconds,
            pool_pre_ping=True,
            connect_args=_CONNECTION,
        )
        event.listen(engine, "connect", _limit)
        if not synchronous_commit:
            event.listen(engine, "connect", _wait_for_no_disk)
        self._run_storage = _RunStorage(postgres_url, should_autocreate_tables=False)
        self._event_log_storage = _EventLogStorage(postgres_url, should_autocreate_tables=False)
        self._schedule_storage = _ScheduleStorage(postgres_url, should_autocreate_tables=False)
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage._engine = engine  # Dagster has no setting for it, and is pinned exactly

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """The configuration of dagster-postgres, with the pool and the name of a variable beside it."""
        return {
            **cast("dict[str, Any]", pg_config()),
            "postgres_url_env": Field(str, is_required=False, description="The variable that holds the URL."),
            "pool": Field(
                {field.name: Field(int, is_required=False) for field in fields(Pool)}, is_required=False
            ),
            "synchronous_commit": Field(
                bool, is_required=False, description="Whether what is written waits for the disk."
            ),
        }

    @classmethod
    def from_config_value(  # type: ignore[override]  # files are another storage
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> DagsterStorage:
        """As Dagster makes it from dagster.yaml; files on this machine where the named variable is not set."""
        variable = config_value.get("postgres_url_env")
        if variable and not os.environ.get(variable):
            return _files(variable)
        url = os.environ[variable] if variable else pg_url_from_config(config_value)
        return cls(
            with_driver(url),
            should_autocreate_tables=config_value.get("should_autocreate_tables", True),
            pool=Pool(**config_value.get("pool", {})),
            synchronous_commit=config_value.get("synchronous_commit", True),
            token_provider=get_token_provider_from_config(config_value),
            inst_data=inst_data,
        )


def with_driver(url: str) -> str:
    """`url` with the driver that is installed: SQLAlchemy 2.1 takes a bare postgresql:// to mean another one."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg2{separator}{rest}" if scheme in ("postgresql", "postgres") else url


def _limit(connection: Any, _record: object) -> None:
    _set(
        connection,
        f"SET statement_timeout = {_STATEMENT_SECONDS * 1000}; SET lock_timeout = {_LOCK_SECONDS * 1000}",
    )


def _wait_for_no_disk(connection: Any, _record: object) -> None:
    _set(connection, "SET synchronous_commit = off")


def _set(connection: Any, statements: str) -> None:
    """By SET and not as a start-up option, which poolers such as PgBouncer refuse."""
    with connection.cursor() as cursor:
        cursor.execute(statements)
    connection.commit()


def _files(variable: str) -> DagsterStorage:
    home = Path(os.environ.get("DAGSTER_HOME") or Path.cwd() / ".qbr" / "dagster")
    _log.warning("%s is not set: Dagster keeps its runs in files below %s.", variable, home)
    return DagsterSqliteStorage(str(home))


class _Pooled:
    """A part of the storage whose pool stays when it serves the web server."""

    _engine: Engine

    def optimize_for_webserver(self, statement_timeout: int, pool_recycle: int, max_overflow: int) -> None:
        """Bound how long a statement may take, in milliseconds; pool and ping stay as dagster.yaml has them."""
        event.listen(
            self._engine,
            "connect",
            lambda connection, _record: set_pg_statement_timeout(connection, statement_timeout),
        )


class _RunStorage(_Pooled, PostgresRunStorage):
    pass


class _EventLogStorage(_Pooled, PostgresEventLogStorage):
    """Writes at once what a run intends to do, where Dagster takes several statements for each asset and check."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._found_columns: set[str] = set()

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events that belong together: those of a run's plan in one transaction, all others as Dagster does."""
        if any(each.dagster_event_type not in _PLANNED for each in events):
            super().store_event_batch(events)
            return
        with self.index_transaction() as connection:
            statement = self.prepare_insert_event_batch(events).returning(SqlEventLogStorageTable.c.id)
            stored = list(zip(events, connection.execute(statement).scalars().all(), strict=True))
            for entry, number in stored:
                self._store_asset_event(connection, entry, number)  # does nothing for a check
            checks = [row for entry, number in stored for row in self._planned_checks(entry, number)]
            if checks:
                connection.execute(AssetCheckExecutionsTable.insert().values(checks))

    def _planned_checks(self, entry: EventLogEntry, number: int) -> list[dict[str, Any]]:
        """The rows of a check that is planned, one a partition, as Dagster writes them; none for an asset."""
        planned = entry.get_dagster_event().event_specific_data
        if not isinstance(planned, AssetCheckEvaluationPlanned):
            return []
        subset = planned.partitions_subset
        return [
            {
                "asset_key": planned.asset_key.to_string(),
                "check_name": planned.check_name,
                "partition": partition,
                "run_id": entry.run_id,
                "execution_status": AssetCheckExecutionRecordStatus.PLANNED.value,
                "evaluation_event": serialize_value(entry),
                "evaluation_event_timestamp": datetime.fromtimestamp(entry.timestamp, UTC).replace(
                    tzinfo=None
                ),
                "evaluation_event_storage_id": number,
            }
            for partition in (subset.get_partition_keys() if subset else [None])
        ]

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        """Asked of the database until it is there: a migration adds columns, and takes none away."""
        if column_name not in self._found_columns and super()._has_asset_key_col_on_connection(
            conn, column_name
        ):
            self._found_columns.add(column_name)
        return column_name in self._found_columns


class _ScheduleStorage(_Pooled, PostgresScheduleStorage):
    pass
