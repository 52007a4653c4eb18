"""What goes wrong with a database, as a sentence for a person.

What belongs here: telling a database that cannot be used from a mistake of ours, which keeps its traceback.
"""

from __future__ import annotations

from psycopg2.errors import InsufficientPrivilege
from sqlalchemy.exc import DBAPIError, OperationalError


def database_fault(error: DBAPIError) -> str | None:
    """Why the database cannot be used, without any password; None when the fault is not the database's."""
    if isinstance(error, OperationalError):
        return str(error.orig).strip().splitlines()[0].rstrip(".")
    if isinstance(error.orig, InsufficientPrivilege):
        return str(error.orig).strip().splitlines()[0].rstrip(".")
    if getattr(error.orig, "pgcode", None) is None and "invalid dsn" in str(error.orig):
        return "its URL has an option that PostgreSQL does not know"
    return None
