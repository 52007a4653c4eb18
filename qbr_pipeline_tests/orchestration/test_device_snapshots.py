"""Device snapshots from night to night: faults that last, fleets that really shrink, rules that change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.metrics.findings import Rule
from qbr_pipeline.periods import Month
from qbr_pipeline.store.findings.decisions import Decision, FindingKey, accept
from qbr_pipeline.store.findings.reading import State
from qbr_pipeline.store.restatements.ledger import RestatementFilter, restatements_page

MAY, JUNE = Month(2025, 5), Month(2025, 6)


def devices(company, month=MAY) -> tuple[Decimal, Decimal]:
    values = company.values(month)
    return values["endpoints_managed"], values["seats_managed"]


def night(company, day: date, count: int, *months: Month) -> None:
    """One night of the inventory's fill, and the collection after it."""
    company.now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(hours=15, minutes=30)
    company.add_snapshot(day, count)
    for month in months:
        company.collect(month)


def snapshot_findings(company, month):
    return [each for each in company.findings(month) if each.finding.rule is Rule.SNAPSHOT]


@pytest.mark.parametrize("truncated", [(10, 10), (10, 10, 10), (10, 20, 28)], ids=["two", "three", "stairs"])
def test_nights_that_fill_too_little_change_no_closed_month(truncated, company) -> None:
    last = MAY.last_day
    for back, count in enumerate(reversed(truncated)):
        company.add_snapshot(last - timedelta(back), count)
    company.add_snapshot(last - timedelta(len(truncated)), 60)
    night(company, date(2025, 6, 1), 61, MAY)
    assert devices(company) == (60, 60)
    company.execute(
        "DELETE FROM device_snapshot WHERE snapshot_date < '2025-05-31' OR snapshot_date = '2025-06-01'"
    )
    for day in (2, 3):
        night(company, date(2025, 6, day), 12, MAY)
        assert devices(company) == (60, 60)
    (found,) = snapshot_findings(company, MAY)
    assert "less than half of the 60 of" in found.finding.sentence


def test_a_fleet_that_shrinks_and_stays_is_taken_after_a_person_accepts_it(company) -> None:
    company.add_work(MAY, 5, hours="1")
    company.add_snapshot(date(2025, 5, 28), 60)
    night(company, date(2025, 5, 29), 60, MAY)
    for day in (30, 31):
        night(company, date(2025, 5, day), 24, MAY)
    night(company, date(2025, 6, 1), 24, MAY, JUNE)
    assert (devices(company), devices(company, JUNE)) == ((60, 60), (24, 24))
    (found,) = snapshot_findings(company, MAY)
    assert "from 2025-05-30 to 2025-05-31" in found.finding.sentence
    assert "`qbr accept 2025-05 devices`" in found.finding.sentence
    key = FindingKey("devices", MAY, Rule.SNAPSHOT)
    accept(company.database, key, Decision("Ann", company.now, "the hospital left us"))
    night(company, date(2025, 6, 2), 25, MAY, JUNE)
    assert (devices(company), devices(company, JUNE)) == ((24, 24), (25, 25))
    assert {each.state for each in snapshot_findings(company, MAY)} == {State.RESOLVED}
    ledger, _ = company.database.fetch(restatements_page, RestatementFilter(), limit=10)
    assert {(each.vendor, each.old, each.new, each.accepted_by, each.accepted_why) for each in ledger} == {
        (Vendor.NINJA, Decimal(60), Decimal(24), "Ann", "the hospital left us")
    }
    night(company, date(2025, 6, 3), 11, JUNE)
    assert devices(company, JUNE) == (25, 25)


def test_accepting_a_later_night_accepts_the_ones_before_it_that_were_held_back(company) -> None:
    company.add_snapshot(date(2025, 5, 30), 60)
    company.add_snapshot(date(2025, 5, 31), 24)
    night(company, date(2025, 6, 1), 24, MAY, JUNE)
    accept(
        company.database,
        FindingKey("devices", JUNE, Rule.SNAPSHOT),
        Decision("Ann", company.now, "they left"),
    )
    night(company, date(2025, 6, 2), 24, MAY, JUNE)
    assert (devices(company), devices(company, JUNE)) == ((24, 24), (24, 24))
    assert {each.state for month in (MAY, JUNE) for each in snapshot_findings(company, month)} == {
        State.RESOLVED
    }
