from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.metrics.catalogue import METRICS, Watched
from qbr_pipeline.metrics.derived import derive
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.findings import Rule, Severity
from qbr_pipeline.metrics.rules.history import changes, unusual
from qbr_pipeline.metrics.rules.progress import Progress, progress, weekdays
from qbr_pipeline.periods import Month

OCTOBER = Month(2025, 10)
CHICAGO = ZoneInfo("America/Chicago")
OVER = Progress(OCTOBER, is_over=True, day=31, weekdays=23)
Values = Mapping[str, Decimal]


def one(key: str, value: object) -> dict[str, Decimal]:
    return {key: Decimal(str(value))}


def changed(key: str, before: object, now: object, so_far: Progress = OVER) -> bool:
    return bool(changes(OCTOBER, one(key, now), one(key, before), so_far))


def history(key: str, values: Sequence[object], *, is_over: bool = True) -> list[MonthFacts]:
    """`values` of the months that end with September 2025, oldest first."""
    return [
        MonthFacts(OCTOBER.plus(n - len(values)), one(key, value), is_over) for n, value in enumerate(values)
    ]


def is_unusual(key: str, values: Sequence[object], now: object, *, is_over: bool = True) -> bool:
    return bool(unusual(OCTOBER, one(key, now), history(key, values), is_over=is_over))


# --- change


def test_the_sentence_is_one_that_an_owner_understands() -> None:
    (finding,) = changes(OCTOBER, one("endpoints_managed", 288), one("endpoints_managed", 594), OVER)
    assert finding.sentence == "Endpoints fell from 594 to 288 (-52 %) against September"
    assert (finding.rule, finding.severity, finding.value) == (Rule.CHANGE, Severity.WARN, Decimal(288))
    assert finding.expected == "within 25 % of 594"
    assert finding.moves == ("tickets_per_endpoint_per_month", "rhem")


@pytest.mark.parametrize(
    ("key", "before", "now", "flagged"),
    [
        ("reactive_tickets_created", 400, 600, True),  # exactly +50 %
        ("reactive_tickets_created", 400, 599, False),
        ("reactive_tickets_created", 400, 200, True),
        ("reactive_tickets_created", 400, 201, False),
        ("reactive_time_spent", "150.00", "225.00", True),
        ("reactive_time_spent", "150.00", "224.99", False),
        ("endpoints_managed", 400, 500, True),  # exactly +25 %
        ("endpoints_managed", 400, 499, False),
        ("endpoints_managed", 400, 300, True),
        ("endpoints_managed", 400, 301, False),
        ("mrr", 100000, 125000, True),
        ("employees", "8.5", "8.5", False),
        ("endpoints_managed", 0, 0, False),
        ("endpoints_managed", 0, 5, True),
        ("endpoints_managed", 5, 0, True),
    ],
)
def test_a_change_fires_at_fifty_percent_of_a_flow_and_twenty_five_of_a_stock(
    key: str, before: object, now: object, flagged: bool
) -> None:
    assert changed(key, before, now) is flagged


def test_metrics_that_jump_by_nature_and_absent_ones_are_not_compared() -> None:
    for key, metric in METRICS.items():
        assert changed(key, 100, 1000) is (metric.watched is not None)
    assert changes(OCTOBER, one("mrr", 1), {}, OVER) == []
    assert changes(OCTOBER, {}, one("mrr", 1), OVER) == []


def test_a_total_that_moved_only_with_its_part_adds_no_second_finding(steady: Values) -> None:
    before = {**steady, **derive(steady)}
    typo = {**steady, "mrr": steady["mrr"] * 10}
    found = changes(OCTOBER, {**typo, **derive(typo)}, before, OVER)
    assert [finding.subject for finding in found] == ["mrr"]
    assert "net_profit_pct" in found[0].moves


def test_a_total_that_also_moved_for_another_reason_is_flagged_beside_its_part(steady: Values) -> None:
    before = {**steady, **derive(steady)}
    other = {**steady, "mrr": steady["mrr"] * 2, "product_sales": steady["product_sales"] * 4}
    found = changes(OCTOBER, {**other, **derive(other)}, before, OVER)
    assert [finding.subject for finding in found] == ["mrr", "total_revenue"]


def test_a_total_entered_by_hand_stands_for_itself(steady: Values) -> None:
    before = {**steady, "total_revenue": Decimal(100)}
    now = {**steady, "mrr": steady["mrr"] * 2, "total_revenue": Decimal(300)}
    found = changes(OCTOBER, now, before, OVER, manual=["total_revenue"])
    assert [finding.subject for finding in found] == ["mrr", "total_revenue"]


# --- the month in progress


def on(day: int, hour: int = 22) -> Progress:
    return progress(OCTOBER, datetime(2025, 10, day, hour, 30, tzinfo=CHICAGO), CHICAGO)


def test_progress_counts_mondays_to_fridays_of_the_business_time_zone() -> None:
    assert on(1) == Progress(OCTOBER, is_over=False, day=1, weekdays=1)  # a Wednesday
    assert on(5).weekdays == on(4).weekdays == on(3).weekdays == 3
    assert on(31) == Progress(OCTOBER, is_over=False, day=31, weekdays=23)
    assert progress(OCTOBER, datetime(2025, 11, 1, tzinfo=CHICAGO), CHICAGO) == OVER
    assert progress(OCTOBER, datetime(2025, 9, 30, tzinfo=CHICAGO), CHICAGO).day == 0
    assert weekdays(Month(2025, 2), 28) == 20


def test_a_flow_in_progress_is_judged_from_day_7_against_what_was_to_be_expected() -> None:
    # September 2025 has 22 weekdays: 440 tickets are 20 a weekday; 5 of October's have passed on day 7.
    assert not changed("reactive_tickets_created", 440, 10, on(6))
    assert changed("reactive_tickets_created", 440, 50, on(7))
    assert not changed("reactive_tickets_created", 440, 51, on(7))
    assert not changed("reactive_tickets_created", 440, 149, on(7))
    assert changed("reactive_tickets_created", 440, 150, on(7))


def test_a_flow_in_progress_is_judged_only_where_fifty_were_to_be_expected() -> None:
    assert changed("reactive_tickets_created", 220, 0, on(7))
    assert not changed("reactive_tickets_created", 219, 0, on(7))


def test_a_stock_in_progress_is_judged_from_the_first_night_and_not_scaled() -> None:
    assert changed("endpoints_managed", 594, 288, on(1))
    assert not changed("endpoints_managed", 594, 590, on(1))


def test_the_sentence_of_a_flow_in_progress_says_how_far_the_month_is() -> None:
    before, now = one("reactive_tickets_created", 440), one("reactive_tickets_created", 40)
    (finding,) = changes(OCTOBER, now, before, on(7))
    assert finding.sentence == (
        "Reactive tickets created: 40 by October 7, where about 100 were to be expected (-60 %) "
        "after 440 in September"
    )


# --- unusual


ALTERNATING = [100, 110] * 6  # mean 105, moving ranges all 10: limits 105 +/- 26.6


@pytest.mark.parametrize(
    ("now", "flagged"),
    [
        ("78.40", False),
        ("78.39", False),
        ("77.01", False),
        ("77.00", True),
        ("142.99", False),
        ("143.00", True),
    ],
)
def test_a_flow_must_be_outside_its_limits_and_have_moved_by_thirty_percent(now: str, flagged: bool) -> None:
    assert is_unusual("reactive_time_spent", ALTERNATING, now) is flagged


def test_a_step_to_a_new_level_is_unusual_in_the_month_of_the_step_only() -> None:
    assert is_unusual("endpoints_managed", [500] * 12, "560")
    assert not is_unusual("endpoints_managed", [500] * 11 + [560], "560")


@pytest.mark.parametrize(
    ("now", "flagged"), [("78.40", False), ("78.39", True), ("131.60", False), ("131.61", True)]
)
def test_a_stock_at_its_limit_is_inside_and_beyond_it_outside(now: str, flagged: bool) -> None:
    assert is_unusual("endpoints_managed", ALTERNATING, now) is flagged


def test_a_stock_must_have_moved_by_ten_percent() -> None:
    assert is_unusual("endpoints_managed", [100] * 6, 110)
    assert not is_unusual("endpoints_managed", [100] * 6, "109.99")
    assert is_unusual("endpoints_managed", [100] * 6, 90)


def test_six_earlier_months_that_are_over_are_enough_and_five_are_not() -> None:
    assert is_unusual("endpoints_managed", [100] * 6, 200)
    assert not is_unusual("endpoints_managed", [100] * 5, 200)
    running = history("endpoints_managed", [100] * 6)
    running[-1] = MonthFacts(running[-1].month, running[-1].values, is_over=False)
    assert unusual(OCTOBER, one("endpoints_managed", 200), running, is_over=True) == []


def test_the_tested_month_later_ones_and_those_long_ago_are_left_out_of_the_baseline() -> None:
    base = history("endpoints_managed", [100] * 12)
    others = [
        MonthFacts(each, one("endpoints_managed", 100_000), is_over=True)
        for each in (OCTOBER, OCTOBER.next, OCTOBER.plus(-13))
    ]
    now = one("endpoints_managed", 200)
    assert (
        unusual(OCTOBER, now, base + others, is_over=True) == unusual(OCTOBER, now, base, is_over=True) != []
    )


def test_a_flow_in_progress_is_not_judged_and_a_stock_is() -> None:
    assert not is_unusual("reactive_tickets_created", [350] * 12, 10, is_over=False)
    assert is_unusual("reactive_tickets_created", [350] * 12, 10)
    assert is_unusual("endpoints_managed", [594] * 12, 300, is_over=False)


def test_a_history_of_zeros_does_not_divide_by_zero() -> None:
    assert not is_unusual("reactive_tickets_created", [0] * 12, 0)
    assert is_unusual("reactive_tickets_created", [0] * 12, 1)


def test_the_sentence_tells_what_was_to_be_expected() -> None:
    (finding,) = unusual(
        OCTOBER, one("endpoints_managed", 50), history("endpoints_managed", ALTERNATING), is_over=True
    )
    assert finding.rule is Rule.UNUSUAL
    assert finding.expected == "between 78.4 and 132"
    assert finding.sentence == (
        "Endpoints of October 2025: 50 is unusual (-52 %); the 12 months before let about 105 be expected, "
        "between 78.4 and 132"
    )


def test_an_unusual_part_speaks_for_its_total(steady: Values, year_before: list[MonthFacts]) -> None:
    past = [
        MonthFacts(each.month, {**each.values, **derive(each.values)}, is_over=True) for each in year_before
    ]
    typo = {**steady, "mrr": steady["mrr"] * 10}
    found = unusual(OCTOBER, {**typo, **derive(typo)}, past, is_over=True)
    assert [finding.subject for finding in found] == ["mrr"]


def test_an_ordinary_month_raises_nothing(steady: Values, year_before: list[MonthFacts]) -> None:
    past = [
        MonthFacts(each.month, {**each.values, **derive(each.values)}, is_over=True) for each in year_before
    ]
    now = {**steady, **derive(steady)}
    assert changes(OCTOBER, now, past[-1].values, OVER) == []
    assert unusual(OCTOBER, now, past, is_over=True) == []


# --- properties


WATCHED = [key for key, metric in METRICS.items() if metric.watched]
any_values = st.dictionaries(
    st.sampled_from(WATCHED), st.decimals("-9999999999.99", "9999999999.99", places=2)
)


@given(any_values, any_values, st.integers(0, 31), st.booleans())
def test_no_values_in_range_make_change_fail(now: Values, before: Values, day: int, is_over: bool) -> None:
    so_far = Progress(OCTOBER, is_over=is_over, day=day, weekdays=weekdays(OCTOBER, day))
    assert all(finding.sentence for finding in changes(OCTOBER, now, before, so_far))


@given(any_values, st.lists(any_values, max_size=13), st.randoms(use_true_random=False), st.booleans())
def test_the_order_in_which_history_is_given_does_not_matter(
    now: Values, past: list[Values], random: object, is_over: bool
) -> None:
    facts = [MonthFacts(OCTOBER.plus(-1 - n), values, is_over=True) for n, values in enumerate(past)]
    shuffled = list(facts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert unusual(OCTOBER, now, shuffled, is_over=is_over) == unusual(OCTOBER, now, facts, is_over=is_over)


@given(
    st.sampled_from(WATCHED),
    st.lists(st.integers(0, 10**5), min_size=6, max_size=12),
    st.integers(0, 10**5),
    st.integers(2, 1000),
)
def test_whether_a_value_is_unusual_does_not_depend_on_the_scale(
    key: str, past: list[int], now: int, scale: int
) -> None:
    assert is_unusual(key, past, now) == is_unusual(key, [each * scale for each in past], now * scale)


@given(st.sampled_from(WATCHED), st.integers(1, 10**6), st.integers(0, 10**6))
def test_a_change_is_what_its_definition_says(key: str, before: int, now: int) -> None:
    percent = 50 if METRICS[key].watched is Watched.FLOW else 25
    assert changed(key, before, now) == (abs(now - before) * 100 >= percent * before)
