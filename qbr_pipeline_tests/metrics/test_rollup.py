from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.derived import derive
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.rollup import roll_up
from qbr_pipeline.periods import Month, Quarter

Q1 = Quarter(2025, 1)
JANUARY, FEBRUARY, MARCH = Q1.months

any_values = st.dictionaries(
    st.sampled_from(list(METRICS)), st.decimals("-9999999999.99", "9999999999.99", places=2)
)


def month(n: int, values: Mapping[str, object], *, is_over: bool = True) -> MonthFacts:
    return MonthFacts(Month(2025, n), {key: Decimal(str(value)) for key, value in values.items()}, is_over)


@pytest.mark.parametrize(
    ("key", "three", "quarter"),
    [
        ("reactive_tickets_created", (354, 294, 433), "1081.00"),
        ("reactive_time_spent", ("146.46", "138.30", "167.32"), "452.08"),
        ("endpoints_managed", (597, 594, 590), "593.67"),
        ("employees", ("8.5", "8.5", "9.5"), "8.83"),
        ("cash_reserve", (100, 300, 200), "200.00"),
        ("ar_over_90_days", (1, 2, 0), "0.00"),
        ("nrr", (100, -300, 50), "-150.00"),
    ],
)
def test_each_metric_rolls_up_by_its_rule(key: str, three: tuple[object, ...], quarter: str) -> None:
    found = roll_up(Q1, [month(n, {key: value}) for n, value in enumerate(three, 1)])
    assert list(found) == [key]
    assert str(found[key].value) == quarter
    assert found[key].months_used == (
        Q1.months if key not in ("cash_reserve", "ar_over_90_days") else (MARCH,)
    )


def test_an_absent_month_takes_no_part_and_is_not_zero() -> None:
    found = roll_up(
        Q1, [month(1, {"endpoints_managed": 600, "mrr": 10}), month(3, {"endpoints_managed": 500})]
    )
    assert found["endpoints_managed"].value == Decimal(550)
    assert found["endpoints_managed"].months_used == (JANUARY, MARCH)
    assert found["mrr"].months_used == (JANUARY,)
    assert "nrr" not in found


def test_last_is_the_latest_month_that_is_present() -> None:
    found = roll_up(Q1, [month(2, {"cash_reserve": 20}), month(1, {"cash_reserve": 10}), month(3, {})])
    assert (found["cash_reserve"].value, found["cash_reserve"].months_used) == (Decimal(20), (FEBRUARY,))


def test_a_ratio_of_the_quarter_is_the_ratio_of_its_sums() -> None:
    facts = [
        month(1, {"total_revenue": 100, "product_cogs": 50, "gross_margin": "0.5"}),
        month(2, {"total_revenue": 300, "product_cogs": 0, "gross_margin": "1"}),
    ]
    found = roll_up(Q1, facts)["gross_margin"]
    assert (found.value, found.months_used) == (Decimal("0.8750"), (JANUARY, FEBRUARY))


def test_a_ratio_uses_only_months_in_which_all_its_parts_are_present() -> None:
    facts = [
        month(1, {"total_revenue": 100, "product_cogs": 50}),
        month(2, {"total_revenue": 900}),
        month(3, {"product_cogs": 70, "gross_margin": "0.9"}),
    ]
    found = roll_up(Q1, facts)["gross_margin"]
    assert (found.value, found.months_used) == (Decimal("0.5"), (JANUARY,))


def test_gross_margin_per_employee_is_a_sum_over_an_average() -> None:
    facts = [
        month(n, {"total_revenue": 100, "product_cogs": 40, "employees": staff})
        for n, staff in enumerate((8, 9, 10), 1)
    ]
    assert roll_up(Q1, facts)["gross_margin_per_employee"].value == Decimal(20)  # 180 / 9


def test_the_turning_point_is_a_ratio_and_the_difference_a_sum(steady: Mapping[str, Decimal]) -> None:
    values = {**steady, **derive(steady)}
    found = roll_up(Q1, [MonthFacts(each, values, is_over=True) for each in Q1.months])
    assert found["msp_turning_point"].value == Decimal("1.2000")
    assert found["msp_turning_difference"].value == Decimal(54000)
    assert found["cash_reserve_ratio"].value == Decimal("2.0833")
    assert found["net_profit"].value == Decimal(99000)


def test_a_ratio_whose_divisor_is_zero_is_absent() -> None:
    assert "gross_margin" not in roll_up(Q1, [month(1, {"total_revenue": 0, "product_cogs": 0})])


def test_the_month_in_progress_takes_part() -> None:
    found = roll_up(Q1, [month(1, {"new_mrr": 5}), month(2, {"new_mrr": 7}, is_over=False)])
    assert (found["new_mrr"].value, found["new_mrr"].months_used) == (Decimal(12), (JANUARY, FEBRUARY))


def test_months_of_other_quarters_take_no_part() -> None:
    assert roll_up(Q1, [month(4, {"new_mrr": 5})]) == {}


@given(st.lists(any_values, min_size=3, max_size=3), st.permutations([0, 1, 2]))
def test_any_values_in_any_order_give_the_same_storable_quarter(
    values: list[Mapping[str, Decimal]], order: list[int]
) -> None:
    facts = [MonthFacts(Month(2025, n + 1), each, is_over=True) for n, each in enumerate(values)]
    found = roll_up(Q1, facts)
    assert roll_up(Q1, [facts[n] for n in order]) == found
    for key, rolled in found.items():
        assert rolled.months_used
        assert abs(rolled.value) < 10**12
        assert rolled.value.as_tuple().exponent == -METRICS[key].unit.decimals
