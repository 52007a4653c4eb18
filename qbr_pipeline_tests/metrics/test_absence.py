"""Why a number is absent: as data, never to be read from a sentence."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.metrics.absence import Absence, AbsenceCode, MissingInputs
from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.derived import DERIVATIONS, derive
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.formula import Formula
from qbr_pipeline.metrics.rollup import roll_up, why_absent
from qbr_pipeline.metrics.smartnumbers import explained, smartnumbers_of
from qbr_pipeline.periods import Month, Quarter

Q1 = Quarter(2025, 1)
JANUARY, FEBRUARY, MARCH = Q1.months
INPUTS = [key for key in METRICS if key not in DERIVATIONS]
some_values = st.dictionaries(
    st.sampled_from(INPUTS), st.sampled_from([Decimal(0), Decimal(7), Decimal("9e9")])
)


def facts(month: Month, values: Mapping[str, object], *, is_over: bool = True) -> MonthFacts:
    given = {key: Decimal(str(value)) for key, value in values.items()}
    return MonthFacts(month, given | derive(given), is_over)


@pytest.mark.parametrize(
    ("key", "code", "sentence"),
    [
        ("endpoints_managed", AbsenceCode.NOT_COLLECTED, "It has not been collected."),
        ("mrr", AbsenceCode.NOT_ENTERED, "Nobody has entered it."),
    ],
)
def test_what_comes_from_outside_was_not_collected_or_not_entered(
    key: str, code: AbsenceCode, sentence: str
) -> None:
    absence = why_absent(key, [facts(MARCH, {})])
    assert (absence.code, absence.missing, absence.sentence) == (code, (), sentence)


def test_what_is_computed_names_the_parts_that_are_missing() -> None:
    absence = why_absent("total_revenue", [facts(MARCH, {"nrr": 1, "orr": 2})])
    assert absence == Absence(AbsenceCode.MISSING_INPUTS, (MissingInputs(MARCH, ("mrr", "product_sales")),))
    assert absence.sentence == (
        "It cannot be computed: March 2025 lacks Monthly Recurring Revenue (MRR), Product Sales."
    )


def test_a_divisor_of_zero_and_a_result_that_does_not_fit_are_told_apart() -> None:
    none_in_reserve = facts(MARCH, {"cash_reserve": 5, "average_monthly_expenses": 0})
    assert why_absent("cash_reserve_ratio", [none_in_reserve]).code is AbsenceCode.ZERO_DIVISOR
    huge = facts(MARCH, dict.fromkeys(("nrr", "mrr", "orr", "product_sales"), "9e9"))
    assert why_absent("total_revenue", [huge]).code is AbsenceCode.OUT_OF_RANGE


def test_of_a_quarter_every_month_says_what_it_lacks() -> None:
    absence = why_absent("gross_margin", [facts(FEBRUARY, {"product_cogs": 1}), facts(JANUARY, {})])
    assert absence.missing == (
        MissingInputs(JANUARY, ("total_revenue", "product_cogs")),
        MissingInputs(FEBRUARY, ("total_revenue",)),
    )


def test_a_smartnumber_says_what_its_months_lack_or_that_it_divides_by_zero() -> None:
    months = [facts(JANUARY, {"new_mrr": 4}), facts(FEBRUARY, {"lost_mrr": 2})]
    numbers = smartnumbers_of(Q1, months)
    assert numbers["net_mrr_gain"].absence == Absence(
        AbsenceCode.MISSING_INPUTS,
        (MissingInputs(JANUARY, ("lost_mrr",)), MissingInputs(FEBRUARY, ("new_mrr",))),
    )
    assert numbers["new_mrr_added"].absence is None
    dials = smartnumbers_of(MARCH, [facts(MARCH, {"telemarketing_dials": 9, "first_time_appointments": 0})])
    assert dials["dials_per_appointment"].absence == Absence(AbsenceCode.ZERO_DIVISOR)


@pytest.mark.parametrize(
    ("text", "divides"),
    [("new_mrr - lost_mrr", False), ("mrr / agreements", True), ("2 * (a - b / c)", True)],
)
def test_a_formula_knows_whether_it_divides(text: str, divides: bool) -> None:
    assert Formula(text).divides is divides


def test_what_was_stored_without_a_value_gets_its_reason_back() -> None:
    of_march = [facts(MARCH, {"mrr": 4})]
    numbers = smartnumbers_of(MARCH, of_march)
    stored = {key: type(each)(**{**_fields(each), "absence": None}) for key, each in numbers.items()}
    assert explained(MARCH, stored, of_march) == numbers


def _fields(number: object) -> dict[str, object]:
    return {name: getattr(number, name) for name in type(number).__slots__}  # type: ignore[attr-defined]


@given(first=some_values, second=some_values)
def test_exactly_what_has_no_value_has_a_reason(
    first: Mapping[str, Decimal], second: Mapping[str, Decimal]
) -> None:
    months = [facts(JANUARY, first), facts(FEBRUARY, second, is_over=False)]
    for period in (JANUARY, Q1):
        for number in smartnumbers_of(period, months).values():
            assert (number.value is None) is (number.absence is not None)
    rolled = roll_up(Q1, months)
    for key in METRICS.keys() - rolled.keys():
        absence = why_absent(key, months)
        assert (absence.code is AbsenceCode.MISSING_INPUTS) is bool(absence.missing)
        for each in absence.missing:
            of_month = next(month for month in months if month.month == each.period)
            assert each.names
            assert not of_month.values.keys() & set(each.names)
