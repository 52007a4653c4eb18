"""The way into the inventory database: read-only transactions, and its failures as sentences for a person.

What belongs here: the connection. What does not: what is read through it (`inventory`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

from qbr_pipeline.store.connections import Limits, make_engine
from qbr_pipeline.vendors import VendorError

SETTING = "QBR_INVENTORY_DATABASE_URL"
_LIMITS = Limits(connect=10, statement=120, lock=60)

_PASSING_CLASSES = (
    "08",
    "40",
    "53",
    "55",
    "57",
    "58",
)  # of SQLSTATE: connection, conflict, resources, shutdown
_REFUSALS = (
    "authentication failed",
    "no password supplied",
    "pg_hba.conf",
    "does not exist",
    "permission denied",
)


class InventoryError(VendorError):
    """The inventory cannot be read before somebody changes something; the message is for a person."""


class InventoryUnavailableError(InventoryError):
    """The inventory cannot be read now; the same attempt may succeed later."""


class InventoryDatabase:
    """An inventory database of which only reading is possible."""

    def __init__(self, url: str | sa.URL) -> None:
        """Opens no connection yet; InventoryError when `url` is no PostgreSQL address."""
        self._url = _parse(url)
        self._engine = make_engine(
            self._url,
            _LIMITS,
            "qbr_pipeline inventory",
            poolclass=sa.NullPool,
            isolation_level="REPEATABLE READ",
            execution_options={"postgresql_readonly": True},
            hide_parameters=True,
        )

    @property
    def address(self) -> str:
        """The database and the machine it is on, without user and password."""
        host = self._url.host or self._url.query.get("host") or "this machine"
        port = f":{self._url.port}" if self._url.port else ""
        return f'inventory database "{self._url.database}" on {host}{port}'

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the database and cannot write.

        InventoryUnavailableError when it cannot be read at the moment, InventoryError when it refuses.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise self._explained(error) from None

    def _explained(self, error: DBAPIError) -> InventoryError:
        reason = self._without_password(str(error.orig).strip().partition("\n")[0])
        code: str | None = getattr(error.orig, "pgcode", None)
        if code is None and any(http_error in reason for http_error in _REFUSALS):
            return InventoryError(f"the {self.address} refused the connection: {reason}. Check {SETTING}")
        if (
            code.startswith(_PASSING_CLASSES)
            if code
            else isinstance(error, OperationalError | InterfaceError)
        ):
            return InventoryUnavailableError(f"the {self.address} cannot be read at the moment: {reason}")
        return InventoryError(f"the {self.address} refused to be read: {reason}")

    def _without_password(self, text: str) -> str:
        password = self._url.password
        return text.replace(str(password), "***") if password else text


def _parse(url: str | sa.URL) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError):
        raise InventoryError(
            f"{SETTING} is not a database address: expected postgresql://user@host/name"
        ) from None
    kind = parsed.drivername.partition("+")[0]
    if kind not in ("postgresql", "postgres"):
        raise InventoryError(f"{SETTING} is a {kind} address: expected postgresql://user@host/name")
    if "@" in (parsed.host or ""):
        raise InventoryError(f"{SETTING} has more than one @: inside a user or password it is written %40")
    return parsed.set(drivername="postgresql+psycopg2")
