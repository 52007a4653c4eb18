"""Every rule of validation, seen to fail as the check of its month in a real run."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from qbr_pipeline.demo.connectwise.rows import TimeEntry
from qbr_pipeline.periods import Month, Quarter

APRIL, MAY = Month(2025, 4), Month(2025, 5)


def failing(company, month=MAY):
    """What fails of a month, the missing inputs left aside."""
    found = company.failing(month)
    found.pop("monthly_metrics.inputs_are_entered", None)
    return found


def quiet(company, *months, tickets=10, devices=20):
    for month in months:
        company.add_work(month, tickets, tickets, "4")
        company.add_snapshot(month.last_day, devices)


def test_a_quiet_month_has_no_findings(company) -> None:
    quiet(company, APRIL, MAY)
    assert company.collect(APRIL).success
    assert company.collect(MAY).success
    assert failing(company) == failing(company, APRIL) == {}


def test_zero_tickets_are_published_and_flagged(company) -> None:
    company.add_snapshot(date(2025, 5, 31), 20)
    assert company.collect(MAY).success
    assert failing(company) == {
        "monthly_metrics.not_zero": "Reactive tickets created: the count for May 2025 is 0\n"
        "Reactive tickets closed: the count for May 2025 is 0\n"
        "Time on reactive tickets: the total for May 2025 is 0"
    }
    assert company.values(MAY)["reactive_tickets_created"] == 0


def test_zero_endpoints_and_seats_are_flagged(company) -> None:
    quiet(company, MAY, devices=0)
    company.add_snapshot(date(2025, 5, 31), 3, node_class="VMWARE_VM_GUEST")
    assert company.collect(MAY).success
    assert failing(company)["monthly_metrics.not_zero"].splitlines() == [
        "Endpoints: the count for May 2025 is 0",
        "Seats: the count for May 2025 is 0",
    ]


def test_a_negative_sum_of_hours_blocks_and_leaves_the_values_of_before(company) -> None:
    quiet(company, MAY)
    assert company.collect(MAY).success
    before, history = company.values(MAY), company.history_rows()
    company.add_work(MAY, 12)
    start = MAY.start(company.database.timezone)
    company.world.entries.put(TimeEntry(1, start, 202525000, Decimal("-50")))
    result = company.collect(MAY)
    assert not result.success
    told = failing(company)["connectwise_time_entries.values_are_valid"]
    assert told.startswith("Time on reactive tickets of May 2025 is negative, which this metric cannot be: -")
    assert (company.values(MAY), company.history_rows()) == (before, history)
    assert "qbr__connectwise_metrics" not in {
        event.step_key for event in result.all_events if event.is_step_success
    }


def test_a_change_by_half_of_a_flow_and_by_a_quarter_of_a_stock_is_flagged(company) -> None:
    quiet(company, APRIL)
    quiet(company, MAY, tickets=15, devices=15)
    assert company.collect(APRIL).success
    assert company.collect(MAY).success
    told = failing(company)["monthly_metrics.change_is_plausible"]
    assert "Reactive tickets created rose from 10 to 15 (+50 %) against April" in told
    assert "Endpoints fell from 20 to 15" in told
    assert set(failing(company)) == {"monthly_metrics.change_is_plausible"}


def test_a_value_unusual_for_its_own_six_months_is_flagged(company) -> None:
    before = list(Month.span(MAY.plus(-6), APRIL))
    quiet(company, MAY, devices=17)
    for month, employees in zip(before, (20, 20, 21, 20, 20, 20), strict=True):
        company.enter(month, employees=employees, endpoints_managed=employees)
    company.enter(MAY, employees=17)
    assert company.collect(MAY).success
    told = failing(company)["monthly_metrics.value_is_usual"]
    assert "Employees of May 2025: 17 is unusual" in told
    assert "Endpoints of May 2025: 17 is unusual" in told


def test_a_closed_month_that_changes_says_so_until_it_holds_still(company) -> None:
    quiet(company, MAY)
    assert company.collect(MAY).success
    company.add_work(MAY, 13)
    assert company.collect(MAY).success
    told = failing(company)["connectwise_metrics.closed_month_is_unchanged"]
    assert "changed from 10 to 13 (+30 %) after the month was closed" in told
    assert company.collect(MAY).success
    assert failing(company) == {}


def test_a_month_without_snapshot_is_flagged_until_a_value_is_published(company) -> None:
    company.add_work(MAY, 5, hours="1")
    assert company.collect(MAY).success
    assert failing(company) == {
        "ninja_devices.snapshot_is_fresh_and_whole": (
            "There is no device snapshot in May 2025: endpoints and seats are unknown"
        )
    }
    company.add_snapshot(date(2025, 5, 31), 20)
    assert company.collect(MAY).success
    company.execute("DELETE FROM device_snapshot")
    assert company.collect(MAY).success
    assert failing(company) == {}
    assert company.values(MAY)["endpoints_managed"] == 20


def test_an_old_snapshot_is_used_and_flagged(company) -> None:
    company.add_work(MAY, 5, hours="1")
    company.add_snapshot(date(2025, 5, 27), 20)
    assert company.collect(MAY).success
    told = failing(company)["ninja_devices.snapshot_is_fresh_and_whole"]
    assert told.startswith("Endpoints and seats of May 2025 come from the device snapshot of 2025-05-27")
    assert company.values(MAY)["endpoints_managed"] == 20


def test_a_half_done_snapshot_is_flagged_and_not_used_while_there_is_a_fuller_one(company) -> None:
    company.add_work(MAY, 5, hours="1")
    company.add_snapshot(date(2025, 5, 30), 20)
    company.add_snapshot(date(2025, 5, 31), 9)
    assert company.collect(MAY).success
    told = failing(company)["ninja_devices.snapshot_is_fresh_and_whole"]
    assert told == (
        "The device snapshot of 2025-05-31 holds 9 devices, less than half of the 20 of 2025-05-30; "
        "it was not used. If the fleet has really shrunk, accept it on Data health or by `qbr accept 2025-05 devices`"
    )
    assert company.values(MAY)["endpoints_managed"] == 20


def test_a_value_by_hand_stays_and_what_the_collection_finds_is_told(company) -> None:
    quiet(company, MAY)
    company.enter(MAY, reactive_tickets_created=12)
    assert company.collect(MAY).success
    told = failing(company)["monthly_metrics.manual_entries_agree"]
    assert told == (
        "Reactive tickets created of May 2025: 12 was entered by hand; the collection finds 10. "
        "The entered value stays."
    )
    assert company.values(MAY)["reactive_tickets_created"] == 12


def set_threshold(company, metric, kind, value):
    company.execute(
        "INSERT INTO qbr_thresholds (organization_id, metric_name, threshold_type, threshold_value) "
        f"VALUES (1, '{metric}', '{kind}', {value})"
    )


def test_a_threshold_that_is_reached_is_flagged_for_metric_smartnumber_and_quarter(company) -> None:
    quiet(company, MAY)
    set_threshold(company, "reactive_tickets_created", "warning", 10)
    set_threshold(company, "endpoints_managed", "critical", 19)
    set_threshold(company, "total_close_pct", "warning", "1.0")
    assert company.collect(MAY).success
    assert company.run("refresh_quarter", Quarter(2025, 2)).success
    assert set(failing(company)) == {
        "monthly_metrics.thresholds_are_kept",
        "monthly_smartnumbers.thresholds_are_kept",
    }
    assert "Endpoints" not in failing(company)["monthly_metrics.thresholds_are_kept"]
    assert set(failing(company, APRIL)) == {
        "quarterly_metrics.thresholds_are_kept",
        "quarterly_smartnumbers.thresholds_are_kept",
    }


def test_inputs_that_are_missing_after_the_due_day_are_one_finding(company) -> None:
    june = Month(2025, 6)
    quiet(company, june)
    company.now = datetime(2025, 7, 11, 4, 59, tzinfo=UTC)  # still the 10th in Chicago
    assert company.collect(june).success
    assert "monthly_metrics.inputs_are_entered" not in company.failing(june)
    company.now = datetime(2025, 7, 11, 5, 0, tzinfo=UTC)
    assert company.collect(june).success
    assert (
        "21 inputs of June 2025 are missing; they were due by July 10: "
        in (company.failing(june)["monthly_metrics.inputs_are_entered"])
    )


def test_a_total_by_hand_that_its_parts_do_not_give_is_flagged(company) -> None:
    quiet(company, MAY)
    parts = {"nrr": 100, "mrr": 200, "orr": 0, "product_sales": 50}
    company.enter(MAY, **parts, total_revenue="350.02")
    assert company.collect(MAY).success
    told = failing(company)["monthly_metrics.totals_match_their_parts"]
    assert "was entered by hand; its parts give" in told
    assert company.values(MAY)["total_revenue"] == Decimal("350.02")
    company.enter(MAY, total_revenue="350.01")
    assert company.run("recompute", MAY).success
    assert failing(company) == {}


@pytest.mark.parametrize(
    ("node_class", "sentence"),
    [
        (
            "TOASTER",
            "The node class of 20 of 20 devices of May 2025 is unknown; they count as endpoints and as seats",
        ),
        (None, "The inventory knows no node class for May 2025"),
    ],
)
def test_a_source_without_node_classes_is_flagged(node_class, sentence, company) -> None:
    company.add_work(MAY, 5, hours="1")
    company.add_snapshot(date(2025, 5, 31), 20, node_class=node_class)
    assert company.collect(MAY).success
    assert company.values(MAY)["endpoints_managed"] == 20
    told = failing(company).get("ninja_devices.node_classes_are_known")
    assert told.startswith(sentence)


def test_devices_of_an_unknown_node_class_are_counted_and_told(company) -> None:
    company.add_work(MAY, 5, hours="1")
    company.add_snapshot(date(2025, 5, 31), 20)
    company.execute("UPDATE device_snapshot SET node_class = NULL WHERE device_identity_id <= 3")
    assert company.collect(MAY).success
    assert company.values(MAY)["seats_managed"] == 20
    assert failing(company)["ninja_devices.node_classes_are_known"] == (
        "The node class of 3 of 20 devices of May 2025 is unknown; they count as endpoints and as seats"
    )


def test_an_excluded_organization_that_has_no_devices_is_flagged(company, environment) -> None:
    environment(QBR_EXCLUDED_ORGANIZATIONS='["Alder Creek Dental", "Gone Ltd"]')
    company.add_work(MAY, 5, hours="1")
    company.add_snapshot(date(2025, 5, 30), 8, organization="Birch Law")
    company.add_snapshot(date(2025, 5, 31), 8, organization="ALDER CREEK DENTAL, LLC")
    assert company.collect(MAY).success
    told = failing(company)["ninja_devices.excluded_organizations_are_found"]
    assert told.startswith('No device of May 2025 belongs to the excluded organization "Gone Ltd"')
    assert company.values(MAY)["endpoints_managed"] == 0


def test_a_rule_that_crashes_fails_its_run_and_is_not_told_as_bad_data(company, monkeypatch) -> None:
    quiet(company, MAY)

    def broken(*_arguments, **_named):
        raise ZeroDivisionError("a bug in the rule")

    monkeypatch.setattr("qbr_pipeline.metrics.rules.validation.zeros", broken)
    assert not company.collect(MAY).success
    assert not any(check == "not_zero" for _, check, _ in company.results())
    assert company.reactive(MAY) == (10, 10, 4)
