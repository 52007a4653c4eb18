"""Publication: what a collection leaves in the values, the rows, the history and the log."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.metrics.findings import Rule
from qbr_pipeline.periods import Month
from qbr_pipeline.store import collection_log, reading
from qbr_pipeline.store.collection_log import CollectionOutcome
from qbr_pipeline.store.database import Database, database_now
from qbr_pipeline.store.history import history
from qbr_pipeline.store.publications import future_publications
from qbr_pipeline.store.publishing import (
    NothingStagedError,
    Outcome,
    PublicationRejected,
    ValueChange,
    last_published,
)
from qbr_pipeline.store.rows.staging import StageDamagedError, staged
from qbr_pipeline.store.rows.tables import RowSource
from qbr_pipeline.store.rows.versions import RowChanges
from qbr_pipeline.store.values import DataSource, read_values
from qbr_pipeline_tests.entries import set_value
from qbr_pipeline_tests.store.kept import publications_of, row_versions

MARCH = Month(2025, 3)
NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)


def values(db: Database) -> dict[str, Decimal | None]:
    return {key: kept.value for key, kept in db.fetch(read_values, MARCH).items()}


def test_a_publication_writes_values_rows_history_and_log_and_removes_the_stages(database, collector):
    done = collector.connectwise(
        [collector.ticket(1, closed=True), collector.ticket(2)], [collector.entry(9, "1.25")], run_id="r"
    )
    assert done.outcome is Outcome.PUBLISHED
    assert done.changes == (
        ValueChange("reactive_tickets_created", None, Decimal(2)),
        ValueChange("reactive_tickets_closed", None, Decimal(1)),
        ValueChange("reactive_time_spent", None, Decimal("1.25")),
    )
    assert done.rows == {RowSource.TICKETS: RowChanges(added=2), RowSource.TIME_ENTRIES: RowChanges(added=1)}
    assert done.closed
    assert not done.was_closed
    assert values(database) == {
        "reactive_tickets_created": 2,
        "reactive_tickets_closed": 1,
        "reactive_time_spent": Decimal("1.25"),
    }
    assert [version.row for version in database.fetch(row_versions, RowSource.TIME_ENTRIES, MARCH)] == [
        collector.entry(9, "1.25")
    ]
    entries = database.fetch(history, MARCH, "reactive_tickets_created")
    assert [(e.old_value, e.new_value, e.run_id) for e in entries] == [(None, 2, "r")]
    assert database.fetch(staged, RowSource.TICKETS, MARCH, "r") is None
    (log,) = database.fetch(collection_log.rows, run_id="r")
    assert (log.vendor, log.status, log.metrics_collected) == (
        Vendor.CONNECTWISE,
        CollectionOutcome.SUCCESS,
        3,
    )
    assert database.fetch(reading.read_smartnumbers, MARCH)["total_close_pct"].value == Decimal("0.5")
    assert database.fetch(reading.read_quarterly, MARCH.quarter)["reactive_tickets_created"].value == 2


def test_the_same_rows_again_move_nothing_but_collected_at(database, collector):
    collector.connectwise([collector.ticket(1)], [collector.entry(1)])
    before, entries = database.fetch(read_values, MARCH), database.fetch(history, MARCH)
    done = collector.connectwise([collector.ticket(1)], [collector.entry(1)])
    after = database.fetch(read_values, MARCH)
    assert done.changes == ()
    assert done.rows[RowSource.TICKETS] == RowChanges()
    assert database.fetch(history, MARCH) == entries
    assert len(after) == 3
    for key, kept in after.items():
        assert kept.updated_at == before[key].updated_at
        assert kept.created_at == before[key].created_at
        assert kept.collected_at > before[key].collected_at


def test_nothing_derived_is_written_again_when_nothing_changed(database, collector):
    collector.connectwise([collector.ticket(1)], [collector.entry(1)])
    query = text(
        "SELECT kpi_name || period, updated_at, xmin::text FROM qbr_smartnumbers "
        "UNION ALL SELECT metric_name || period, updated_at, xmin::text FROM qbr_metrics_quarterly ORDER BY 1"
    )
    with database.read() as connection:
        before = connection.execute(query).all()
    collector.connectwise([collector.ticket(1)], [collector.entry(1)])
    with database.read() as connection:
        assert connection.execute(query).all() == before
    assert len(before) == 36 + 3


def test_a_changed_value_keeps_created_at_and_moves_updated_at(database, collector):
    collector.connectwise([collector.ticket(1)])
    before = database.fetch(read_values, MARCH)["reactive_tickets_created"]
    collector.connectwise([collector.ticket(1), collector.ticket(2)])
    after = database.fetch(read_values, MARCH)["reactive_tickets_created"]
    assert after.created_at == before.created_at
    assert after.updated_at > before.updated_at


def test_rows_that_change_or_vanish_end_and_every_earlier_state_can_be_read_back(database, collector):
    collector.connectwise([collector.ticket(1), collector.ticket(2), collector.ticket(3)])
    then = database_now(database)
    done = collector.connectwise(
        [collector.ticket(1), collector.ticket(2, status=">Closed"), collector.ticket(4)]
    )
    assert done.rows[RowSource.TICKETS] == RowChanges(added=1, changed=1, ended=1)
    now = {v.row.source_id: v.row.status for v in database.fetch(row_versions, RowSource.TICKETS, MARCH)}
    assert now == {1: "New", 2: ">Closed", 4: "New"}
    past = {
        v.row.source_id: v.row.status for v in database.fetch(row_versions, RowSource.TICKETS, MARCH, then)
    }
    assert past == {1: "New", 2: "New", 3: "New"}


def test_a_row_that_comes_back_begins_a_new_version(database, collector):
    collector.connectwise([collector.ticket(1)])
    collector.connectwise([])
    gone = database_now(database)
    collector.connectwise([collector.ticket(1)])
    assert database.fetch(row_versions, RowSource.TICKETS, MARCH, gone) == []
    assert [v.row.source_id for v in database.fetch(row_versions, RowSource.TICKETS, MARCH)] == [1]


def test_a_collected_zero_is_a_zero_and_not_absent(database, collector):
    collector.connectwise([])
    assert values(database)["reactive_tickets_created"] == 0


def test_a_run_that_published_already_is_told_what_it_did(database, collector):
    first = collector.connectwise([collector.ticket(1)], run_id="r")
    again = collector.publish(Vendor.CONNECTWISE, "r")
    assert again.already_published
    assert (again.outcome, again.changes, again.values) == (first.outcome, first.changes, first.values)
    assert (again.was_closed, again.closed) == (False, True)
    assert len(database.fetch(publications_of, Vendor.CONNECTWISE, MARCH)) == 1


def test_the_last_publication_of_a_month_can_be_asked_for(database, collector):
    with database.read() as connection:
        assert last_published(connection, database, Vendor.CONNECTWISE, MARCH) is None
    collector.connectwise([collector.ticket(1)])
    done = collector.connectwise([collector.ticket(1), collector.ticket(2)])
    with database.read() as connection:
        told = last_published(connection, database, Vendor.CONNECTWISE, MARCH)
    assert told is not None
    assert (told.run_id, told.changes, told.was_closed) == (done.run_id, done.changes, True)


def test_a_run_that_staged_nothing_cannot_publish(collector):
    with pytest.raises(NothingStagedError, match="this run has fetched no tickets and no time_entries"):
        collector.publish(Vendor.CONNECTWISE, "r")


def test_tickets_alone_make_no_publication(database, collector):
    collector.stage(RowSource.TICKETS, [collector.ticket(1)], "r")
    with pytest.raises(NothingStagedError, match="no time_entries"):
        collector.publish(Vendor.CONNECTWISE, "r")
    assert values(database) == {}


def test_a_count_that_differs_from_the_sources_blocks_and_leaves_everything_as_it_was(database, collector):
    collector.connectwise([collector.ticket(1)])
    with pytest.raises(PublicationRejected) as rejected:
        collector.connectwise([collector.ticket(1), collector.ticket(2)], source_count=7, run_id="r")
    assert {finding.rule for finding in rejected.value.findings} == {Rule.COUNT_MISMATCH}
    assert values(database)["reactive_tickets_created"] == 1
    assert len(database.fetch(row_versions, RowSource.TICKETS, MARCH)) == 1
    assert database.fetch(collection_log.rows, run_id="r") == []


@pytest.mark.parametrize("wrong", ["-1", "NaN", "Infinity", "10000000000"])
def test_a_value_that_cannot_be_blocks_and_the_one_before_stays(database, collector, wrong):
    collector.connectwise([], [collector.entry(1, "2")])
    collector.stage(RowSource.TICKETS, [], "r")
    collector.stage(RowSource.TIME_ENTRIES, [], "r", values={"reactive_time_spent": Decimal(wrong)})
    with pytest.raises(PublicationRejected) as rejected:
        collector.publish(Vendor.CONNECTWISE, "r")
    assert {finding.rule for finding in rejected.value.findings} == {Rule.INVALID_VALUE}
    assert values(database)["reactive_time_spent"] == 2


def test_rows_read_count_against_the_source_also_when_fewer_are_staged(collector):
    done = collector.connectwise([collector.ticket(1)], source_count=5, fetched_count=5)
    assert done.outcome is Outcome.PUBLISHED


def test_a_stage_whose_rows_give_another_value_is_refused(database, collector):
    collector.stage(RowSource.TIME_ENTRIES, [], "r")
    collector.stage(
        RowSource.TICKETS, [collector.ticket(1)], "r", values={"reactive_tickets_created": Decimal(5)}
    )
    with pytest.raises(StageDamagedError, match=r"reactive_tickets_created 1\.00"):
        collector.publish(Vendor.CONNECTWISE, "r")
    assert values(database) == {}


def test_a_stage_that_lost_rows_is_refused(database, collector):
    collector.stage(RowSource.TICKETS, [collector.ticket(1), collector.ticket(2)], "r")
    collector.stage(RowSource.TIME_ENTRIES, [], "r")
    with database.begin() as connection:
        connection.execute(text("DELETE FROM qbr_staged_tickets WHERE source_id = 2"))
    with pytest.raises(StageDamagedError, match="1 rows are staged, expected 2"):
        collector.publish(Vendor.CONNECTWISE, "r")


def test_a_fetch_that_began_before_the_published_one_is_dropped(database, collector):
    early = database_now(database)
    collector.connectwise([collector.ticket(1), collector.ticket(2)], run_id="late")
    done = collector.connectwise([collector.ticket(1)], run_id="early", fetch_started_at=early)
    assert done.outcome is Outcome.SUPERSEDED
    assert values(database)["reactive_tickets_created"] == 2
    assert len(database.fetch(row_versions, RowSource.TICKETS, MARCH)) == 2
    (log,) = database.fetch(collection_log.rows, run_id="early")
    assert (log.status, log.metrics_collected) == (CollectionOutcome.FAILED, 0)
    assert "dropped" in (log.message or "")
    assert collector.publish(Vendor.CONNECTWISE, "early").outcome is Outcome.SUPERSEDED


def in_the_future(database, days=30):
    """As a clock that was ahead leaves it: everything of the last publication is dated later than now."""
    with database.begin() as connection:
        for table, columns in {
            "qbr_publications": ("fetch_started_at", "published_at"),
            "qbr_collection_log": ("collection_started_at", "collection_ended_at"),
            "qbr_tickets": ("valid_from",),
        }.items():
            moved = ", ".join(f"{column} = {column} + interval '{days} days'" for column in columns)
            connection.execute(text(f"UPDATE {table} SET {moved}"))


def test_a_publication_from_a_clock_that_was_ahead_gives_way_to_the_next_collection(database, collector):
    collector.connectwise([collector.ticket(1), collector.ticket(2)], run_id="ahead")
    in_the_future(database)
    with database.read() as connection:
        assert [each.run_id for each in future_publications(connection, database)] == ["ahead"]
    assert database.fetch(collection_log.activity)[Vendor.CONNECTWISE] == collection_log.Activity(None, None)
    done = collector.connectwise([collector.ticket(1)], run_id="right")
    assert done.outcome is Outcome.PUBLISHED
    assert values(database)["reactive_tickets_created"] == 1
    assert [each.row.source_id for each in database.fetch(row_versions, RowSource.TICKETS, MARCH)] == [1]
    with database.read() as connection:
        assert future_publications(connection, database) == []
    assert database.fetch(collection_log.activity)[Vendor.CONNECTWISE].succeeded_at is not None
    assert collector.connectwise([collector.ticket(3)], run_id="next").outcome is Outcome.PUBLISHED


def test_the_earlier_of_two_fetches_dates_the_publication(database, collector):
    early = database_now(database)
    collector.stage(RowSource.TICKETS, [], "r", fetch_started_at=early, collected_as_of=NOW)
    collector.stage(RowSource.TIME_ENTRIES, [], "r", collected_as_of=NOW + timedelta(minutes=1))
    done = collector.publish(Vendor.CONNECTWISE, "r")
    assert (done.fetch_started_at, done.collected_as_of) == (early, NOW)


def test_a_persons_value_stays_and_what_was_found_is_told(database, collector):
    set_value(database, MARCH, "reactive_tickets_created", Decimal(99), by="Kim", now=NOW)
    before = database.fetch(read_values, MARCH)["reactive_tickets_created"]
    done = collector.connectwise([collector.ticket(1)])
    assert done.kept_manual == {"reactive_tickets_created": 1}
    assert database.fetch(read_values, MARCH)["reactive_tickets_created"] == before
    assert database.fetch(read_values, MARCH)["reactive_tickets_closed"].source is DataSource.COLLECTED


def test_a_month_is_closed_by_the_first_collection_from_its_end_on(database, collector):
    end = MARCH.end(database.timezone)
    assert not collector.connectwise([], collected_as_of=end - timedelta(microseconds=1)).closed
    closing = collector.connectwise([], collected_as_of=end)
    assert (closing.was_closed, closing.closed) == (False, True)
    assert collector.connectwise([], collected_as_of=end).was_closed


def test_a_month_without_a_snapshot_ends_nothing_and_is_partial(database, collector):
    collector.ninja([collector.device(1)])
    done = collector.ninja([], snapshot_date=None, run_id="none")
    assert done.outcome is Outcome.NOTHING
    assert values(database) == {"endpoints_managed": 1, "seats_managed": 1}
    assert len(database.fetch(row_versions, RowSource.DEVICES, MARCH)) == 1
    (log,) = database.fetch(collection_log.rows, run_id="none")
    assert (log.status, log.metrics_collected) == (CollectionOutcome.PARTIAL, 0)


def test_a_month_that_never_had_a_snapshot_is_absent_and_not_zero(database, collector):
    assert collector.ninja([], snapshot_date=None).outcome is Outcome.NOTHING
    assert values(database) == {}


def test_a_closed_month_is_not_replaced_from_a_suspect_snapshot(database, collector):
    collector.ninja([collector.device(n) for n in range(4)])
    done = collector.ninja([collector.device(1)], snapshot_suspect=True)
    assert done.outcome is Outcome.NOTHING
    assert "suspect" in (done.message or "")
    assert values(database)["endpoints_managed"] == 4


def test_a_month_in_progress_takes_a_suspect_snapshot_when_there_is_no_other(database, collector):
    done = collector.ninja(
        [collector.device(1)],
        snapshot_suspect=True,
        snapshot_date=date(2025, 3, 10),
        collected_as_of=datetime(2025, 3, 11, tzinfo=UTC),
    )
    assert done.outcome is Outcome.PUBLISHED
    assert values(database)["endpoints_managed"] == 1


def test_a_vendor_that_is_not_collected_has_nothing_to_publish(collector):
    with pytest.raises(NothingStagedError):
        collector.publish(Vendor.QUICKBOOKS, "r")
