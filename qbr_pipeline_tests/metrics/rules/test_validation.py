from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.derived import derive
from qbr_pipeline.metrics.findings import Finding, Rule, Severity
from qbr_pipeline.metrics.rules.progress import progress
from qbr_pipeline.metrics.rules.validation import (
    absent,
    count_mismatch,
    expected_inputs,
    invalid_values,
    manual_differs,
    parts_differ,
    recount_differs,
    restated,
    unknown_boards,
    unknown_statuses,
    zeros,
)
from qbr_pipeline.periods import Month

OCTOBER = Month(2025, 10)
CHICAGO = ZoneInfo("America/Chicago")
Values = Mapping[str, Decimal]


def sentences(findings: list[Finding]) -> list[str]:
    return [finding.sentence for finding in findings]


# --- values that cannot be


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("-1", "is negative"),
        ("NaN", "is not a number"),
        ("sNaN", "is not a number"),
        ("Infinity", "is infinite"),
        ("-Infinity", "is infinite"),
        ("10000000000", "is beyond the range"),
        ("1e999999", "is beyond the range"),
    ],
)
def test_a_value_that_cannot_be_blocks_its_month(value: str, reason: str) -> None:
    (finding,) = invalid_values(OCTOBER, {"endpoints_managed": Decimal(value)})
    assert (finding.rule, finding.severity, finding.blocks) == (Rule.INVALID_VALUE, Severity.ERROR, True)
    assert f"Endpoints of October 2025 {reason}" in finding.sentence
    assert finding.moves == ("tickets_per_endpoint_per_month", "rhem")


def test_zero_the_largest_value_and_an_absent_one_are_possible() -> None:
    values = {"endpoints_managed": Decimal(0), "mrr": Decimal("9999999999.99"), "orr": None}
    assert invalid_values(OCTOBER, values) == []


def test_only_metrics_that_may_be_negative_are() -> None:
    values = {"nrr": Decimal(-1), "product_sales": Decimal(-1), "net_profit": Decimal(-1), "mrr": Decimal(-1)}
    assert [finding.subject for finding in invalid_values(OCTOBER, values)] == ["mrr"]


def test_a_computed_total_may_follow_its_parts_below_zero_but_nobody_enters_it_so() -> None:
    values = {"total_revenue": Decimal(-5)}
    assert invalid_values(OCTOBER, values) == []
    assert len(invalid_values(OCTOBER, values, manual=["total_revenue"])) == 1


# --- collections that are not whole


def test_rows_that_differ_from_the_sources_own_count_block() -> None:
    assert count_mismatch(OCTOBER, "tickets", 354, 354, 1) == []
    (finding,) = count_mismatch(OCTOBER, "tickets", 1353, 1354, 4)
    assert finding.blocks
    assert finding.sentence == (
        "tickets of October 2025: 1,353 rows were fetched, the source counts 1,354, also after 4 reads. "
        "Nothing was published."
    )


def test_values_that_counting_again_does_not_confirm_block() -> None:
    values = {"reactive_tickets_created": Decimal(354), "reactive_time_spent": Decimal("150.25")}
    assert recount_differs(OCTOBER, values, values) == []
    found = recount_differs(OCTOBER, values, {"reactive_tickets_created": Decimal(353)})
    assert [(finding.subject, finding.expected) for finding in found] == [
        ("reactive_tickets_created", "353"),
        ("reactive_time_spent", "a value"),
    ]
    assert all(finding.blocks for finding in found)
    assert "October 2025: 354 was computed, but counting the stored rows again" in found[0].sentence


def test_a_misspelt_board_blocks_names_the_setting_and_suggests() -> None:
    assert unknown_boards(OCTOBER, ["Help Desk"], ["Help Desk", "Projects"]) == []
    (finding,) = unknown_boards(OCTOBER, ["Help Desk", "help-desk"], ["Help Desk", "Projects"])
    assert (finding.rule, finding.subject, finding.blocks) == (
        Rule.UNKNOWN_BOARD,
        "QBR_REACTIVE_BOARDS",
        True,
    )
    assert finding.sentence == (
        'QBR_REACTIVE_BOARDS names the board "help-desk", which does not exist; did you mean "Help Desk"? '
        "Nothing was published."
    )


def test_a_closed_status_on_none_of_the_boards_blocks() -> None:
    (finding,) = unknown_statuses(OCTOBER, [">Closed", "Shut"], [">Closed", "New"])
    assert (finding.subject, finding.blocks) == ("QBR_CLOSED_STATUSES", True)
    assert '"Shut", which none of the reactive boards has' in finding.sentence


def test_an_unknown_board_where_there_are_none_is_still_a_sentence() -> None:
    assert "does not exist. Nothing was published." in unknown_boards(OCTOBER, ["Help Desk"], [])[0].sentence


# --- zeros


def test_no_ticket_no_endpoint_no_seat_is_flagged(long_after: datetime) -> None:
    values = dict.fromkeys(
        ["reactive_tickets_created", "endpoints_managed", "seats_managed"], Decimal("0.00")
    )
    found = zeros(OCTOBER, values, {}, progress(OCTOBER, long_after, CHICAGO))
    assert [finding.subject for finding in found] == list(values)
    assert {finding.severity for finding in found} == {Severity.WARN}
    assert sentences(found)[1] == "Endpoints: the count for October 2025 is 0"


def test_absent_is_not_zero_and_other_metrics_may_be_zero(long_after: datetime) -> None:
    values = {"lost_mrr": Decimal(0), "new_mrr": Decimal(0)}
    assert zeros(OCTOBER, values, {}, progress(OCTOBER, long_after, CHICAGO)) == []


@pytest.mark.parametrize(
    ("day", "tickets_before", "flagged"),
    [(6, 10_000, False), (7, 10_000, True), (7, 220, True), (7, 219, False), (31, 47, False), (31, 48, True)],
)
def test_no_ticket_in_the_month_in_progress_is_flagged_from_day_7_where_50_were_expected(
    day: int, tickets_before: int, flagged: bool
) -> None:
    # September 2025 has 22 weekdays; by October 7 five have passed, by October 31 23.
    now = datetime(2025, 10, day, 22, 30, tzinfo=CHICAGO)
    before = {"reactive_tickets_created": Decimal(tickets_before)}
    found = zeros(OCTOBER, {"reactive_tickets_created": Decimal(0)}, before, progress(OCTOBER, now, CHICAGO))
    assert bool(found) is flagged


def test_no_ticket_in_progress_after_an_unknown_month_is_not_judged() -> None:
    now = datetime(2025, 10, 20, tzinfo=CHICAGO)
    assert zeros(OCTOBER, {"reactive_tickets_created": Decimal(0)}, {}, progress(OCTOBER, now, CHICAGO)) == []


def test_no_endpoint_is_flagged_from_the_first_night() -> None:
    now = datetime(2025, 10, 1, 22, 30, tzinfo=CHICAGO)
    assert zeros(OCTOBER, {"endpoints_managed": Decimal(0)}, {}, progress(OCTOBER, now, CHICAGO))


# --- restated


@pytest.mark.parametrize(
    ("old", "new", "flagged"),
    [
        ("354", "350", True),  # 1.1 %
        ("400", "396", True),  # exactly 1 %
        ("401", "397", False),  # four tickets, but less than 1 %
        ("50", "49", True),  # exactly one unit
        ("50", "49.01", False),  # more than 1 %, less than one unit
        ("0", "1", True),
        ("0", "0.99", False),
        ("0", "0", False),
        ("10", "0", True),
    ],
)
def test_a_closed_months_value_that_changed_by_one_percent_and_one_unit_is_flagged(
    old: str, new: str, flagged: bool
) -> None:
    before, after = {"reactive_tickets_created": Decimal(old)}, {"reactive_tickets_created": Decimal(new)}
    assert bool(restated(OCTOBER, before, after, was_closed=True)) is flagged
    assert bool(restated(OCTOBER, after, before, was_closed=True)) is (
        flagged or (old, new) == ("401", "397")
    )
    assert restated(OCTOBER, before, after, was_closed=False) == []


def test_a_restatement_tells_old_and_new() -> None:
    (finding,) = restated(
        OCTOBER,
        {"reactive_time_spent": Decimal("150.25")},
        {"reactive_time_spent": Decimal(160)},
        was_closed=True,
    )
    assert finding.sentence == (
        "Time on reactive tickets of October 2025 changed from 150.25 hours to 160 hours (+6.5 %) "
        "after the month was closed"
    )


def test_what_appears_or_is_derived_is_not_restated() -> None:
    assert restated(OCTOBER, {}, {"endpoints_managed": Decimal(5)}, was_closed=True) == []
    assert (
        restated(OCTOBER, {"gross_margin": Decimal(0)}, {"gross_margin": Decimal(5)}, was_closed=True) == []
    )


# --- what people entered


def test_a_manual_value_that_differs_from_what_the_collector_finds_is_flagged_and_stays() -> None:
    manual = {"endpoints_managed": Decimal(600), "seats_managed": Decimal("546.00"), "mrr": Decimal(1)}
    found = {"endpoints_managed": Decimal(594), "seats_managed": Decimal(546)}
    (finding,) = manual_differs(OCTOBER, manual, found)
    assert (finding.subject, finding.value, finding.expected) == ("endpoints_managed", Decimal(600), "594")
    assert finding.sentence == (
        "Endpoints of October 2025: 600 was entered by hand; the collection finds 594. "
        "The entered value stays."
    )


@pytest.mark.parametrize(
    ("entered", "flagged"),
    [("175000", False), ("175000.01", False), ("174999.99", False), ("175000.02", True)],
)
def test_a_total_entered_by_hand_may_be_one_cent_off_its_parts(
    steady: Values, entered: str, flagged: bool
) -> None:
    values = {**steady, "total_revenue": Decimal(entered)}
    assert bool(parts_differ(OCTOBER, values, ["total_revenue"])) is flagged


@pytest.mark.parametrize(("entered", "flagged"), [("0.7714", False), ("0.7715", True), ("0.7713", True)])
def test_a_ratio_entered_by_hand_may_be_off_by_its_rounding(
    steady: Values, entered: str, flagged: bool
) -> None:
    values = {**steady, **derive(steady), "gross_margin": Decimal(entered)}
    assert bool(parts_differ(OCTOBER, values, ["gross_margin"])) is flagged


def test_a_total_without_parts_or_one_that_was_computed_is_not_compared(steady: Values) -> None:
    assert parts_differ(OCTOBER, {"total_revenue": Decimal(1)}, ["total_revenue"]) == []
    assert parts_differ(OCTOBER, {**steady, "total_revenue": Decimal(1)}, []) == []


def test_profit_entered_by_hand_is_compared_with_totals_entered_by_hand() -> None:
    totals = {"total_revenue": Decimal(100), "total_expenses": Decimal(80), "net_profit": Decimal(25)}
    (finding,) = parts_differ(OCTOBER, totals, list(totals))
    assert finding.subject == "net_profit"
    assert "$25 was entered by hand; its parts give $20 (total_revenue - total_expenses)" in finding.sentence


# --- absent inputs


def test_missing_inputs_are_one_finding_after_the_due_day_of_the_next_month(steady: Values) -> None:
    values = {key for key in steady if key not in ("orr", "employees")}
    due = datetime(2025, 11, 11, tzinfo=CHICAGO)
    assert absent(OCTOBER, values, due - timedelta(microseconds=1), 10, CHICAGO) == []
    (finding,) = absent(OCTOBER, values, due, 10, CHICAGO)
    assert finding.rule is Rule.ABSENT
    assert finding.sentence == (
        "2 inputs of October 2025 are missing; they were due by November 10: "
        "Other Recurring Revenue (ORR), Employees"
    )
    assert finding.moves == ("net_profit_pct", "revenue_from_services_pct", "annual_service_rev_per_employee")


def test_a_single_missing_input_is_named_as_the_subject(steady: Values, long_after: datetime) -> None:
    (finding,) = absent(OCTOBER, {key for key in steady if key != "mrr"}, long_after, 10, CHICAGO)
    assert finding.subject == "mrr"
    assert "Monthly Recurring Revenue (MRR) of October 2025 is missing" in finding.sentence


def test_a_complete_month_an_optional_input_and_a_collected_metric_raise_nothing(
    steady: Values, long_after: datetime
) -> None:
    assert "misc_revenue" not in steady
    inputs = {key for key in steady if METRICS[key].vendor.value in ("QuickBooks", "Manual")}
    assert absent(OCTOBER, inputs, long_after, 10, CHICAGO) == []


def test_a_zero_is_not_missing(steady: Values, long_after: datetime) -> None:
    assert absent(OCTOBER, dict.fromkeys(steady, Decimal(0)), long_after, 10, CHICAGO) == []


def test_a_due_day_that_the_next_month_lacks_is_its_last_day() -> None:
    january = Month(2025, 1)
    assert absent(january, {}, datetime(2025, 2, 28, 23, 59, tzinfo=CHICAGO), 31, CHICAGO) == []
    assert len(absent(january, {}, datetime(2025, 3, 1, tzinfo=CHICAGO), 31, CHICAGO)) == 1


def test_parts_of_a_total_entered_by_hand_are_expected_only_where_a_smartnumber_asks_for_them() -> None:
    everything = set(expected_inputs())
    assert everything - set(expected_inputs(["total_revenue"])) == {"orr", "product_sales"}
    assert everything - set(expected_inputs(["total_expenses"])) == {
        *("employee_expense", "owner_comp_taxes", "owner_comp", "product_cogs", "other_expenses")
    }
    assert set(expected_inputs(["gross_margin"])) == everything
    assert len(everything) == 21


# --- all together


@given(
    st.dictionaries(st.sampled_from(list(METRICS)), st.decimals("-9999999999.99", "9999999999.99", places=2)),
    st.dictionaries(st.sampled_from(list(METRICS)), st.decimals("-9999999999.99", "9999999999.99", places=2)),
    st.sets(st.sampled_from(list(METRICS))),
    st.datetimes(datetime(2025, 9, 1), datetime(2025, 12, 1), timezones=st.just(CHICAGO)),  # noqa: DTZ001
)
def test_no_values_in_range_make_a_rule_fail(
    values: Values, others: Values, manual: set[str], now: datetime
) -> None:
    found = [
        *invalid_values(OCTOBER, values, manual),
        *zeros(OCTOBER, values, others, progress(OCTOBER, now, CHICAGO)),
        *restated(OCTOBER, others, values, was_closed=True),
        *manual_differs(OCTOBER, values, others),
        *parts_differ(OCTOBER, values, manual),
        *absent(OCTOBER, values, now, 10, CHICAGO, manual=manual),
    ]
    assert all(finding.sentence and finding.expected and finding.period == OCTOBER for finding in found)
