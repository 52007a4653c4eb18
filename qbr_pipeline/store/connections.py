"""How long a connection to PostgreSQL may take: to open, to answer, to wait for a lock, to say nothing at all.

What belongs here: the limits, for whom they hold, and what keeps to them. What does not: any statement.

The server keeps `statement_timeout` and `lock_timeout`. The kernel notices a peer that is gone (keepalives, unanswered
packets). Neither helps where something in between still answers the kernel's packets and passes none on; so a
statement without any answer has its connection cut from here, a little after the server should have ended it itself.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg2.extensions
from sqlalchemy import URL, Engine, create_engine, event

_KEEPALIVES: dict[str, object] = {
    "keepalives": 1,
    "keepalives_idle": 15,  # seconds
    "keepalives_interval": 5,  # seconds
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}
_LOOK_FIRST_IN = """
SELECT set_config(
    'search_path', concat_ws(', ', quote_ident(%(schema)s), nullif(current_setting('search_path'), '')), false)
"""
_GRACE_SECONDS = 3
_LOOK_EVERY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to open a connection, for one statement (None: as long as it takes), for one lock (None: likewise)."""

    connect: int
    statement: int | None
    lock: int | None


FOR_REQUESTS = Limits(connect=5, statement=10, lock=8)
"""Somebody waits for the answer, and has waited for a thread before (`api.connections`): half a minute in all."""

FOR_RUNS = Limits(connect=10, statement=600, lock=300)
"""Of a run and of a command: to stage a month of 100,000 rows takes less than a minute on a busy machine."""

FOR_MIGRATIONS = Limits(connect=10, statement=None, lock=None)
"""A migration may rewrite a table of years."""


def make_engine(
    url: str | URL, limits: Limits, application_name: str, *, schema: str | None = None, **options: Any
) -> Engine:
    """An engine whose connections keep to `limits`; `options` are those of SQLAlchemy's `create_engine`.

    `schema`: where tables are made and looked for first, before the database's own search path; it need not exist yet.
    """
    engine = create_engine(
        url,
        connect_args={
            **_KEEPALIVES,
            "connect_timeout": limits.connect,
            "application_name": application_name,
            "connection_factory": partial(_Connection, silence=limits.connect),
        },
        **options,
    )

    def set_limits(connection: Any, _record: object) -> None:
        # By SET and not as a start-up option, which poolers such as PgBouncer refuse.
        with connection.cursor() as cursor:
            cursor.execute(
                "SET TIME ZONE 'UTC';"  # in others, PostgreSQL writes moments that Python's calendar lacks
                f" SET statement_timeout = {(limits.statement or 0) * 1000};"
                f" SET lock_timeout = {(limits.lock or 0) * 1000}"
            )
            if schema is not None:
                cursor.execute(_LOOK_FIRST_IN, {"schema": schema})
        connection.commit()
        connection.silence = limits.statement and limits.statement + _GRACE_SECONDS

    event.listen(engine, "connect", set_limits)
    return engine


class _Connection(psycopg2.extensions.connection):
    """A connection that is cut when it has been without an answer for `silence` seconds; None: never."""

    def __init__(self, *arguments: Any, silence: float | None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.silence = silence
        self.cursor_factory = _Cursor

    def commit(self) -> None:
        with _silences.limited(self):
            super().commit()

    def rollback(self) -> None:
        with _silences.limited(self):
            super().rollback()


class _Cursor(psycopg2.extensions.cursor):
    def execute(self, query: Any, vars: Any = None) -> None:
        with _silences.limited(self.connection):
            super().execute(query, vars)

    def executemany(self, query: Any, vars_list: Any) -> None:
        with _silences.limited(self.connection):
            super().executemany(query, vars_list)

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        with _silences.limited(self.connection):  # a cursor of the server's is asked for more
            return super().fetchmany(size)

    def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
        with _silences.limited(self.connection):
            super().copy_expert(sql, file, size)


class _Silences:
    """Cuts connections that a statement has been waiting on for too long. One thread looks after all of them."""

    def __init__(self) -> None:
        self._deadlines: dict[int, tuple[float, int]] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @contextmanager
    def limited(self, connection: Any) -> Iterator[None]:
        """Meanwhile `connection` is cut when this takes longer than it allows."""
        if connection.silence is None or connection.closed:
            yield
            return
        with self._changed:
            self._deadlines[id(connection)] = (time.monotonic() + connection.silence, connection.fileno())
            if self._thread is None or not self._thread.is_alive():  # none yet, or left behind by a fork
                self._thread = threading.Thread(target=self._watch, name="qbr-silences", daemon=True)
                self._thread.start()
            self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._deadlines.pop(id(connection), None)

    def _watch(self) -> None:
        while True:
            with self._changed:
                while not self._deadlines:
                    self._changed.wait()
                self._cut_late()
            time.sleep(_LOOK_EVERY_SECONDS)

    def _cut_late(self) -> None:
        """Each descriptor is still that of its connection: a statement that ends waits for our lock first."""
        now = time.monotonic()
        for key, (deadline, descriptor) in list(self._deadlines.items()):
            if deadline < now:
                del self._deadlines[key]
                with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as peer:
                    peer.shutdown(socket.SHUT_RDWR)


_silences = _Silences()
