"""Two at once, and connections that die: what is left is as if one had followed the other, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store import collection_log, publishing, reading
from qbr_pipeline.store.database import Database, lock_quarter
from qbr_pipeline.store.history import history
from qbr_pipeline.store.publishing import Outcome, publish
from qbr_pipeline.store.rows.staging import staged
from qbr_pipeline.store.rows.tables import RowSource
from qbr_pipeline.store.values import DataSource, read_values
from qbr_pipeline_tests.entries import set_value
from qbr_pipeline_tests.store.kept import row_versions

MARCH = Month(2025, 3)
NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """Runs the actions in threads that set out together; what each returned."""
    gate = Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        gate.wait(10)
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def stage_all(collector, run_id, tickets):
    collector.stage(RowSource.TICKETS, tickets, run_id)
    collector.stage(RowSource.TIME_ENTRIES, [], run_id)


@pytest.mark.parametrize("attempt", range(4))
def test_two_publications_of_one_month_at_once_end_as_the_one_that_began_later(database, collector, attempt):
    stage_all(collector, "early", [collector.ticket(1)])
    stage_all(collector, "late", [collector.ticket(1), collector.ticket(2)])
    outcomes = at_once(
        lambda: publish(database, Vendor.CONNECTWISE, MARCH, "early", NOW),
        lambda: publish(database, Vendor.CONNECTWISE, MARCH, "late", NOW),
    )
    assert outcomes[1].outcome is Outcome.PUBLISHED
    assert database.fetch(read_values, MARCH)["reactive_tickets_created"].value == 2
    assert [v.row.source_id for v in database.fetch(row_versions, RowSource.TICKETS, MARCH)] == [1, 2]
    entries = database.fetch(history, MARCH, "reactive_tickets_created")
    assert [e.old_value for e in entries] == [None, *(e.new_value for e in entries[:-1])]
    assert [e.changed_at for e in entries] == sorted(e.changed_at for e in entries)


@pytest.mark.parametrize("attempt", range(4))
def test_a_publication_and_an_entry_at_once_leave_the_persons_value(database, collector, attempt):
    stage_all(collector, "r", [collector.ticket(1)])
    at_once(
        lambda: publish(database, Vendor.CONNECTWISE, MARCH, "r", NOW),
        lambda: set_value(database, MARCH, "reactive_tickets_created", Decimal(9), by="Kim", now=NOW),
    )
    kept = database.fetch(read_values, MARCH)["reactive_tickets_created"]
    assert (kept.value, kept.source) == (9, DataSource.MANUAL)
    assert database.fetch(history, MARCH, "reactive_tickets_created")[-1].new_value == 9


@pytest.mark.parametrize("attempt", range(4))
def test_two_months_of_one_quarter_at_once_are_both_in_the_quarter(database, attempt):
    at_once(
        *(
            lambda month=month: set_value(database, month, "mrr", Decimal(100), by="Kim", now=NOW)
            for month in MARCH.quarter.months
        )
    )
    quarterly = database.fetch(reading.read_quarterly, MARCH.quarter)["mrr"]
    assert (quarterly.value, quarterly.months_used) == (300, MARCH.quarter.months)


def test_months_of_different_quarters_do_not_wait_for_each_other(database):
    with database.begin() as connection:
        lock_quarter(connection, database, MARCH.quarter)
        assert set_value(database, MARCH.next, "mrr", Decimal(1), by="Kim", now=NOW)


def test_a_connection_that_dies_in_the_middle_of_publishing_leaves_nothing_half_written(
    database: Database, collector, monkeypatch
):
    collector.connectwise([collector.ticket(1)])
    before = database.fetch(read_values, MARCH), database.fetch(history, MARCH)
    stage_all(collector, "r", [collector.ticket(2), collector.ticket(3)])
    real = publishing.refresh_month

    def killed(connection, *arguments, **options):
        victim = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with database.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": victim})
        return real(connection, *arguments, **options)

    monkeypatch.setattr(publishing, "refresh_month", killed)
    with pytest.raises(DBAPIError):
        publish(database, Vendor.CONNECTWISE, MARCH, "r", NOW)
    monkeypatch.undo()

    assert (database.fetch(read_values, MARCH), database.fetch(history, MARCH)) == before
    assert [v.row.source_id for v in database.fetch(row_versions, RowSource.TICKETS, MARCH)] == [1]
    assert database.fetch(collection_log.rows, run_id="r") == []
    assert database.fetch(staged, RowSource.TICKETS, MARCH, "r") is not None
    assert publish(database, Vendor.CONNECTWISE, MARCH, "r", NOW).outcome is Outcome.PUBLISHED
    assert [v.row.source_id for v in database.fetch(row_versions, RowSource.TICKETS, MARCH)] == [2, 3]
