"""A collection as a person watches it: a line a month, in columns, within 80 of them."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal

from rich.console import Console

from qbr_pipeline.cli.progress import MonthsProgress
from qbr_pipeline.orchestration.local_runner import RunOutcome
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline_tests.entries import set_values

FEBRUARY, MARCH = Month(2025, 2), Month(2025, 3)


def lines_of(database: Database, *outcomes: RunOutcome) -> list[str]:
    console = Console(file=io.StringIO(), width=80, highlight=False)
    progress = MonthsProgress(console, database, [FEBRUARY, MARCH])
    with progress.display():
        for outcome in outcomes:
            assert isinstance(outcome.period, Month)
            progress.begun(outcome.period)
            progress.ended(outcome)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines() if line.strip()]


def test_a_month_is_a_line_in_columns(database: Database) -> None:
    values = {
        "reactive_tickets_created": Decimal(12345),
        "reactive_tickets_closed": Decimal(355),
        "reactive_time_spent": Decimal("146.46"),
        "endpoints_managed": Decimal(597),
        "seats_managed": Decimal(546),
    }
    set_values(database, MARCH, values, by="Ann", now=datetime.now(UTC))
    lines = lines_of(
        database, RunOutcome(FEBRUARY, "a", True, (), 1.2), RunOutcome(MARCH, "b", True, (), 100.4)
    )
    assert lines == [
        "✓ 2025-02     – created     – closed      – h     – endpoints     – seats   1 s",
        "✓ 2025-03 12,345 created   355 closed 146.46 h   597 endpoints   546 seats 100 s",
    ]
    assert max(map(len, lines)) <= 80


def test_a_month_that_failed_says_why(database: Database) -> None:
    (line,) = lines_of(database, RunOutcome(MARCH, "a", False, ("The board [Help] does not exist.",), 3.0))
    assert line == "✗ 2025-03 The board [Help] does not exist.   3 s"
