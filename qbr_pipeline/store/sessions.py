"""Sessions that people signed out of: what every process that signs people in looks at.

What belongs here: the table, and what is read and written of it. What a session holds: `api.sessions`.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Column, Connection, Index, Table, Text, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from qbr_pipeline.store.schema import metadata, moment

ended_sessions = Table(
    "qbr_ended_sessions",
    metadata,
    Column("session_id", Text, primary_key=True),
    moment("ends_at", required=True),
    moment("created_at", required=True, default=True),
    Index("idx_qbr_ended_sessions_ends_at", "ends_at"),
)


def end_session(connection: Connection, session_id: str, lifetime: timedelta) -> None:
    """Remember that the session has ended until its cookie is too old anyway; forget those that are so by now."""
    now = func.clock_timestamp()
    connection.execute(delete(ended_sessions).where(ended_sessions.c.ends_at < now))
    ended = insert(ended_sessions).values(session_id=session_id, ends_at=now + lifetime)
    connection.execute(ended.on_conflict_do_nothing())


def has_ended(connection: Connection, session_id: str) -> bool:
    """Whether somebody signed out of the session."""
    found = select(ended_sessions.c.session_id).where(ended_sessions.c.session_id == session_id)
    return connection.execute(found).first() is not None
