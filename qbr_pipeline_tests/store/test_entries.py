"""What people set by hand, what they hand back, and what follows from either."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from qbr_pipeline.metrics.catalogue import UnknownMetricError
from qbr_pipeline.metrics.values import InvalidValueError
from qbr_pipeline.periods import Month
from qbr_pipeline.store import reading
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.entries import EntryRejectedError, enter
from qbr_pipeline.store.history import history
from qbr_pipeline.store.publishing import ValueChange
from qbr_pipeline.store.values import DataSource, ValueChangeCause, read_values
from qbr_pipeline_tests.entries import release, set_value, set_values

MARCH = Month(2025, 3)
NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)
REVENUE = {
    "nrr": Decimal(0),
    "mrr": Decimal(110_250),
    "orr": Decimal(1_000),
    "product_sales": Decimal("-250.50"),
}


def value(db: Database, metric: str) -> Decimal | None:
    return db.fetch(read_values, MARCH)[metric].value


def test_a_value_is_kept_with_who_and_why_and_its_history(database):
    changes = set_value(database, MARCH, "mrr", Decimal(100), by=" Kim ", note="from the books", now=NOW)
    assert changes == (ValueChange("mrr", None, Decimal(100)),)
    kept = database.fetch(read_values, MARCH)["mrr"]
    assert (kept.value, kept.source, kept.entered_by, kept.notes) == (
        100,
        DataSource.MANUAL,
        "Kim",
        "from the books",
    )
    (entry,) = database.fetch(history, MARCH, "mrr")
    assert (entry.cause, entry.changed_by, entry.note, entry.old_source) == (
        ValueChangeCause.ENTRY,
        "Kim",
        "from the books",
        None,
    )
    assert entry.changed_at == kept.updated_at


def test_a_month_before_2000_takes_no_value(database):
    with pytest.raises(EntryRejectedError, match="1999-12 is too long ago"):
        set_value(database, Month(1999, 12), "mrr", Decimal(1), by="Kim", now=NOW)
    assert set_value(database, Month(2000, 1), "mrr", Decimal(1), by="Kim", now=NOW)


def test_the_same_value_and_note_again_change_nothing(database):
    set_value(database, MARCH, "mrr", Decimal(100), by="Kim", note="n", now=NOW)
    before, entries = database.fetch(read_values, MARCH), database.fetch(history, MARCH)
    assert set_value(database, MARCH, "mrr", Decimal("100.00"), by="Lee", note="n", now=NOW) == ()
    assert database.fetch(read_values, MARCH) == before
    assert database.fetch(history, MARCH) == entries


def test_a_new_note_alone_is_in_the_history(database):
    set_value(database, MARCH, "mrr", Decimal(100), by="Kim", now=NOW)
    assert set_value(database, MARCH, "mrr", Decimal(100), by="Kim", note="checked", now=NOW) == ()
    assert [(e.old_value, e.new_value, e.note) for e in database.fetch(history, MARCH, "mrr")] == [
        (None, 100, None),
        (100, 100, "checked"),
    ]


def test_derived_metrics_smartnumbers_and_quarter_follow_in_the_same_breath(database):
    changes = set_values(database, MARCH, {**REVENUE, "employees": Decimal("8.5")}, by="Kim", now=NOW)
    assert ValueChange("total_revenue", None, Decimal("110999.50")) in changes
    assert value(database, "total_revenue") == Decimal("110999.50")
    name = "annual_service_rev_per_employee"
    assert database.fetch(reading.read_smartnumbers, MARCH)[name].value == Decimal("155647.0588")
    quarterly = database.fetch(reading.read_smartnumbers, MARCH.quarter)[name]
    assert (quarterly.value, quarterly.months_used, quarterly.provisional) == (
        Decimal("155647.0588"),
        (MARCH,),
        True,
    )
    assert database.fetch(history, MARCH, "total_revenue")[-1].cause is ValueChangeCause.DERIVED


def test_all_eighteen_smartnumbers_have_a_row_also_when_nothing_can_be_computed(database):
    set_value(database, MARCH, "cash_reserve", Decimal(1), by="Kim", now=NOW)
    for period in (MARCH, MARCH.quarter):
        stored = database.fetch(reading.read_smartnumbers, period)
        assert len(stored) == 18
        assert {each.value for each in stored.values()} == {None}
        assert all(each.method for each in stored.values())


def test_division_by_zero_is_absent(database):
    set_values(
        database,
        MARCH,
        {"telemarketing_dials": Decimal(10), "first_time_appointments": Decimal(0)},
        by="Kim",
        now=NOW,
    )
    assert database.fetch(reading.read_smartnumbers, MARCH)["dials_per_appointment"].value is None


def test_a_derived_metric_whose_part_is_gone_becomes_absent_and_keeps_its_row(database):
    set_values(database, MARCH, REVENUE, by="Kim", now=NOW)
    changes = release(database, MARCH, "mrr", by="Kim", now=NOW)
    assert changes == (
        ValueChange("mrr", Decimal(110_250), None),
        ValueChange("total_revenue", Decimal("110999.50"), None),
    )
    assert value(database, "total_revenue") is None
    assert database.fetch(reading.read_quarterly, MARCH.quarter)["mrr"].value is None
    assert database.fetch(reading.read_quarterly, MARCH.quarter)["mrr"].months_used == ()


def test_a_derived_metric_entered_by_hand_wins_and_feeds_others(database):
    set_values(database, MARCH, REVENUE, by="Kim", now=NOW)
    set_values(
        database,
        MARCH,
        {"total_revenue": Decimal(200_000), "product_cogs": Decimal(50_000)},
        by="Kim",
        now=NOW,
    )
    assert value(database, "total_revenue") == 200_000
    assert value(database, "gross_margin") == Decimal("0.75")


def test_a_released_derived_metric_is_computed_from_its_parts(database):
    set_values(database, MARCH, {**REVENUE, "total_revenue": Decimal(1)}, by="Kim", now=NOW)
    release(database, MARCH, "total_revenue", by="Lee", now=NOW)
    kept = database.fetch(read_values, MARCH)["total_revenue"]
    assert (kept.value, kept.source, kept.entered_by) == (Decimal("110999.50"), DataSource.COLLECTED, None)
    assert [e.cause for e in database.fetch(history, MARCH, "total_revenue")] == [
        ValueChangeCause.ENTRY,
        ValueChangeCause.RELEASE,
    ]


def test_a_released_collected_metric_gets_what_the_last_publication_found(database, collector):
    set_value(database, MARCH, "reactive_tickets_created", Decimal(99), by="Kim", note="guess", now=NOW)
    done = collector.connectwise([collector.ticket(1)])
    release(database, MARCH, "reactive_tickets_created", by="Lee", now=NOW)
    kept = database.fetch(read_values, MARCH)["reactive_tickets_created"]
    assert (kept.value, kept.source, kept.entered_by, kept.notes) == (1, DataSource.COLLECTED, None, None)
    assert kept.collected_at == done.published_at
    collector.connectwise([collector.ticket(1), collector.ticket(2)])
    assert value(database, "reactive_tickets_created") == 2


def test_a_released_collected_metric_that_was_never_published_is_absent(database):
    set_value(database, MARCH, "endpoints_managed", Decimal(99), by="Kim", now=NOW)
    release(database, MARCH, "endpoints_managed", by="Kim", now=NOW)
    kept = database.fetch(read_values, MARCH)["endpoints_managed"]
    assert (kept.value, kept.source) == (None, DataSource.COLLECTED)


def test_releasing_what_nobody_has_set_changes_nothing(database, collector):
    collector.connectwise([collector.ticket(1)])
    entries = database.fetch(history, MARCH)
    assert release(database, MARCH, "reactive_tickets_created", by="Kim", now=NOW) == ()
    assert release(database, MARCH, "mrr", by="Kim", now=NOW) == ()
    assert database.fetch(history, MARCH) == entries


def test_a_month_can_be_entered_from_its_first_instant_on(database):
    start = MARCH.start(database.timezone)
    with pytest.raises(EntryRejectedError, match="2025-03 has not begun"):
        set_value(database, MARCH, "mrr", Decimal(1), by="Kim", now=start - timedelta(microseconds=1))
    assert set_value(database, MARCH, "mrr", Decimal(1), by="Kim", now=start)


def test_a_month_long_before_the_first_partition_can_be_entered(database):
    assert set_value(database, Month(2019, 1), "mrr", Decimal(1), by="Kim", now=NOW)


@pytest.mark.parametrize("by", ["", "  ", "x" * 101, "a\0b"])
def test_an_entry_needs_a_name_of_at_most_a_hundred_characters(database, by):
    with pytest.raises(EntryRejectedError, match="name of who"):
        set_value(database, MARCH, "mrr", Decimal(1), by=by, now=NOW)


@pytest.mark.parametrize("wrong", ["-1", "NaN", "Infinity", "0.001", "10000000000"])
def test_a_value_that_cannot_be_is_refused_and_nothing_of_its_batch_is_written(database, wrong):
    with pytest.raises(InvalidValueError):
        set_values(database, MARCH, {"nrr": Decimal(1), "mrr": Decimal(wrong)}, by="Kim", now=NOW)
    assert database.fetch(read_values, MARCH) == {}


def test_an_unknown_metric_is_refused(database):
    with pytest.raises(UnknownMetricError):
        set_value(database, MARCH, "mmr", Decimal(1), by="Kim", now=NOW)


def test_a_metric_belongs_to_its_owners_vendor_row(database):
    set_values(database, MARCH, {"mrr": Decimal(1), "employees": Decimal(8)}, by="Kim", now=NOW)
    with database.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT metric_name, name FROM qbr_metrics_monthly m JOIN vendor v ON v.id = vendor_id ORDER BY 1"
        )
        assert [tuple(row) for row in found] == [("employees", "Manual"), ("mrr", "QuickBooks")]


def test_a_rehearsal_tells_what_would_happen_and_keeps_nothing(database):
    set_values(database, MARCH, REVENUE, by="Kim", now=NOW)
    before, entries = database.fetch(read_values, MARCH), database.fetch(history, MARCH)
    numbers = [database.fetch(reading.read_smartnumbers, period) for period in (MARCH, MARCH.quarter)]
    choice = {"nrr": Decimal(50)}
    rehearsed = enter(database, MARCH, choice, ["orr"], by="Kim", now=NOW, rehearsal=True)
    assert database.fetch(read_values, MARCH) == before
    assert database.fetch(history, MARCH) == entries
    assert [database.fetch(reading.read_smartnumbers, period) for period in (MARCH, MARCH.quarter)] == numbers
    assert enter(database, MARCH, choice, ["orr"], by="Kim", now=NOW) == rehearsed
    assert rehearsed.moved


def test_what_is_told_to_have_moved_is_what_is_stored_then(database):
    set_values(database, MARCH, {**REVENUE, "employees": Decimal(4)}, by="Kim", now=NOW)
    before = {p: database.fetch(reading.read_smartnumbers, p) for p in (MARCH, MARCH.quarter)}
    moved = enter(database, MARCH, {"employees": Decimal(5)}, by="Kim", now=NOW).moved
    after = {p: database.fetch(reading.read_smartnumbers, p) for p in (MARCH, MARCH.quarter)}
    assert {(each.period, each.name, each.old, each.new) for each in moved} == {
        (period, key, before[period][key].value, number.value)
        for period, numbers in after.items()
        for key, number in numbers.items()
        if number.value != before[period][key].value
    }


def test_totals_that_build_on_each_other_are_released_together(database):
    set_values(database, MARCH, REVENUE, by="Kim", now=NOW)
    computed = value(database, "total_revenue")
    manual = {"total_revenue": Decimal(5), "net_profit": Decimal(7)}
    set_values(database, MARCH, manual, by="Kim", now=NOW)
    enter(database, MARCH, {}, ["net_profit", "total_revenue"], by="Lee", now=NOW)
    assert (value(database, "total_revenue"), value(database, "net_profit")) == (computed, None)
    released = [each for each in database.fetch(history, MARCH) if each.cause is ValueChangeCause.RELEASE]
    assert {each.metric: each.new_value for each in released} == {
        "total_revenue": computed,
        "net_profit": None,
    }
