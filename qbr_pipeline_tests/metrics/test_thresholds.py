from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.metrics.catalogue import METRICS, Better
from qbr_pipeline.metrics.findings import Rule, Severity, ThresholdType
from qbr_pipeline.metrics.rules.table import found
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.metrics.thresholds import (
    Threshold,
    ThresholdError,
    ThresholdStatus,
    check_threshold,
    statuses,
    thresholds,
)
from qbr_pipeline.periods import Month, Quarter

OCTOBER = Month(2025, 10)
Q4 = Quarter(2025, 4)
WARNING, CRITICAL = ThresholdType


def limit(name: str, type_: ThresholdType, value: object) -> Threshold:
    return Threshold(name, type_, Decimal(str(value)))


def reached(name: str, value: object, *limits: tuple[ThresholdType, object]) -> str | None:
    """The sentence about `value`, if it reached one of `limits`."""
    found = thresholds(OCTOBER, {name: Decimal(str(value))}, [limit(name, type_, at) for type_, at in limits])
    assert len(found) <= 1
    return found[0].sentence if found else None


@pytest.mark.parametrize(("tickets", "hit"), [(399, False), (400, True), (401, True)])
def test_more_is_bad_where_lower_is_better_and_at_the_limit_counts(tickets: int, hit: bool) -> None:
    assert bool(reached("reactive_tickets_created", tickets, (WARNING, 400))) is hit


@pytest.mark.parametrize(("endpoints", "hit"), [(501, False), (500, True), (499, True)])
def test_less_is_bad_where_higher_is_better_and_at_the_limit_counts(endpoints: int, hit: bool) -> None:
    assert bool(reached("endpoints_managed", endpoints, (WARNING, 500))) is hit


def test_the_critical_threshold_is_told_before_the_warning() -> None:
    limits = ((WARNING, 400), (CRITICAL, 500))
    assert "the critical threshold of 500" in str(reached("reactive_tickets_created", 600, *limits))
    assert "the warning threshold of 400" in str(reached("reactive_tickets_created", 450, *limits))
    assert reached("reactive_tickets_created", 399, *limits) is None


def test_a_finding_says_what_was_reached() -> None:
    (finding,) = thresholds(OCTOBER, {"mrr": Decimal(90000)}, [limit("mrr", WARNING, 100000)])
    assert (finding.rule, finding.severity, finding.value) == (Rule.THRESHOLD, Severity.WARN, Decimal(90000))
    assert finding.expected == "above $100,000"
    assert finding.sentence == (
        "Monthly recurring revenue of October 2025 is $90,000, below the warning threshold of $100,000"
    )


def test_smartnumbers_have_thresholds_as_the_fractions_that_are_stored() -> None:
    assert reached("total_close_pct", "0.8999", (WARNING, "0.9")) == (
        "Total Close % of October 2025 is 89.99 %, below the warning threshold of 90.00 %"
    )
    assert reached("rhem", "0.2", (WARNING, "0.25")) is None


def test_a_quarter_is_called_as_on_the_pages() -> None:
    (finding,) = thresholds(
        Q4, {"total_close_pct": Decimal("0.5")}, [limit("total_close_pct", WARNING, "0.9")]
    )
    assert finding.sentence == "Total Close % of Q4 2025 is 50.00 %, below the warning threshold of 90.00 %"


@pytest.mark.parametrize("type_", ThresholdType)
def test_a_finding_tells_which_threshold_was_reached(type_: ThresholdType) -> None:
    (finding,) = thresholds(OCTOBER, {"mrr": Decimal(90000)}, [limit("mrr", type_, 100000)])
    assert finding.threshold_type is type_
    assert found(Rule.CHANGE, "mrr", OCTOBER, None, expected="", sentence="").threshold_type is None


def test_an_absent_value_and_one_without_threshold_raise_nothing() -> None:
    assert thresholds(OCTOBER, {"mrr": None}, [limit("mrr", WARNING, 1)]) == []
    assert thresholds(OCTOBER, {}, [limit("mrr", WARNING, 1)]) == []
    assert thresholds(OCTOBER, {"mrr": Decimal(0)}, []) == []


def test_zero_reaches_a_threshold_of_zero() -> None:
    assert reached("endpoints_managed", 0, (CRITICAL, 0)) is not None


@pytest.mark.parametrize(
    ("total", "months", "hit"), [(1200, 3, True), (1199, 3, False), (800, 2, True), (799, 2, False)]
)
def test_a_quarterly_sum_is_divided_by_its_months(total: int, months: int, hit: bool) -> None:
    found = thresholds(
        Q4,
        {"reactive_tickets_created": Decimal(total)},
        [limit("reactive_tickets_created", WARNING, 400)],
        months_used={"reactive_tickets_created": Q4.months[:months]},
    )
    assert bool(found) is hit
    assert all("is 400 a month, at the warning threshold of 400" in finding.sentence for finding in found)


def test_a_quarterly_sum_of_unknown_months_is_not_judged() -> None:
    limits = [limit("reactive_tickets_created", WARNING, 1)]
    assert thresholds(Q4, {"reactive_tickets_created": Decimal(9)}, limits) == []


def test_a_quarterly_average_or_ratio_is_compared_as_it_is_and_a_summed_smartnumber_is_not() -> None:
    used = dict.fromkeys(["endpoints_managed", "rhem", "new_mrr_added"], Q4.months)
    values = {"endpoints_managed": Decimal(594), "rhem": Decimal("0.25"), "new_mrr_added": Decimal(3000)}
    limits = [
        limit("endpoints_managed", WARNING, 594),
        limit("rhem", WARNING, "0.25"),
        limit("new_mrr_added", WARNING, 1000),
    ]
    assert len(thresholds(Q4, values, limits, months_used=used)) == 3


def test_what_depends_on_a_flow_waits_until_its_month_is_over() -> None:
    values = {
        **dict.fromkeys(["reactive_tickets_closed", "rhem", "gross_margin"], Decimal(1)),
        **dict.fromkeys(["endpoints_managed", "mrr", "avg_aisp"], Decimal(1)),
    }
    limits = [limit(key, WARNING, 1) for key in values]
    running = thresholds(OCTOBER, values, limits, in_progress=OCTOBER)
    assert [finding.subject for finding in running] == ["endpoints_managed", "mrr", "avg_aisp"]
    assert len(thresholds(OCTOBER, values, limits)) == 6
    before = thresholds(
        Q4, values, limits, months_used=dict.fromkeys(values, (OCTOBER,)), in_progress=OCTOBER.next
    )
    assert len(before) == 6


# --- what may be set


def test_a_threshold_is_kept_under_the_key_of_its_name() -> None:
    assert check_threshold(limit("Total Close %", WARNING, "0.9")).metric_name == "total_close_pct"
    assert check_threshold(limit("MRR", WARNING, 5)).metric_name == "mrr"


@pytest.mark.parametrize("key", [key for key, metric in METRICS.items() if metric.better is Better.NEITHER])
def test_a_metric_of_which_neither_direction_is_better_takes_none(key: str) -> None:
    with pytest.raises(ThresholdError, match="neither more nor less of it is better"):
        check_threshold(limit(key, WARNING, 1))


@pytest.mark.parametrize(
    ("name", "warning", "critical", "allowed"),
    [
        ("reactive_tickets_created", 400, 500, True),
        ("reactive_tickets_created", 500, 500, True),
        ("reactive_tickets_created", 501, 500, False),
        ("total_close_pct", "0.9", "0.8", True),
        ("total_close_pct", "0.8", "0.8", True),
        ("total_close_pct", "0.7", "0.8", False),
    ],
)
def test_a_warning_worse_than_the_critical_is_refused_whichever_comes_second(
    name: str, warning: object, critical: object, allowed: bool
) -> None:
    pair = limit(name, WARNING, warning), limit(name, CRITICAL, critical)
    for new, old in (pair, pair[::-1]):
        if allowed:
            assert check_threshold(new, [old]) == new
        else:
            with pytest.raises(ThresholdError, match="is worse than the critical threshold"):
                check_threshold(new, [old])


def test_a_new_value_replaces_the_old_one_of_its_kind() -> None:
    old = [limit("mrr", WARNING, 100), limit("mrr", CRITICAL, 90), limit("nrr", CRITICAL, 500)]
    assert check_threshold(limit("mrr", WARNING, 95), old).value == 95


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e8", "0.00001", "1e-999999", "1e999999"])
def test_a_value_that_the_column_cannot_hold_is_refused(value: str) -> None:
    with pytest.raises(ThresholdError, match="at most 8 digits before and 4 after"):
        check_threshold(limit("mrr", WARNING, value))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("0.12345", "not 12.345 %"),
        ("0.9700001", "not 97.00001 %"),
        ("1e8", "not 10000000000 %"),
        ("NaN", "not NaN"),
    ],
)
def test_a_percentage_is_refused_as_people_write_it(value: str, told: str) -> None:
    with pytest.raises(
        ThresholdError, match=f"a percentage with at most 10 digits before and 2 after .*{told}$"
    ):
        check_threshold(limit("total_close_pct", WARNING, value))


def test_a_percentage_worse_than_the_critical_one_is_told_as_people_write_it() -> None:
    with pytest.raises(
        ThresholdError, match=r"the warning at 97\.5 % is worse than the critical threshold at 100 %;"
    ):
        check_threshold(
            limit("total_close_pct", WARNING, "0.9750"), [limit("total_close_pct", CRITICAL, "1.0000")]
        )


def test_an_unknown_name_is_refused_with_what_comes_near() -> None:
    with pytest.raises(ThresholdError, match='"endpoints" is not a metric; did you mean "endpoints_managed"'):
        check_threshold(limit("endpoints", WARNING, 1))


JUDGED = [key for key, metric in METRICS.items() if metric.better is not Better.NEITHER] + list(SMARTNUMBERS)


@given(
    st.sampled_from(JUDGED),
    st.decimals("-9999999", "9999999", places=4),
    st.decimals("-9999999", "9999999", places=4),
)
def test_a_value_reaches_its_limit_exactly_when_it_is_as_bad(name: str, value: Decimal, at: Decimal) -> None:
    better = METRICS[name].better if name in METRICS else SMARTNUMBERS[name].better
    as_bad = value <= at if better is Better.HIGHER else value >= at
    assert bool(reached(name, value, (WARNING, at))) is as_bad


# --- the status of a value


@pytest.mark.parametrize(
    ("tickets", "status"), [(399, "ok"), (400, "warning"), (499, "warning"), (500, "critical")]
)
def test_a_status_is_the_worst_threshold_reached(tickets: int, status: str) -> None:
    limits = [
        limit("reactive_tickets_created", WARNING, 400),
        limit("reactive_tickets_created", CRITICAL, 500),
    ]
    values = {"reactive_tickets_created": Decimal(tickets)}
    assert statuses(OCTOBER, values, limits) == {"reactive_tickets_created": ThresholdStatus(status)}


def test_a_status_is_unknown_without_value_or_threshold() -> None:
    limits = [limit("mrr", WARNING, 100)]
    assert statuses(OCTOBER, {"mrr": None, "nrr": Decimal(0)}, limits) == dict.fromkeys(
        ["mrr", "nrr"], ThresholdStatus.UNKNOWN
    )
    assert statuses(OCTOBER, {}, limits) == {}


@pytest.mark.parametrize(
    ("total", "months", "status"),
    [(1200, 3, "warning"), (1199, 3, "ok"), (1199, 2, "warning"), (1, 0, "unknown")],
)
def test_the_status_of_a_quarterly_sum_is_that_of_one_of_its_months(
    total: int, months: int, status: str
) -> None:
    key = "reactive_tickets_created"
    found = statuses(
        Q4, {key: Decimal(total)}, [limit(key, WARNING, 400)], months_used={key: Q4.months[:months]}
    )
    assert found[key] is ThresholdStatus(status)


def test_a_flow_has_no_status_until_its_month_is_over_and_a_stock_has() -> None:
    values = {"reactive_tickets_closed": Decimal(1), "rhem": Decimal(1), "endpoints_managed": Decimal(1)}
    limits = [limit(key, WARNING, 1) for key in values]
    assert statuses(OCTOBER, values, limits, in_progress=OCTOBER) == {
        "reactive_tickets_closed": ThresholdStatus.UNKNOWN,
        "rhem": ThresholdStatus.UNKNOWN,
        "endpoints_managed": ThresholdStatus.WARNING,
    }


@given(
    st.sampled_from(JUDGED),
    st.sampled_from([OCTOBER, Q4]),
    st.decimals("-9999999", "9999999", places=4) | st.none(),
    st.lists(st.tuples(st.sampled_from(ThresholdType), st.decimals("-9999999", "9999999", places=4))),
    st.sampled_from([None, OCTOBER]),
)
def test_a_status_is_bad_exactly_when_there_is_a_finding(
    name: str,
    period: Month | Quarter,
    value: Decimal | None,
    set_: list[tuple[ThresholdType, Decimal]],
    in_progress: Month | None,
) -> None:
    limits = [limit(name, type_, at) for type_, at in set_]
    used = {name: Q4.months}
    findings = thresholds(period, {name: value}, limits, months_used=used, in_progress=in_progress)
    status = statuses(period, {name: value}, limits, months_used=used, in_progress=in_progress)[name]
    assert (status in (ThresholdStatus.WARNING, ThresholdStatus.CRITICAL)) is bool(findings)
    assert all(f"the {status} threshold" in finding.sentence for finding in findings)
