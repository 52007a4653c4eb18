"""One bad subject never silences the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from qbr_pipeline.alerts import detection
from qbr_pipeline.alerts.detection import Audience, detect_findings
from qbr_pipeline.alerts.links import Links
from qbr_pipeline.metrics.findings import Finding, Rule, Severity
from qbr_pipeline.periods import Month
from qbr_pipeline.store.alerts.outbox import claim, release
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.reading import FindingFilter, find
from qbr_pipeline.store.findings.records import record
from qbr_pipeline.store.thresholds import read_limits
from qbr_pipeline_tests.entries import set_values

APRIL, MAY = Month(2025, 4), Month(2025, 5)
NIGHT = datetime(2025, 6, 15, 4, tzinfo=UTC)
AUDIENCE = Audience(["mail"], Links("https://qbr.example.com", "https://dagster.example.com"))
MRR = Finding(Rule.CHANGE, Severity.WARN, "mrr", MAY, Decimal(10), "as before", "MRR fell", ("avg_aisp",))
SEATS = replace(MRR, subject="seats_managed", sentence="Seats fell")


def told(database: Database) -> list[str]:
    assert detect_findings(database, AUDIENCE, NIGHT, limit=100).left == 0
    release(database, NIGHT)
    sent = claim(database, "mail", NIGHT, urgent=False, limit=100)
    return [each.alert.body for each in sent]


@pytest.fixture
def found(database: Database) -> Database:
    for month in (APRIL, MAY):
        set_values(database, month, {"mrr": Decimal(100), "seats_managed": Decimal(9)}, by="Kim", now=NIGHT)
    with database.begin() as connection:
        record(connection, database, "monthly_metrics", MAY, [MRR, SEATS], NIGHT)
    return database


def execute(database: Database, statement: str) -> None:
    with database.begin() as connection:
        connection.execute(text(statement))


def test_a_value_of_a_metric_that_nobody_knows_keeps_no_alert_from_being_made(found: Database) -> None:
    execute(
        found,
        "INSERT INTO qbr_metrics_monthly (period, organization_id, vendor_id, metric_name, metric_value, data_source)"
        " SELECT '2025-05', 1, id, 'phone_calls_answered', 7, 'manual' FROM vendor WHERE name = 'Manual'",
    )
    assert sorted(body.splitlines()[0] for body in told(found)) == ["MRR fell", "Seats fell"]


def test_a_finding_whose_explanation_breaks_is_told_without_it_and_the_others_with_theirs(
    found: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_into = detection.look_into

    def breaks(connection: Any, db: Database, stored: Any, *rest: Any) -> Any:
        if stored.finding.subject == "mrr":
            raise KeyError("phone_calls_answered")
        return look_into(connection, db, stored, *rest)

    monkeypatch.setattr(detection, "look_into", breaks)
    bodies = {body.splitlines()[0]: body for body in told(found)}
    assert bodies.keys() == {"MRR fell", "Seats fell"}
    assert "Further details could not be loaded." in bodies["MRR fell"]
    assert "Acknowledge: https://qbr.example.com/" in bodies["MRR fell"]
    assert "could not be looked up" not in bodies["Seats fell"]


def test_a_finding_of_a_rule_or_about_a_smartnumber_that_was_retired_is_nobodys_any_more(
    found: Database,
) -> None:
    execute(found, "UPDATE qbr_findings SET rule = 'phase_of_the_moon' WHERE subject = 'mrr'")
    execute(found, "UPDATE qbr_findings SET moves = ARRAY['happiness'] WHERE subject = 'seats_managed'")
    (body,) = told(found)
    assert "Moves: happiness" in body
    page = found.fetch(find, FindingFilter(), NIGHT, limit=10, offset=0)
    assert [each.finding.subject for each in page.findings] == ["seats_managed"]
    assert (page.total, page.open) == (1, 1)
    with found.begin() as connection:
        record(connection, found, "monthly_metrics", MAY, [SEATS], NIGHT)


def test_a_threshold_of_a_metric_that_was_retired_limits_nothing(found: Database) -> None:
    execute(
        found,
        "INSERT INTO qbr_thresholds (organization_id, metric_name, threshold_type, threshold_value)"
        " VALUES (1, 'phone_calls_answered', 'warning', 5), (1, 'mrr', 'warning', 5)",
    )
    assert [each.metric_name for each in found.fetch(read_limits)] == ["mrr"]


def test_a_subject_that_nobody_knows_is_told_by_its_name(database: Database) -> None:
    odd = replace(MRR, subject="phone_calls_answered", moves=(), sentence="Calls fell")
    with database.begin() as connection:
        record(connection, database, "monthly_metrics", MAY, [odd], NIGHT)
    (body,) = told(database)
    assert "What: phone_calls_answered, May 2025" in body
