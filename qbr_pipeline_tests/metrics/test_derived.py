from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.metrics.catalogue import METRICS, MetricKind
from qbr_pipeline.metrics.derived import DERIVATIONS, compute, derive, follow, required_inputs
from qbr_pipeline.metrics.formula import Formula
from qbr_pipeline.metrics.values import fits

Values = Mapping[str, Decimal]

anything_in_range = st.dictionaries(
    st.sampled_from(list(METRICS)), st.decimals("-9999999999.99", "9999999999.99", places=2)
)


def test_every_derived_metric_of_an_ordinary_month(steady: Values) -> None:
    assert derive(steady) == {
        "total_revenue": Decimal("175000.00"),
        "total_expenses": Decimal("142000.00"),
        "net_profit": Decimal("33000.00"),
        "cash_reserve_ratio": Decimal("2.0833"),
        "msp_turning_point": Decimal("1.2000"),  # 120,000 / 100,000
        "msp_turning_difference": Decimal("18000.00"),  # 120,000 - 102,000
        "labor_efficiency_ratio": Decimal("1.9286"),  # 135,000 / 70,000
        "gross_margin": Decimal("0.7714"),  # 135,000 / 175,000
        "gross_margin_per_employee": Decimal("15882.35"),  # 135,000 / 8.5
    }


def test_miscellaneous_revenue_counts_when_it_is_there_and_as_nothing_when_not(steady: Values) -> None:
    assert derive({**steady, "misc_revenue": Decimal("0.50")})["total_revenue"] == Decimal("175000.50")
    assert derive(steady)["total_revenue"] == Decimal(175000)


@pytest.mark.parametrize("missing", ["nrr", "mrr", "orr", "product_sales"])
def test_a_total_without_one_of_its_parts_is_absent_and_so_is_what_follows(
    steady: Values, missing: str
) -> None:
    found = derive({key: value for key, value in steady.items() if key != missing})
    assert not {"total_revenue", "net_profit", "gross_margin", "labor_efficiency_ratio"} & set(found)
    assert "total_expenses" in found


def test_a_zero_part_is_not_an_absent_part(steady: Values) -> None:
    assert derive({**steady, "orr": Decimal(0)})["total_revenue"] == Decimal(170000)


def test_a_total_entered_by_hand_wins_and_feeds_what_follows(steady: Values) -> None:
    only_totals = {
        "total_revenue": Decimal(200000),
        "total_expenses": Decimal(150000),
        "product_cogs": Decimal(50000),
    }
    found = derive(only_totals, manual=["total_revenue", "total_expenses"])
    assert found == {"net_profit": Decimal(50000), "gross_margin": Decimal("0.75")}
    beside_parts = derive({**steady, **only_totals}, manual=["total_revenue", "total_expenses"])
    assert "total_revenue" not in beside_parts
    assert beside_parts["net_profit"] == Decimal(50000)


def test_an_old_computed_value_is_computed_anew_not_believed(steady: Values) -> None:
    stale = {**steady, "total_revenue": Decimal(1), "net_profit": Decimal(1)}
    assert derive(stale) == derive(steady)
    assert derive({"total_revenue": Decimal(1), "total_expenses": Decimal(1)}) == {}


def test_division_by_zero_leaves_the_metric_absent(steady: Values) -> None:
    found = derive({**steady, "employees": Decimal(0), "average_monthly_expenses": Decimal(0)})
    assert not {"gross_margin_per_employee", "cash_reserve_ratio"} & set(found)
    assert "gross_margin" in found


def test_a_result_that_the_column_cannot_hold_is_absent() -> None:
    huge = Decimal("9999999999.99")
    found = derive({"nrr": huge, "mrr": huge, "orr": huge, "product_sales": huge})
    assert found == {}


def test_a_margin_may_be_negative(steady: Values) -> None:
    assert derive({**steady, "product_cogs": Decimal(200000)})["gross_margin"] == Decimal("-0.1429")


def test_a_third_is_rounded_once_and_half_up() -> None:
    found = derive({"cash_reserve": Decimal(2), "average_monthly_expenses": Decimal(3)})
    assert found == {"cash_reserve_ratio": Decimal("0.6667")}
    assert compute(
        "cash_reserve_ratio", {"cash_reserve": Fraction(1), "average_monthly_expenses": Fraction(3)}
    ) == (Fraction(1, 3))


def test_required_inputs_reach_through_totals() -> None:
    assert required_inputs("total_revenue") == ("nrr", "mrr", "orr", "product_sales")
    assert required_inputs("gross_margin") == ("nrr", "mrr", "orr", "product_sales", "product_cogs")
    assert len(required_inputs("net_profit")) == 9


def test_what_follows_a_metric_stops_at_a_total_entered_by_hand() -> None:
    assert {"total_revenue", "net_profit", "gross_margin"} < follow(["orr"])
    assert follow(["orr"], manual=["total_revenue"]) == {"orr"}


@given(anything_in_range, st.sets(st.sampled_from(list(DERIVATIONS))))
def test_any_values_in_range_give_exact_storable_results_or_none(values: Values, manual: set[str]) -> None:
    found = derive(values, manual)
    for key, value in found.items():
        metric = METRICS[key]
        assert metric.kind is MetricKind.DERIVED
        assert key not in manual
        assert fits(value)
        assert value.as_tuple().exponent == -metric.unit.decimals
        assert all(part in values or part in found for part in required_inputs(key) if not manual)


@given(anything_in_range, st.randoms(use_true_random=False))
def test_the_order_of_inputs_does_not_matter(values: Values, random: object) -> None:
    keys = list(values)
    random.shuffle(keys)  # type: ignore[attr-defined]
    assert derive({key: values[key] for key in keys}) == derive(values)


def test_a_formula_knows_its_names_once_and_in_order() -> None:
    assert Formula("(nrr + mrr) / nrr * 12 / months").names == ("nrr", "mrr", "months")


@pytest.mark.parametrize("text", ["f(x)", "x ** 2", "1.5 * x", "-x", "x.y", "'x'"])
def test_a_formula_is_the_four_operations_over_names_and_whole_numbers(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        Formula(text).of({"x": Decimal(1)})
