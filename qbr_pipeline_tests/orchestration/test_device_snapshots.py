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
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.store.reading import read_smartnumbers
from qbr_pipeline.store.restatements.ledger import RestatementFilter, explanation, restatements_page

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


def switches(company, day: date, pcs: int = 8, number: int = 2) -> None:
    """A night of `pcs` workstations, the last `number` of which are switches instead."""
    company.add_snapshot(day, pcs)
    company.execute(
        f"UPDATE device_snapshot SET node_class = 'NMS_SWITCH' WHERE snapshot_date = '{day}' "
        f"AND device_identity_id > {pcs - number}"
    )


def test_a_changed_table_of_classes_changes_a_closed_month_when_a_person_names_it(
    company, environment
) -> None:
    company.add_work(MAY, 5, hours="1")
    switches(company, MAY.last_day)
    company.collect_in_foreground(MAY, rolling=True)
    assert devices(company) == (6, 6)
    environment(QBR_DEVICE_CLASSES='{"NMS_SWITCH": "endpoint"}')
    company.collect_in_foreground(MAY, rolling=True)
    assert devices(company) == (6, 6)
    company.collect_in_foreground(MAY)
    assert devices(company) == (8, 6)
    ((restated,), _) = company.database.fetch(restatements_page, RestatementFilter(), limit=10)
    assert restated.rule_change == (
        "devices are counted by the table of node classes and QBR_DEVICE_CLASSES (NMS_SWITCH as endpoint), from the "
        "latest snapshot of the same month; before: by the table of node classes, from the latest snapshot of the "
        "same month"
    )
    effects = company.database.fetch(explanation, restated.id)
    assert {each.cause for each in effects} == {
        "classified differently: node class NMS_SWITCH does not count → node class NMS_SWITCH, endpoint by "
        "QBR_DEVICE_CLASSES"
    }
    assert "counted by the table of node classes and QBR_DEVICE_CLASSES (NMS_SWITCH as endpoint)" in (
        company.database.fetch(read_smartnumbers, MAY)["tickets_per_endpoint_per_month"].method
    )
    environment(QBR_DEVICE_CLASSES="{}")
    company.collect_in_foreground(MAY, rolling=True)
    assert devices(company) == (8, 6)


def test_a_month_that_was_closed_before_there_was_a_table_keeps_its_number(company) -> None:
    company.add_work(MAY, 5, hours="1")
    switches(company, MAY.last_day)
    company.collect(MAY)
    company.execute("UPDATE qbr_publications SET facts = facts #- '{devices,rule}'")
    company.collect_in_foreground(MAY, rolling=True)
    assert devices(company) == (8, 6)
    company.collect_in_foreground(MAY)
    assert devices(company) == (6, 6)


def test_a_class_that_does_not_count_is_told_once_for_all_months_with_its_newest_number(company) -> None:
    for month in (MAY, JUNE):
        company.add_work(month, 5, hours="1")
    switches(company, MAY.last_day)
    switches(company, JUNE.last_day, number=3)
    for month in (MAY, JUNE):
        company.collect(month)
    (found,) = [each for each in company.findings() if each.finding.rule is Rule.CLASS_NOT_COUNTED]
    assert found.finding.sentence.startswith("3 devices of June 2025 are of the node class NMS_SWITCH")
    assert set(found.by_month) == {MAY, JUNE}


def test_a_month_may_be_counted_from_the_latest_snapshot_of_the_month_before(company, environment) -> None:
    company.add_work(JUNE, 5, hours="1")
    company.add_snapshot(MAY.last_day, 60)
    company.add_snapshot(JUNE.last_day, 70)
    environment(QBR_DEVICE_MONTH="previous")
    company.collect(JUNE)
    assert devices(company, JUNE) == (60, 60)
    assert company.database.fetch(current_publication, Vendor.NINJA, JUNE).snapshot_date == MAY.last_day
    assert "snapshot of the month before it" in (
        company.database.fetch(read_smartnumbers, JUNE)["tickets_per_endpoint_per_month"].method
    )
    assert "ninja_devices.snapshot_is_fresh_and_whole" not in company.failing(JUNE)


def test_devices_that_share_a_name_are_told(company) -> None:
    company.add_work(MAY, 5, hours="1")
    company.add_snapshot(MAY.last_day, 8)
    company.execute("UPDATE device_snapshot SET display_name = 'PC-1' WHERE device_identity_id <= 3")
    company.collect(MAY)
    told = company.failing(MAY)["ninja_devices.devices_are_single"]
    assert told.endswith('"PC-1" of Alder Creek Dental (N-1, N-2, N-3)')
    assert devices(company) == (8, 8)
