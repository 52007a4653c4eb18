"""Readiness by the API: the same as the command says, as data."""

from __future__ import annotations

from datetime import UTC, datetime

from qbr_pipeline.store.approvals import Approval, Purpose, approve
from qbr_pipeline.store.database import Database
from qbr_pipeline_tests.api.conftest import READER, MakeApp, with_key
from qbr_pipeline_tests.api.test_reading import data
from qbr_pipeline_tests.nights import BEFORE_NOON, NINE, good_nights


def test_nights_questions_and_the_approval_are_told(make_app: MakeApp, database: Database) -> None:
    client = with_key(make_app(QBR_CLOCK=lambda: BEFORE_NOON), READER)
    good_nights(database, NINE[1:])
    told = data(client, "/readiness")
    assert told["is_ready"] is False
    assert told["approval"] is None
    assert [night["state"] for night in told["nights"]] == ["missing", *["good"] * 8]
    assert told["nights"][0]["missing"] == ["The night of 2025-06-06 did not run."]
    assert {each["question"]: each["holds"] for each in told["answers"]} == {
        "nights": False,
        "progress": True,
        "closed_months": True,
        "errors": True,
        "findings": True,
    }
    at = datetime(2025, 6, 15, 9, tzinfo=UTC)
    with database.begin() as connection:
        approve(connection, database, Approval(Purpose.PRODUCTION, "Ann", at, {}, "a power cut"))
    assert data(client, "/readiness")["approval"] == {
        "purpose": "production",
        "approved_by": "Ann",
        "approved_at": "2025-06-15T09:00:00+00:00",
        "reason": "a power cut",
    }
