"""Dagster's own storage, with connections that are kept.

What belongs here: what `storage` of dagster.yaml names. Dagster's PostgreSQL storage opens a connection for every event
it writes and every question it asks, 290 of them for a month: opening them took longer than writing the events.
"""

from collections.abc import Mapping
from typing import Any, Self

from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import pg_url_from_config
from sqlalchemy import Engine

from qbr_pipeline.store.connections import FOR_RUNS, make_engine


class PooledPostgresStorage(DagsterPostgresStorage):
    """Dagster's PostgreSQL storage over one pool of connections a process.

    A connection that was cut, as by a restart of the server, is noticed and replaced before it is used. No statement
    and no lock is waited for without end, and a network that swallows packets fails in time.
    """

    def __init__(
        self, postgres_url: str, *, autocreate: bool = True, inst_data: ConfigurableClassData | None = None
    ) -> None:
        super().__init__(postgres_url, autocreate, inst_data)
        engine = _pooled(postgres_url)
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage._engine = engine  # Dagster has no setting for it, and is pinned exactly

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        """As Dagster makes it from dagster.yaml."""
        return cls(
            pg_url_from_config(config_value),
            autocreate=config_value.get("should_autocreate_tables", True),
            inst_data=inst_data,
        )


def _pooled(url: str) -> Engine:
    return make_engine(
        url,
        FOR_RUNS,
        "qbr dagster",
        isolation_level="AUTOCOMMIT",
        pool_size=1,
        max_overflow=20,
        pool_pre_ping=True,
    )
