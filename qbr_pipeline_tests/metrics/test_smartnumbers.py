from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.metrics.catalogue import METRICS, Better, RollUp
from qbr_pipeline.metrics.derived import derive
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.smartnumbers import (
    SMARTNUMBERS,
    Shown,
    monthly_smartnumbers,
    moved_by,
    quarterly_smartnumbers,
)
from qbr_pipeline.periods import Month, Quarter

Q1 = Quarter(2025, 1)
JANUARY, FEBRUARY, MARCH = Q1.months
Values = Mapping[str, Decimal]

any_values = st.dictionaries(
    st.sampled_from(list(METRICS)), st.decimals("-9999999999.99", "9999999999.99", places=2)
)
# Whole multiples of 8 keep averages of three and doubling exact in the storage's four decimals.
positive_values = st.fixed_dictionaries(
    {key: st.integers(1, 10**6).map(lambda n: Decimal(n * 24)) for key in METRICS}
)


def month(n: int, values: Mapping[str, object], *, is_over: bool = True) -> MonthFacts:
    return MonthFacts(Month(2025, n), {key: Decimal(str(value)) for key, value in values.items()}, is_over)


@pytest.fixture
def worked_quarter() -> list[MonthFacts]:
    """The quarter that was worked out by hand with the agreement on the formulas."""
    columns = {
        "reactive_tickets_created": (354, 294, 433),
        "reactive_tickets_closed": (355, 294, 431),
        "reactive_time_spent": ("146.46", "138.30", "167.32"),
        "endpoints_managed": (597, 594, 591),
        "technical_employees": ("5.5", "5.5", "5.5"),
        "employees": ("8.5", "8.5", "8.5"),
        "net_profit": ("18000.33", "18000.33", "18000.34"),
        "total_revenue": (171829, 171829, 171830),
        "mrr": (109986, 109987, 109987),
        "nrr": (10760, 10760, 10760),
        "seats_managed": (546, 546, 546),
        "agreements": (37, 37, 37),
        "new_mrr": (3000, 0, 1500),
        "lost_mrr": (500, 2000, 2500),
        "telemarketing_dials": (400, 380, 420),
        "first_time_appointments": (8, 6, 10),
        "new_agreements": (1, 0, 2),
    }
    return [month(n, {key: three[n - 1] for key, three in columns.items()}) for n in (1, 2, 3)]


WORKED = {
    "tickets_per_tech_per_month": "65.4545",
    "total_close_pct": "0.9991",
    "tickets_per_endpoint_per_month": "0.6066",
    "rhem": "0.2537",
    "avg_resolution_time": "0.4186",
    "reactive_service_pct": "0.1641",
    "net_profit_pct": "0.1048",
    "revenue_from_services_pct": "0.7027",
    "services_from_mrr_pct": "0.9109",
    "annual_service_rev_per_employee": "170465.8824",
    "annual_service_rev_per_tech": "263447.2727",
    "avg_aisp": "201.4408",
    "avg_mrr_per_agreement": "2972.6126",
    "new_mrr_added": "4500.0000",
    "lost_mrr_churn": "5000.0000",
    "net_mrr_gain": "-500.0000",
    "dials_per_appointment": "50.0000",
    "sales_call_close_pct": "0.1250",
}


@pytest.mark.parametrize(("key", "value"), WORKED.items())
def test_the_quarter_worked_by_hand(worked_quarter: Sequence[MonthFacts], key: str, value: str) -> None:
    found = quarterly_smartnumbers(Q1, worked_quarter)[key]
    assert str(found.value) == value
    assert found.months_used == Q1.months
    assert not found.provisional


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("tickets_per_tech_per_month", "65.45"),
        ("total_close_pct", "99.91 %"),
        ("rhem", "0.2537"),
        ("annual_service_rev_per_employee", "$170,465.88"),
        ("annual_service_rev_per_tech", "$263,447.27"),
        ("avg_aisp", "$201.44"),
        ("avg_mrr_per_agreement", "$2,972.61"),
        ("net_mrr_gain", "-$500.00"),
        ("sales_call_close_pct", "12.50 %"),
    ],
)
def test_it_is_shown_with_the_agreed_decimals(
    worked_quarter: Sequence[MonthFacts], key: str, shown: str
) -> None:
    value = quarterly_smartnumbers(Q1, worked_quarter)[key].value
    assert value is not None
    assert SMARTNUMBERS[key].display(value) == shown


def test_there_are_eighteen_in_order_and_groups() -> None:
    numbers = list(SMARTNUMBERS.values())
    assert [each.number for each in numbers] == list(range(1, 19))
    assert [each.key for each in numbers] == list(WORKED)
    groups = {each.key: each.group.value for each in numbers}
    assert list(groups.values()) == (
        ["Operations"] * 6 + ["Profit"] + ["Revenue"] * 2 + ["Leverage"] * 4 + ["Sales"] * 5
    )


def test_lower_is_better_where_it_was_agreed() -> None:
    assert [each.number for each in SMARTNUMBERS.values() if each.better is Better.LOWER] == [
        1,
        3,
        4,
        5,
        6,
        15,
        17,
    ]


def test_decimals_shown_are_two_for_numbers_1_10_to_17_and_four_else() -> None:
    two = [each.number for each in SMARTNUMBERS.values() if each.decimals == 2]
    assert two == [1, 10, 11, 12, 13, 14, 15, 16, 17]
    assert all(each.decimals == 4 for each in SMARTNUMBERS.values() if each.unit is Shown.PERCENT)


def test_inputs_are_metrics_that_add_up_or_average() -> None:
    for each in SMARTNUMBERS.values():
        assert each.inputs
        assert all(METRICS[key].roll_up in (RollUp.SUM, RollUp.AVERAGE) for key in each.inputs)


def test_one_month_of_a_quarter_is_annualized_not_cut_to_a_third() -> None:
    found = quarterly_smartnumbers(Q1, [month(1, {"mrr": 110250, "nrr": 0, "employees": "8.5"})])
    number = found["annual_service_rev_per_employee"]
    assert number.value == Decimal("155647.0588")
    assert SMARTNUMBERS[number.key].display(number.value) == "$155,647.06"
    assert number.provisional
    assert number.months_used == (JANUARY,)


def test_on_february_2_the_quarters_rhem_is_januarys_not_half_of_it() -> None:
    january = month(1, {"reactive_time_spent": 150, "endpoints_managed": 600})
    february = month(2, {"reactive_time_spent": 4, "endpoints_managed": 610}, is_over=False)
    rhem = quarterly_smartnumbers(Q1, [january, february])["rhem"]
    assert (rhem.value, rhem.months_used, rhem.provisional) == (Decimal("0.25"), (JANUARY,), True)


def test_the_month_in_progress_is_used_only_when_no_month_that_is_over_can_be() -> None:
    january = month(1, {"reactive_time_spent": 150})
    february = month(2, {"reactive_time_spent": 60, "endpoints_managed": 600}, is_over=False)
    rhem = quarterly_smartnumbers(Q1, [january, february])["rhem"]
    assert (rhem.value, rhem.months_used, rhem.provisional) == (Decimal("0.1"), (FEBRUARY,), True)


def test_each_smartnumber_chooses_its_own_months() -> None:
    facts = [
        month(1, {"reactive_time_spent": 150, "endpoints_managed": 600, "reactive_tickets_closed": 300}),
        month(2, {"reactive_time_spent": 120, "reactive_tickets_closed": 300}),
        month(3, {"reactive_time_spent": 90, "endpoints_managed": 400, "reactive_tickets_closed": 300}),
    ]
    found = quarterly_smartnumbers(Q1, facts)
    assert found["rhem"].value == Decimal("0.24")  # 240 / 500 / 2
    assert found["rhem"].months_used == (JANUARY, MARCH)
    assert found["rhem"].provisional
    assert found["avg_resolution_time"].value == Decimal("0.4")
    assert found["avg_resolution_time"].months_used == Q1.months
    assert not found["avg_resolution_time"].provisional


def test_a_quarter_without_a_usable_month_has_no_value_and_says_what_is_missing() -> None:
    rhem = quarterly_smartnumbers(Q1, [month(1, {"reactive_time_spent": 150})])["rhem"]
    assert (rhem.value, rhem.months_used, dict(rhem.inputs)) == (None, (), {})
    assert "2025-01 lacks endpoints_managed" in rhem.method


def test_a_quarter_of_which_nothing_is_known_has_no_values() -> None:
    found = quarterly_smartnumbers(Q1, [])
    assert all(number.value is None and number.months_used == () for number in found.values())
    assert "2025-03 lacks new_mrr" in found["new_mrr_added"].method


def test_months_of_other_quarters_take_no_part(worked_quarter: Sequence[MonthFacts]) -> None:
    stranger = MonthFacts(Month(2025, 4), worked_quarter[0].values, is_over=True)
    assert quarterly_smartnumbers(Q1, [*worked_quarter, stranger]) == quarterly_smartnumbers(
        Q1, worked_quarter
    )


@pytest.mark.parametrize("is_over", [True, False])
def test_a_monthly_value_is_provisional_exactly_while_its_month_is_in_progress(is_over: bool) -> None:
    found = monthly_smartnumbers(month(1, {"new_mrr": 100, "lost_mrr": 40}, is_over=is_over))
    assert found["net_mrr_gain"].value == Decimal(60)
    assert all(number.provisional is not is_over for number in found.values())


def test_division_by_zero_gives_no_value_and_says_so() -> None:
    facts = month(1, {"telemarketing_dials": 400, "first_time_appointments": 0})
    for found in (monthly_smartnumbers(facts), quarterly_smartnumbers(Q1, [facts])):
        number = found["dials_per_appointment"]
        assert number.value is None
        assert "the divisor is zero" in number.method
        assert number.months_used == (JANUARY,)


def test_zero_is_a_value() -> None:
    found = monthly_smartnumbers(month(1, {"reactive_tickets_closed": 0, "reactive_tickets_created": 10}))
    assert found["total_close_pct"].value == 0
    assert found["total_close_pct"].value is not None


def test_the_receipt_holds_formula_inputs_and_months(worked_quarter: Sequence[MonthFacts]) -> None:
    assert quarterly_smartnumbers(Q1, worked_quarter)["rhem"].method == (
        "reactive_time_spent / endpoints_managed / months; reactive_time_spent = 452.08 (sum); "
        "endpoints_managed = 594 (average); months used: 2025-01, 2025-02, 2025-03"
    )


def test_one_input_moves_every_smartnumber_that_follows_from_it() -> None:
    assert moved_by(["orr"]) == ("net_profit_pct", "revenue_from_services_pct")
    assert moved_by(["other_expenses"]) == ("net_profit_pct",)
    assert "net_profit_pct" in moved_by(["nrr"])
    assert moved_by(["orr"], manual=["total_revenue"]) == ()
    assert moved_by(["prospects_to_pbr"]) == ()


@given(any_values, st.booleans())
def test_any_values_in_range_give_four_decimals_or_nothing(values: Values, is_over: bool) -> None:
    facts = MonthFacts(JANUARY, {**values, **derive(values)}, is_over)
    for found in (monthly_smartnumbers(facts), quarterly_smartnumbers(Q1, [facts])):
        assert list(found) == list(SMARTNUMBERS)
        for number in found.values():
            if number.value is not None:
                assert number.value.as_tuple().exponent == -4
                assert abs(number.value) < Decimal(10) ** 16


@given(st.lists(any_values, min_size=3, max_size=3), st.permutations([0, 1, 2]))
def test_the_order_of_months_does_not_matter(values: list[Values], order: list[int]) -> None:
    facts = [MonthFacts(Month(2025, n + 1), each, n < 2) for n, each in enumerate(values)]
    shuffled = [facts[n] for n in order]
    assert quarterly_smartnumbers(Q1, shuffled) == quarterly_smartnumbers(Q1, facts)


@given(any_values)
def test_an_absent_input_never_counts_as_zero(values: Values) -> None:
    found = monthly_smartnumbers(MonthFacts(JANUARY, values, is_over=True))
    for key, number in found.items():
        if any(each not in values for each in SMARTNUMBERS[key].inputs):
            assert number.value is None
            assert number.months_used == ()


@given(st.lists(st.sets(st.sampled_from(list(METRICS))), min_size=3, max_size=3), st.integers(0, 3))
def test_months_used_are_those_over_with_all_inputs_else_the_one_in_progress(
    present: list[set[str]], over: int
) -> None:
    facts = [
        MonthFacts(each, dict.fromkeys(keys, Decimal(1)), is_over=n < over)
        for n, (each, keys) in enumerate(zip(Q1.months, present, strict=True))
    ]
    for key, number in quarterly_smartnumbers(Q1, facts).items():
        able = [each for each in facts if set(SMARTNUMBERS[key].inputs) <= set(each.values)]
        expected = [each.month for each in able if each.is_over]
        if not expected:
            expected = [each.month for each in able if each.month == Q1.months[min(over, 2)]]
        assert list(number.months_used) == expected
        assert number.provisional == (len(expected) < 3 or over < 3)


@given(positive_values)
def test_three_equal_months_give_the_monthly_rate_and_three_times_the_sum(values: Values) -> None:
    monthly = monthly_smartnumbers(MonthFacts(JANUARY, values, is_over=True))
    quarterly = quarterly_smartnumbers(Q1, [MonthFacts(each, values, is_over=True) for each in Q1.months])
    for key, number in SMARTNUMBERS.items():
        one, three = monthly[key].value, quarterly[key].value
        assert one is not None
        assert three is not None
        assert three == (one * 3 if "/" not in number.formula.text else one)


@given(positive_values, st.integers(2, 50))
def test_ratios_of_flows_do_not_depend_on_scale(values: Values, scale: int) -> None:
    scaled = {key: value * scale for key, value in values.items()}
    one = monthly_smartnumbers(MonthFacts(JANUARY, values, is_over=True))
    many = monthly_smartnumbers(MonthFacts(JANUARY, scaled, is_over=True))
    for key in (
        "total_close_pct",
        "avg_resolution_time",
        "net_profit_pct",
        "avg_aisp",
        "dials_per_appointment",
    ):
        assert one[key].value == many[key].value


@given(positive_values)
def test_the_stored_value_is_the_exact_one_rounded_once(values: Values) -> None:
    found = monthly_smartnumbers(MonthFacts(JANUARY, values, is_over=True))["rhem"].value
    assert found is not None
    exact = Fraction(values["reactive_time_spent"]) / Fraction(values["endpoints_managed"])
    assert abs(Fraction(found) - exact) <= Fraction(1, 20_000)
