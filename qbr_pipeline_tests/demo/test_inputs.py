from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.demo.inputs import FIRST_MONTH, demo_inputs
from qbr_pipeline.metrics.catalogue import METRICS, MetricKind
from qbr_pipeline.metrics.values import parse_value
from qbr_pipeline.periods import Month

INPUTS = [key for key, metric in METRICS.items() if metric.kind is MetricKind.INPUT]
REVENUE = ("nrr", "mrr", "orr", "product_sales", "misc_revenue")
EXPENSES = ("employee_expense", "owner_comp_taxes", "owner_comp", "product_cogs", "other_expenses")

months = st.integers(0, 120).map(FIRST_MONTH.plus)
seeds = st.integers(0, 5)


def total(month: Month, keys: tuple[str, ...]) -> Decimal:
    values = demo_inputs(month)
    return sum((values[key] for key in keys), Decimal())


@given(months, seeds)
def test_every_input_of_the_catalogue_has_a_value_that_it_accepts(month: Month, seed: int) -> None:
    values = demo_inputs(month, seed)
    assert sorted(values) == sorted(INPUTS)
    for key, value in values.items():
        assert parse_value(value, METRICS[key]) == value


@given(months, seeds)
def test_the_same_month_and_seed_give_the_same_values(month: Month, seed: int) -> None:
    assert demo_inputs(month, seed) == demo_inputs(month, seed)
    assert demo_inputs(month, seed) != demo_inputs(month, seed + 1)


@given(months, seeds)
def test_mrr_and_agreements_follow_from_the_month_before(month: Month, seed: int) -> None:
    before, now = demo_inputs(month, seed), demo_inputs(month.next, seed)
    assert now["mrr"] == before["mrr"] + now["new_mrr"] - now["lost_mrr"]
    assert abs(now["agreements"] - before["agreements"]) <= max(now["new_agreements"], Decimal(1))
    assert now["new_agreements"] <= now["prospects_to_pbr"]


def test_average_expenses_are_those_of_the_twelve_months_of_the_prior_year() -> None:
    prior = [total(month, EXPENSES) for month in Month.span(Month(2024, 1), Month(2024, 12))]
    expected = (sum(prior, Decimal()) / 12).quantize(Decimal("0.01"))
    assert {
        demo_inputs(month)["average_monthly_expenses"]
        for month in Month.span(Month(2025, 1), Month(2025, 12))
    } == {expected}


def test_the_company_looks_like_the_small_msp_of_the_worked_quarter() -> None:
    for month in Month.span(Month(2024, 7), Month(2026, 12)):
        values = demo_inputs(month)
        assert 90_000 < values["mrr"] < 140_000
        assert 30 < values["agreements"] < 45
        assert 150_000 < total(month, REVENUE) < 215_000
        assert -0.05 < 1 - total(month, EXPENSES) / total(month, REVENUE) < 0.25


def test_a_month_before_the_first_is_refused() -> None:
    with pytest.raises(ValueError, match="first month with inputs is 2023-01"):
        demo_inputs(FIRST_MONTH.previous)
