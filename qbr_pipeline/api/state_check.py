"""How the database stands, asked once for all requests that want to know at the same time.

What belongs here: sharing one question among threads. What does not: the question (`store.database.state`), and what
follows from its answer (`response_cache`).

Nobody is given the answer to a question that was asked before they came: while one is on its way, who comes waits for
the next one, together with all others who do.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NotAnsweredError

from qbr_pipeline.store.database import Database, state

MOST_SECONDS = 10
"""How long anybody waits for a question that somebody else asks."""


@dataclass
class StateCheck:
    """Asks on a connection of its own, which it keeps: one trip for each question. Safe among threads."""

    find_database: Callable[[], Database]
    _connection: Connection | None = None
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _is_asking: bool = False
    _asked: int = 0
    _answered: int = 0
    """Questions are numbered: that of the last one that was asked, and of the last one that has its answer."""

    _answer: str | BaseException = ""

    def now(self) -> str:
        """How the database stood at some moment since this was called.

        What the database raises when it cannot be used; NotAnsweredError when it takes too long.
        """
        with self._changed:
            mine = self._asked + 1
            if not self._changed.wait_for(
                lambda: self._answered >= mine or not self._is_asking, timeout=MOST_SECONDS
            ):
                raise NotAnsweredError("The database has not answered in time how it stands.")
            if self._answered >= mine:
                return self._given()
            self._is_asking, self._asked = True, mine
        answer = self._ask()
        with self._changed:
            self._is_asking, self._answered, self._answer = False, mine, answer
            self._changed.notify_all()
            return self._given()

    def _ask(self) -> str | BaseException:
        try:
            if self._connection is None:
                self._connection = self.find_database().engine.connect()
                return state(self._connection)
            try:
                return state(self._connection)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
            self._connection.rollback()
            return state(self._connection)  # the connection was lost since the last question: on a new one
        except BaseException as error:  # noqa: BLE001 - whoever waits is told too
            if self._connection is not None:
                self._connection.invalidate()
                self._connection = None
            return error

    def _given(self) -> str:
        if isinstance(self._answer, BaseException):
            raise self._answer
        return self._answer
