"""What the checks of real runs find is kept as findings: also what blocks, and until it is gone."""

from datetime import timedelta
from decimal import Decimal

from qbr_pipeline.demo.connectwise.rows import TimeEntry
from qbr_pipeline.metrics.findings import Severity
from qbr_pipeline.periods import Month
from qbr_pipeline.store.findings.reading import State, events

APRIL, MAY = Month(2025, 4), Month(2025, 5)


def quiet(company, *months, tickets=10, devices=20):
    for month in months:
        company.add_work(month, tickets, tickets, "4")
        company.add_snapshot(month.last_day, devices)


def told(company, month=MAY):
    return {
        (each.scope, each.finding.rule.value, each.finding.subject): each.state.value
        for each in company.findings(month)
    }


def test_quiet_months_leave_nothing(company) -> None:
    quiet(company, APRIL, MAY)
    for month in (APRIL, MAY):
        assert company.collect(month).success
    assert company.findings() == []


def test_a_finding_of_a_night_is_kept_seen_again_the_next_and_resolves_when_it_is_gone(company) -> None:
    quiet(company, APRIL)
    quiet(company, MAY, devices=15)
    first_night = company.now
    for month in (APRIL, MAY):
        assert company.collect(month).success
    finding = next(each for each in company.findings(MAY) if each.finding.subject == "endpoints_managed")
    assert finding.finding.sentence == "Endpoints fell from 20 to 15 (-25 %) against April"
    assert (finding.scope, finding.first_seen, finding.last_seen) == (
        "monthly_metrics",
        first_night,
        first_night,
    )
    company.now += timedelta(days=1)
    assert company.collect(MAY).success
    [again] = [each for each in company.findings(MAY) if each.id == finding.id]
    assert (again.first_seen, again.last_seen, again.state) == (first_night, company.now, State.OPEN)
    company.now += timedelta(days=1)
    company.execute("DELETE FROM device_snapshot WHERE snapshot_date > '2025-05-01'")
    company.add_snapshot(MAY.last_day, 20)
    assert company.collect(MAY).success
    assert told(company)["monthly_metrics", "change", "endpoints_managed"] == "resolved"
    assert told(company)["ninja_metrics", "restated", "endpoints_managed"] == "open"
    assert [each.new_state for each in company.database.fetch(events, finding.id)] == [
        State.OPEN,
        State.RESOLVED,
    ]


def test_what_blocks_is_kept_as_an_error_though_the_run_fails(company) -> None:
    quiet(company, MAY)
    company.world.entries.put(TimeEntry(1, MAY.start(company.database.timezone), 202525000, Decimal(-50)))
    assert not company.collect(MAY).success
    assert told(company) == {("connectwise_time_entries", "invalid_value", "reactive_time_spent"): "open"}
    [found] = company.findings(MAY)
    assert found.finding.severity is Severity.ERROR
    assert "rhem" in found.finding.moves
    company.world.entries.remove(1)
    assert company.collect(MAY).success
    assert set(told(company).values()) == {"resolved"}


def test_a_board_that_does_not_exist_is_one_error_of_each_month(company, environment) -> None:
    environment(QBR_REACTIVE_BOARDS='["Help Dsk"]')
    quiet(company, MAY)
    assert not company.collect(MAY).success
    assert told(company) == {("connectwise_boards", "unknown_board", "QBR_REACTIVE_BOARDS"): "open"}


def test_a_restated_month_is_told_until_it_holds_still(company) -> None:
    quiet(company, MAY)
    assert company.collect(MAY).success
    company.add_work(MAY, 13)
    assert company.collect(MAY).success
    assert told(company)["connectwise_metrics", "restated", "reactive_tickets_created"] == "open"
    assert company.collect(MAY).success
    assert told(company)["connectwise_metrics", "restated", "reactive_tickets_created"] == "resolved"


def test_an_old_snapshot_is_told_by_the_review_of_the_devices(company) -> None:
    company.add_work(MAY, 5, hours="1")
    company.add_snapshot(MAY.last_day - timedelta(days=4), 20)
    assert company.collect(MAY).success
    assert told(company) == {("ninja_devices", "snapshot", "devices"): "open"}
