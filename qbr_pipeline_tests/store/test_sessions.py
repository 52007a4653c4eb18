"""Sessions that ended are remembered for as long as their cookies live, and no longer."""

from __future__ import annotations

from datetime import timedelta

from qbr_pipeline.store.database import Database
from qbr_pipeline.store.sessions import end_session, has_ended


def test_a_session_is_remembered_until_its_cookie_is_too_old_and_then_forgotten(database: Database) -> None:
    with database.begin() as connection:
        end_session(connection, "stale", timedelta(hours=-1))
        assert has_ended(connection, "stale")
        end_session(connection, "fresh", timedelta(hours=12))
        assert not has_ended(connection, "stale")
        assert has_ended(connection, "fresh")
