"""The collection log: one row per run, month and vendor, however often it is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.collection_log import CollectionOutcome, LogRow, latest, record, rows

MARCH = Month(2025, 3)
START = datetime(2025, 4, 1, 3, 30, tzinfo=UTC)
FAILED = LogRow(
    run_id="r",
    month=MARCH,
    vendor=Vendor.CONNECTWISE,
    status=CollectionOutcome.FAILED,
    started_at=START,
    ended_at=START + timedelta(seconds=62, milliseconds=600),
    metrics_collected=0,
    message="ConnectWise does not answer",
)


def test_a_row_comes_back_as_it_was_written_with_its_duration(database):
    record(database, FAILED)
    assert database.fetch(rows, run_id="r") == [FAILED]
    with database.read() as connection:
        assert connection.execute(text("SELECT duration_seconds FROM qbr_collection_log")).scalar_one() == 63


def test_writing_a_row_twice_leaves_one(database):
    record(database, FAILED)
    record(database, FAILED)
    assert database.fetch(rows) == [FAILED]


def test_a_success_replaces_the_failure_of_the_same_run(database):
    success = replace(FAILED, status=CollectionOutcome.SUCCESS, message=None, metrics_collected=3)
    record(database, FAILED)
    record(database, success)
    assert database.fetch(rows) == [success]


@pytest.mark.parametrize("status", [CollectionOutcome.SUCCESS, CollectionOutcome.PARTIAL])
def test_a_failure_that_is_written_late_does_not_replace_what_was_achieved(database, status):
    achieved = replace(FAILED, status=status, message=None, metrics_collected=3)
    record(database, achieved)
    record(database, FAILED)
    assert database.fetch(rows) == [achieved]


def test_runs_months_and_vendors_have_rows_of_their_own(database):
    others = [
        replace(FAILED, run_id="s", started_at=START + timedelta(minutes=1)),
        replace(FAILED, month=MARCH.next, started_at=START + timedelta(minutes=2)),
        replace(FAILED, vendor=Vendor.NINJA, started_at=START + timedelta(minutes=3)),
    ]
    for row in (*others, FAILED):
        record(database, row)
    assert database.fetch(rows) == [FAILED, *others]
    assert database.fetch(rows, month=MARCH.next) == [others[1]]
    assert database.fetch(rows, month=MARCH, run_id="s") == [others[0]]


def test_a_row_of_a_clock_that_was_ahead_hides_no_later_failure(database):
    ahead = datetime.now(UTC) + timedelta(days=300)
    early = replace(FAILED, run_id="s", status=CollectionOutcome.SUCCESS, started_at=ahead, ended_at=ahead)
    record(database, early)
    assert database.fetch(latest) == []
    record(database, FAILED)
    assert database.fetch(latest) == [FAILED]
