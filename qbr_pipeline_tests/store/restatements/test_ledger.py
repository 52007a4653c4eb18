"""The ledger: a closed month whose published value changes, with the rows that explain it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.metrics.rules.validation import restated
from qbr_pipeline.periods import Month
from qbr_pipeline.store import publishing
from qbr_pipeline.store.publishing import Outcome
from qbr_pipeline.store.restatements.causes import ChangeKind
from qbr_pipeline.store.restatements.effects import total
from qbr_pipeline.store.restatements.ledger import (
    RestatementFilter,
    explanation,
    find_restatement,
    restatements_of_run,
    restatements_page,
)
from qbr_pipeline.store.restatements.missing_rows import as_facts, from_facts, gone_from_closed_month
from qbr_pipeline.store.rows.tables import RowSource
from qbr_pipeline.store.values import read_values
from qbr_pipeline_tests.entries import release, set_value

CHICAGO = ZoneInfo("America/Chicago")
MARCH, JANUARY = Month(2025, 3), Month(2025, 1)
NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)
EVERYTHING = RestatementFilter()


def ledger(db, wanted=EVERYTHING):
    return db.fetch(restatements_page, wanted, limit=100)[0]


def explained(db, restatement):
    rows = db.fetch(explanation, restatement.id)
    assert total(rows) == restatement.change == sum(cause.effect for cause in restatement.causes)
    return [(row.source_id, row.cause, row.before, row.after, row.effect) for row in rows]


def test_january_is_restated_only_once_it_was_closed(database, collector):
    collector.month = JANUARY
    entries = [collector.entry(number, "1.00") for number in range(1, 201)]
    collector.now = datetime(2025, 1, 31, 22, 30, tzinfo=CHICAGO)
    collector.connectwise(entries=entries[:190])
    collector.now = datetime(2025, 2, 1, 22, 30, tzinfo=CHICAGO)
    completed = collector.connectwise(entries=entries)
    assert (completed.was_closed, completed.closed) == (False, True)
    assert completed.changes
    assert ledger(database) == []

    collector.now = datetime(2025, 2, 3, 22, 30, tzinfo=CHICAGO)
    edited = collector.connectwise(entries=[collector.entry(1, "2.50"), *entries[1:]])
    [restatement] = ledger(database)
    assert (restatement.month, restatement.metric) == (JANUARY, "reactive_time_spent")
    assert (restatement.old, restatement.new, restatement.rows) == (200, Decimal("201.50"), 1)
    assert (restatement.run_id, restatement.published_at) == (edited.run_id, edited.published_at)
    assert explained(database, restatement) == [
        ("1", "edited (hours 1.00 → 2.50)", Decimal(1), Decimal("2.5"), Decimal("1.5"))
    ]
    [change] = edited.changes
    assert (
        restated(JANUARY, {change.metric: change.old}, {change.metric: change.new}, was_closed=True) == []
    )  # 0.75 %: in the ledger, no finding


def test_rows_that_come_go_and_change_are_named_with_their_effect(database, collector):
    collector.connectwise([collector.ticket(1), collector.ticket(2)], [collector.entry(n) for n in (1, 2, 3)])
    moved = replace(
        collector.entry(2), board="Projects", counts=False, reason="board is Projects", hours=None
    )
    collector.stage(
        RowSource.TICKETS,
        [collector.ticket(1), collector.ticket(2, closed=True), collector.ticket(3)],
        "later",
    )
    collector.stage(
        RowSource.TIME_ENTRIES, [collector.entry(1, "0.75"), moved, collector.entry(4, "2")], "later"
    )
    collector.publish(Vendor.CONNECTWISE, "later")
    by_metric = {each.metric: each for each in ledger(database)}
    assert {key: (each.old, each.new) for key, each in by_metric.items()} == {
        "reactive_tickets_created": (2, 3),
        "reactive_tickets_closed": (0, 1),
        "reactive_time_spent": (Decimal("1.50"), Decimal("2.75")),
    }
    assert explained(database, by_metric["reactive_time_spent"]) == [
        ("4", "added, on ticket 1", None, 2, 2),
        (
            "2",
            "moved with ticket 1 to board Projects; edited (hours 0.50 → none)",
            Decimal("0.5"),
            0,
            Decimal("-0.5"),
        ),
        (
            "3",
            "no longer among the month's rows; it could not be looked up",
            Decimal("0.5"),
            None,
            Decimal("-0.5"),
        ),
        ("1", "edited (hours 0.50 → 0.75)", Decimal("0.5"), Decimal("0.75"), Decimal("0.25")),
    ]
    assert explained(database, by_metric["reactive_tickets_created"]) == [
        ("3", "added, on board Help Desk", None, 1, 1)
    ]
    [closed] = explained(database, by_metric["reactive_tickets_closed"])
    assert (closed[0], closed[2:]) == ("2", (0, 1, 1))


def test_the_causes_of_a_restatement_are_summed_by_kind(database, collector):
    collector.connectwise(entries=[collector.entry(n, "1") for n in range(1, 6)])
    collector.connectwise(
        entries=[collector.entry(1, "3"), collector.entry(2, "0.5"), collector.entry(3, "1")]
    )
    [restatement] = ledger(database)
    assert [(each.kind, each.rows, each.effect) for each in restatement.causes] == [
        (ChangeKind.GONE, 2, -2),
        (ChangeKind.EDITED, 2, Decimal("1.5")),
    ]
    assert (restatement.change, restatement.rows) == (Decimal("-0.50"), 4)


def test_changes_that_cancel_out_change_no_value_and_are_no_restatement(database, collector):
    collector.connectwise(entries=[collector.entry(1, "1"), collector.entry(2, "2")])
    collector.connectwise(entries=[collector.entry(1, "2"), collector.entry(2, "1")])
    assert ledger(database) == []


def test_a_value_that_a_person_entered_stays_and_is_no_restatement(database, collector):
    collector.connectwise(entries=[collector.entry(1, "1")])
    set_value(database, MARCH, "reactive_time_spent", Decimal(9), by="Kim", now=NOW)
    collector.connectwise(entries=[collector.entry(1, "2")])
    release(database, MARCH, "reactive_time_spent", by="Kim", now=NOW)
    assert ledger(database) == []
    collector.connectwise(entries=[collector.entry(1, "4")])
    [restatement] = ledger(database)
    assert (restatement.old, restatement.new) == (2, 4)


def test_a_value_that_was_handed_back_behind_our_back_is_accounted_for(database, collector):
    collector.connectwise(entries=[collector.entry(1, "1")])
    set_value(database, MARCH, "reactive_time_spent", Decimal(9), by="Kim", now=NOW)
    with database.begin() as connection:
        connection.execute(text("UPDATE qbr_metrics_monthly SET data_source = 'collected'"))
    collector.connectwise(entries=[collector.entry(1, "1.25")])
    [restatement] = ledger(database)
    assert (restatement.old, restatement.new) == (9, Decimal("1.25"))
    assert explained(database, restatement) == [
        (None, "the value 9 hours was entered by hand and replaced by the collected one", None, None, -8),
        ("1", "edited (hours 1.00 → 1.25)", 1, Decimal("1.25"), Decimal("0.25")),
    ]


def test_devices_of_another_snapshot_are_named(database, collector):
    collector.ninja([collector.device(1), collector.device(2)])
    collector.ninja([collector.device(2), collector.device(3), collector.device(4, seat=False)])
    [endpoints] = ledger(database)  # as many seats as before: no restatement of these
    assert (endpoints.metric, endpoints.vendor, endpoints.change) == ("endpoints_managed", Vendor.NINJA, 1)
    assert {row[0]: row[4] for row in explained(database, endpoints)} == {"1": -1, "3": 1, "4": 1}


def test_what_was_not_published_restates_nothing(database, collector):
    collector.ninja([collector.device(1), collector.device(2)])
    assert collector.ninja([collector.device(1)], snapshot_suspect=True).outcome is Outcome.NOTHING
    assert collector.ninja([], snapshot_date=None).outcome is Outcome.NOTHING
    assert ledger(database) == []


def test_a_publication_that_fails_at_its_end_leaves_no_line_in_the_ledger(database, collector, monkeypatch):
    collector.connectwise([collector.ticket(1)])

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the database went away")

    with monkeypatch.context() as broken:
        broken.setattr(publishing, "refresh_month", fail)
        with pytest.raises(RuntimeError, match="went away"):
            collector.connectwise([], run_id="broken")
    assert ledger(database) == []
    collector.publish(Vendor.CONNECTWISE, "broken")
    assert len(ledger(database)) == 1


def test_the_ledger_is_written_once_however_often_a_run_publishes(database, collector):
    collector.connectwise([collector.ticket(1)])
    collector.connectwise([collector.ticket(1), collector.ticket(2)], run_id="again")
    collector.publish(Vendor.CONNECTWISE, "again")
    [restatement] = ledger(database)
    assert database.fetch(restatements_of_run, Vendor.CONNECTWISE, MARCH, "again") == [restatement]
    assert database.fetch(restatements_of_run, Vendor.CONNECTWISE, MARCH, "another") == []
    assert database.fetch(find_restatement, restatement.id) == restatement
    assert database.fetch(find_restatement, restatement.id + 1) is None


def test_a_value_that_comes_and_goes_is_restated_each_time_newest_first(database, collector):
    for count in (1, 2, 1):
        collector.connectwise([collector.ticket(n + 1) for n in range(count)])
    newest, oldest = ledger(database)
    assert [(each.old, each.new) for each in (newest, oldest)] == [(2, 1), (1, 2)]
    assert database.fetch(restatements_page, EVERYTHING, limit=1, offset=1) == ([oldest], 2)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (RestatementFilter(first=MARCH, last=MARCH), 1),
        (RestatementFilter(first=MARCH.next), 0),
        (RestatementFilter(last=JANUARY), 0),
        (RestatementFilter(metric="reactive_tickets_created"), 1),
        (RestatementFilter(metric="reactive_time_spent"), 0),
    ],
)
def test_the_ledger_is_searched_by_month_and_metric(database, collector, wanted, found):
    collector.connectwise([collector.ticket(1)])
    collector.connectwise([])
    assert len(ledger(database, wanted)) == found


@pytest.mark.parametrize("table", ["qbr_restatements", "qbr_restatement_rows"])
@pytest.mark.parametrize("action", ["DELETE FROM {}", "UPDATE {} SET id = id", "TRUNCATE {} CASCADE"])
def test_what_is_in_the_ledger_stays(database, collector, table, action):
    collector.connectwise([collector.ticket(1)])
    collector.connectwise([])
    with pytest.raises(IntegrityError, match="append-only"), database.begin() as connection:
        connection.exec_driver_sql(action.format(table))


# --- what became of rows that are gone


def test_only_a_closed_months_rows_are_looked_for(database, collector):
    collector.now = datetime(2025, 3, 20, 12, tzinfo=UTC)
    collector.connectwise([collector.ticket(1), collector.ticket(2)])
    assert database.fetch(gone_from_closed_month, RowSource.TICKETS, MARCH, {1}) == ()
    collector.now = NOW
    collector.connectwise([collector.ticket(1), collector.ticket(2)])
    assert database.fetch(gone_from_closed_month, RowSource.TICKETS, MARCH, {1}) == (2,)
    assert database.fetch(gone_from_closed_month, RowSource.TICKETS, MARCH, {1, 2, 3}) == ()
    assert database.fetch(gone_from_closed_month, RowSource.TICKETS, JANUARY, {1}) == ()


def test_what_was_looked_up_is_told_in_the_ledger_and_kept_nowhere_else(database, collector):
    collector.connectwise([collector.ticket(1), collector.ticket(2), collector.ticket(3)])
    now = replace(
        collector.ticket(2, created=False),
        board="Projects",
        created_reason="board is Projects",
        closed_reason="board is Projects",
    )
    facts = as_facts(RowSource.TICKETS, [2, 3], [now])
    assert from_facts(RowSource.TICKETS, facts) == {2: now, 3: None}
    collector.stage(RowSource.TICKETS, [collector.ticket(1)], "later", facts=facts)
    collector.stage(RowSource.TIME_ENTRIES, [], "later")
    collector.publish(Vendor.CONNECTWISE, "later")
    [restatement] = ledger(database)
    assert {row[0]: row[1] for row in explained(database, restatement)} == {
        "2": "moved to board Projects",
        "3": "deleted",
    }
    with database.read() as connection:
        kept = connection.execute(
            text("SELECT facts FROM qbr_publications ORDER BY id DESC LIMIT 1")
        ).scalar_one()
    assert kept == {"tickets": {}, "time_entries": {}}
    assert database.fetch(read_values, MARCH)["reactive_tickets_created"].value == 1


def test_a_stage_that_looked_nothing_up_has_no_facts_of_it():
    assert as_facts(RowSource.TICKETS, [], []) == {}
    assert from_facts(RowSource.TICKETS, {}) == {}
