from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.metrics.catalogue import METRICS, Unit
from qbr_pipeline.metrics.values import (
    InvalidValueError,
    in_words,
    number,
    parse_value,
    quantize,
    round_half_up,
)

MRR, NRR, RATIO = METRICS["mrr"], METRICS["nrr"], METRICS["gross_margin"]


@pytest.mark.parametrize(
    ("given_value", "stored"),
    [
        ("110250", "110250.00"),
        ("1234.5", "1234.50"),
        (" 7 ", "7.00"),
        (0, "0.00"),
        ("-0", "0.00"),
        (12, "12.00"),
        (Decimal("1e3"), "1000.00"),
        ("1.500", "1.50"),
        ("9999999999.99", "9999999999.99"),
        (Decimal("0e-9999999"), "0.00"),
    ],
)
def test_a_plain_number_is_taken_exactly(given_value: object, stored: str) -> None:
    assert str(parse_value(given_value, MRR)) == stored


@pytest.mark.parametrize(
    ("given_value", "reason"),
    [
        ("", "is blank"),
        ("  ", "is blank"),
        ("abc", "is not a plain number"),
        ("1,234.50", "is not a plain number"),
        ("$5", "is not a plain number"),
        ("1e3", "is not a plain number"),
        ("NaN", "is not a plain number"),
        ("\u0661\u0662", "is not a plain number"),
        (True, "is a bool"),
        (1.5, "is a float"),
        (None, "is not a number"),
        pytest.param([10**5000], "is not a number", id="a list"),
        (Decimal("NaN"), "is not a number"),
        (Decimal("sNaN"), "is not a number"),
        (Decimal("Infinity"), "is infinite"),
        (Decimal("-Infinity"), "is infinite"),
        ("-1", "is negative"),
        ("-0.01", "is negative"),
        ("1.005", "has more than 2 decimals"),
        (Decimal("1e-9999999"), "has more than 2 decimals"),
        ("10000000000", "is beyond the range of the column"),
        pytest.param(10**5000, "is beyond the range of the column", id="a huge int"),
        (Decimal("1e9999999"), "is beyond the range of the column"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(given_value: object, reason: str) -> None:
    with pytest.raises(InvalidValueError, match=reason) as rejected:
        parse_value(given_value, MRR)
    assert str(rejected.value).startswith("Monthly Recurring Revenue (MRR): ")
    assert len(str(rejected.value)) < 250


def test_a_refund_may_make_non_recurring_revenue_negative() -> None:
    assert parse_value("-120.50", NRR) == Decimal("-120.50")


def test_a_ratio_takes_four_decimals() -> None:
    assert parse_value("0.1234", RATIO) == Decimal("0.1234")
    with pytest.raises(InvalidValueError, match="more than 4 decimals"):
        parse_value("0.12345", RATIO)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [("0.005", "0.01"), ("0.0049999", "0.00"), ("-0.005", "-0.01"), ("2.675", "2.68"), ("1.115", "1.12")],
)
def test_halves_are_rounded_away_from_zero(exact: str, rounded: str) -> None:
    assert round_half_up(Decimal(exact), 2) == Decimal(rounded)


@given(st.decimals("-9999999999", "9999999999", places=6), st.integers(0, 5))
def test_rounding_agrees_with_the_decimal_module(value: Decimal, decimals: int) -> None:
    assert round_half_up(value, decimals) == value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


@given(st.fractions(min_value=-(10**10), max_value=10**10), st.sampled_from(list(Unit)))
def test_storage_is_off_by_at_most_half_a_unit_and_rounding_twice_changes_nothing(
    value: Fraction, unit: Unit
) -> None:
    stored = quantize(value, unit)
    assert abs(Fraction(stored) - value) <= Fraction(1, 2 * 10**unit.decimals)
    assert quantize(stored, unit) == stored
    assert stored.as_tuple().exponent == -unit.decimals


@given(st.decimals(0, "9999999999.99", places=2))
def test_every_value_in_the_range_of_the_column_is_taken_as_it_is(value: Decimal) -> None:
    assert parse_value(value, MRR) == parse_value(f"{value:f}", MRR) == value


@given(st.one_of(st.text(max_size=30), st.decimals(), st.integers(), st.booleans(), st.none()))
def test_no_input_raises_anything_but_a_refusal(given_value: object) -> None:
    try:
        value = parse_value(given_value, MRR)
    except InvalidValueError:
        return
    assert 0 <= value < 10**10


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("1234.5", Unit.DOLLARS, "$1,234.50"),
        ("-1200", Unit.DOLLARS, "-$1,200"),
        ("-0.001", Unit.DOLLARS, "$0"),
        ("150.25", Unit.HOURS, "150.25 hours"),
        ("594.00", Unit.COUNT, "594"),
        ("1000000.00", Unit.COUNT, "1,000,000"),
        ("8.50", Unit.COUNT, "8.5"),
        ("0.1234", Unit.RATIO, "0.1234"),
    ],
)
def test_values_read_as_people_write_them(value: str, unit: Unit, text: str) -> None:
    assert in_words(Decimal(value), unit) == text


def test_zeros_that_matter_stay() -> None:
    assert number(Decimal(100)) == "100"
    assert number(Decimal("100"), 0) == "100"
    assert number(Decimal("-0.00001")) == "0"
