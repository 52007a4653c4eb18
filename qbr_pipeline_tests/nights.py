"""Nights as the collection log and the history tell of them, made up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from qbr_pipeline.metrics.catalogue import COLLECTED_VENDORS
from qbr_pipeline.periods import Month
from qbr_pipeline.store.collection_log import CollectionOutcome, LogRow, record
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.values import DataSource, NewValue, Origin, ValueChangeCause, write_values

BEFORE_NOON = datetime(2025, 6, 15, 12, tzinfo=UTC)
"""When the made-up nights are looked at: those of June 6 to 14 are the last nine."""
NINE = tuple(date(2025, 6, 14) - timedelta(days=back) for back in range(8, -1, -1))

FINDING = """
INSERT INTO qbr_findings (organization_id, subject, period, rule, scope, severity, expected, sentence, state,
                          first_seen, last_seen, changed_at)
VALUES (1, 'mrr', '2025-05', 'change', 'monthly_metrics', 'warn', 'less', 'MRR has doubled.', '{state}',
        now(), now(), now())
"""
"""One finding of a month, in a state of its own."""


def run_of(day: date, month: Month) -> str:
    """The run that collected a month in the night of a day."""
    return f"{day}-{month}"


def log_rows(db: Database, day: date, at: time = time(22, 30)) -> list[LogRow]:
    """The log of a good night: thirteen months of every vendor, ten seconds each."""
    due = datetime.combine(day, at, db.timezone).astimezone(UTC)
    current = Month(day.year, day.month)
    return [
        LogRow(
            run_of(day, month),
            month,
            vendor,
            CollectionOutcome.SUCCESS,
            due + timedelta(seconds=5 + 10 * place),
            due + timedelta(seconds=15 + 10 * place),
            3,
            scheduled_at=due,
        )
        for place, month in enumerate(Month.span(current.plus(-12), current))
        for vendor in COLLECTED_VENDORS
    ]


def good_nights(db: Database, days: Iterable[date] = NINE) -> None:
    """Nights in which everything was collected, and the month in progress grew by a ticket."""
    for day in days:
        for row in log_rows(db, day):
            record(db, row)
        count = NewValue(Decimal(100 + day.day), DataSource.COLLECTED)
        month = Month(day.year, day.month)
        origin = Origin(ValueChangeCause.COLLECTION, BEFORE_NOON, run_id=run_of(day, month))
        with db.begin() as connection:
            write_values(connection, db, month, {"reactive_tickets_created": count}, origin)


def fail(db: Database, day: date, month: Month, message: str) -> None:
    """One month of one vendor failed in a night, beside the run that collected it."""
    row = next(each for each in log_rows(db, day) if each.month == month)
    record(db, replace(row, run_id=f"failed-{day}", status=CollectionOutcome.FAILED, message=message))
