"""Staged rows: everything a vendor may send comes back as it was, and a stage is whole or not there."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from qbr_pipeline.metrics.accounts import BOOKED
from qbr_pipeline.metrics.catalogue import METRICS, MetricKind, Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.rows.staging import StageDamagedError, recount, stage, staged
from qbr_pipeline.store.rows.tables import ROW_TABLES, RowSource
from qbr_pipeline_tests.store.kept import row_versions

MARCH = Month(2025, 3)
EARLIER = datetime(2025, 4, 1, tzinfo=UTC)


def staged_rows(db) -> int:
    with db.read() as connection:
        return connection.execute(text("SELECT count(*) FROM qbr_staged_tickets")).scalar_one()


def test_a_stage_comes_back_as_it_was_put_aside(database, collector):
    put = collector.stage(
        RowSource.TICKETS,
        [collector.ticket(1)],
        "r",
        fetched_count=7,
        source_count=None,
        reads=3,
        snapshot_suspect=True,
        facts={"requests": 4, "boards": ["Help Desk"]},
    )
    assert database.fetch(staged, RowSource.TICKETS, MARCH, "r") == put


@pytest.mark.parametrize("number", [1_999, 2_000, 2_001, 4_000])
def test_more_rows_than_are_sent_at_once_all_arrive(database, collector, number):
    collector.stage(RowSource.TICKETS, [collector.ticket(n) for n in range(number)], "r")
    assert staged_rows(database) == number


def test_staging_again_replaces_this_runs_stage(database, collector):
    collector.stage(RowSource.TICKETS, [collector.ticket(1), collector.ticket(2)], "r")
    collector.stage(RowSource.TICKETS, [collector.ticket(3)], "r")
    assert staged_rows(database) == 1


def test_a_runs_own_stage_goes_before_a_newer_one_of_another_run(database, collector):
    collector.stage(RowSource.TICKETS, [], "mine", fetch_started_at=EARLIER)
    collector.stage(RowSource.TICKETS, [], "other")
    for asked, got in (("mine", "mine"), ("third", "other")):
        found = database.fetch(staged, RowSource.TICKETS, MARCH, asked)
        assert found is not None
        assert found.run_id == got
    assert database.fetch(staged, RowSource.DEVICES, MARCH, "mine") is None
    assert database.fetch(staged, RowSource.TICKETS, MARCH.next, "mine") is None


def test_rows_that_are_not_as_many_as_announced_leave_nothing(database, collector):
    with pytest.raises(StageDamagedError, match="1 rows were handed over, expected 2"):
        collector.stage(RowSource.TICKETS, [collector.ticket(1)], "r", row_count=2)
    assert staged_rows(database) == 0
    assert database.fetch(staged, RowSource.TICKETS, MARCH, "r") is None


def test_a_fetch_that_breaks_off_leaves_nothing(database, collector):
    put = collector.stage(RowSource.TIME_ENTRIES, [], "r")

    def rows():
        yield collector.ticket(1)
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        stage(database, replace(put, source=RowSource.TICKETS, row_count=2, values={}), rows())
    assert staged_rows(database) == 0


def test_rows_of_another_source_are_refused(database, collector):
    with pytest.raises(TypeError, match="a DeviceRow is not a TicketRow"):
        collector.stage(RowSource.TICKETS, [collector.device(1)], "r", values={})


def test_stages_that_nobody_published_are_removed_after_a_week(database, collector):
    collector.stage(RowSource.TICKETS, [collector.ticket(1)], "old")
    collector.stage(RowSource.TICKETS, [collector.ticket(1)], "young")
    with database.begin() as connection:
        connection.execute(
            text("UPDATE qbr_stages SET staged_at = staged_at - interval '169 hours' WHERE run_id = 'old'")
        )
    collector.stage(RowSource.TICKETS, [], "new")
    assert staged_rows(database) == 1


def test_counting_by_sql_gives_what_the_rows_give(database, collector):
    tickets = collector.stage(
        RowSource.TICKETS, [collector.ticket(1, closed=True), collector.ticket(2, created=False)], "r"
    )
    hours = collector.stage(
        RowSource.TIME_ENTRIES,
        [collector.entry(1, "0.125"), replace(collector.entry(2), hours=None)],
        "r",
        values={"reactive_time_spent": Decimal("0.13")},
    )
    devices = collector.stage(RowSource.DEVICES, [collector.device(1), collector.device(2, seat=False)], "r")
    assert database.fetch(recount, tickets) == {"reactive_tickets_created": 1, "reactive_tickets_closed": 1}
    assert database.fetch(recount, hours) == {"reactive_time_spent": Decimal("0.13")}
    assert database.fetch(recount, devices) == {"endpoints_managed": 2, "seats_managed": 1}


def test_hours_are_added_exactly_and_rounded_half_up_once(database, collector):
    entries = [collector.entry(number, "0.0025") for number in range(3)] + [collector.entry(9, "1.0075")]
    put = collector.stage(
        RowSource.TIME_ENTRIES, entries, "r", values={"reactive_time_spent": Decimal("1.015")}
    )
    kept = database.fetch(staged, RowSource.TIME_ENTRIES, MARCH, "r")
    assert kept is not None
    assert kept.values == {"reactive_time_spent": Decimal("1.02")}
    assert database.fetch(recount, put) == kept.values


def test_counting_a_stage_that_is_gone_says_so(database, collector):
    put = collector.stage(RowSource.TICKETS, [], "r")
    with pytest.raises(StageDamagedError, match="run other has no stage any more"):
        database.fetch(recount, replace(put, run_id="other"))


def test_what_counts_is_every_metric_of_the_vendor_that_has_rows_and_no_other(database, collector):
    for vendor in Vendor:
        counted = {
            key
            for source in RowSource.of(vendor)
            for key in database.fetch(
                recount,
                collector.stage(source, [], "r", values=dict.fromkeys(METRICS, Decimal(0))),
            )
        }
        assert counted == {
            m.key
            for m in METRICS.values()
            if m.vendor is vendor and (m.kind is MetricKind.COLLECTED or m.key in BOOKED)
        }


def test_every_column_of_every_shape_has_its_place():
    for source, tables in ROW_TABLES.items():
        assert tables.columns == tuple(field.name for field in fields(tables.shape))
        for name in tables.columns:
            assert name in tables.staged.c, (source, name)
            assert name in tables.versions.c, (source, name)


ANY_TEXT = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    summary=ANY_TEXT,
    board=st.sampled_from(["\\N", "\\.", "a\tb", "line\nbreak", "\r\n", "\\", "", "é", "🖨️"]),
    hours=st.one_of(st.none(), st.decimals(-1000, 1000, places=7)),
    moment=st.one_of(
        st.none(),
        st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001
    ),
)
def test_whatever_a_vendor_sends_comes_back_as_it_was(database, collector, summary, board, hours, moment):
    sent = replace(
        collector.ticket(1),
        summary=summary,
        board=board,
        actual_hours=hours,
        entered_at=moment,
        parent_id=2**40,
    )
    collector.connectwise([sent])
    (kept,) = database.fetch(row_versions, RowSource.TICKETS, MARCH)
    assert kept.row == sent


def test_what_postgresql_cannot_hold_is_left_out_of_texts(database, collector):
    collector.connectwise([replace(collector.ticket(1), summary="a\0b\ud800c")])
    (kept,) = database.fetch(row_versions, RowSource.TICKETS, MARCH)
    assert kept.row == replace(collector.ticket(1), summary="ab\N{REPLACEMENT CHARACTER}c")
