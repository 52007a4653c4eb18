"""What goes wrong with a database, as a sentence for a person.

What belongs here: telling a database that cannot be used from a mistake of ours, which keeps its traceback.
"""

from __future__ import annotations

from psycopg2.errors import (
    DiskFull,
    InsufficientPrivilege,
    InvalidSchemaName,
    LockNotAvailable,
    QueryCanceled,
)
from sqlalchemy.exc import DBAPIError, OperationalError

_OUTAGES = {
    DiskFull: "the database has no room left on its disk: nothing can be stored until somebody makes room",
    LockNotAvailable: "the database is busy with another change: try again in a moment",
    QueryCanceled: "the database took too long to answer",
}


def database_fault(error: DBAPIError) -> str | None:
    """Why the database cannot be used, without any password; None when the fault is not the database's."""
    if isinstance(error, OperationalError):
        return str(error.orig).strip().splitlines()[0].rstrip(".")
    if isinstance(error.orig, InsufficientPrivilege | InvalidSchemaName):
        return str(error.orig).strip().splitlines()[0].rstrip(".")
    if getattr(error.orig, "pgcode", None) is None and "invalid dsn" in str(error.orig):
        return "its URL has an option that PostgreSQL does not know"
    return None


def outage(error: Exception) -> str:
    """What to say to somebody outside of a database that cannot be used at the moment: nothing of where it is."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    return next(
        (sentence for kind, sentence in _OUTAGES.items() if isinstance(cause, kind)),
        "the database cannot be used at the moment",
    )
