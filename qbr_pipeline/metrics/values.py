"""What a valid value of a metric looks like, how it is rounded for storage.

What belongs here: parsing, range, rounding, number formats.
What does not: whether a value is plausible (`validation`, `history`), sentences (`words`).
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import cache

from qbr_pipeline.metrics.catalogue import Metric, Unit

MAX_INTEGER_DIGITS = 10
"""Digits before the decimal point that a monthly metric may have: the column is numeric(14, 4)."""

QUARTER_INTEGER_DIGITS = 12
"""The same for a quarterly metric: the column is numeric(16, 4)."""

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_EXACT = Context(prec=400, rounding=ROUND_HALF_UP)
_MOST_DIGITS = 300  # that a number may have for the quick way, well within the precision of _EXACT


class InvalidValueError(ValueError):
    """A value that a metric cannot hold, in a sentence for a person. `metric`: its key."""

    def __init__(self, metric: str, sentence: str) -> None:
        self.metric = metric
        super().__init__(sentence)


def round_half_up(number: Fraction | Decimal, decimals: int) -> Decimal:
    """`number` with exactly that many decimals, halves away from zero. Exact, and rounded once."""
    if isinstance(number, Decimal) and number.is_finite() and number.adjusted() < _MOST_DIGITS:
        return _EXACT.plus(number.quantize(_step(decimals), context=_EXACT))  # plus: no negative zero
    scaled = Fraction(number) * 10**decimals
    whole, rest = divmod(abs(scaled.numerator), scaled.denominator)
    units = whole + (1 if 2 * rest >= scaled.denominator else 0)
    return Decimal(units if scaled >= 0 else -units).scaleb(-decimals, context=_EXACT)


@cache
def _step(decimals: int) -> Decimal:
    return Decimal(1).scaleb(-decimals)


def quantize(value: Decimal | Fraction, unit: Unit) -> Decimal:
    """`value` as storage keeps it: rounded half up to the unit's decimals."""
    return round_half_up(value, unit.decimals)


def fits(value: Decimal, integer_digits: int = MAX_INTEGER_DIGITS) -> bool:
    """Whether the column can hold `value`: finite, with at most so many digits before the decimal point."""
    return value.is_finite() and -(10**integer_digits) < value < 10**integer_digits


def fault(value: Decimal, *, may_be_negative: bool) -> str | None:
    """What makes `value` impossible for a metric, as the end of a sentence; None when nothing does."""
    if value.is_nan():
        return "is not a number"
    if value.is_infinite():
        return "is infinite"
    if not fits(value):
        return f"is beyond the range of the column ({MAX_INTEGER_DIGITS} digits before the decimal point)"
    if value < 0 and not may_be_negative:
        return "is negative, which this metric cannot be"
    return None


def parse_value(given: object, metric: Metric) -> Decimal:
    """The value that a person or a program gave for `metric`: plain decimal text, an int or a Decimal.

    Raises InvalidValueError for anything else: blank, bool, binary float, NaN, infinity, thousands
    separators, a negative where the catalogue allows none, beyond the column, or with surplus decimals.
    """
    match given:
        case bool() | float():
            raise _rejected(metric, given, f"is a {type(given).__name__}")
        case int():
            if abs(given) >= 10**MAX_INTEGER_DIGITS:  # before it is written out: a huge int is slow to write
                raise InvalidValueError(
                    metric.key,
                    f"{metric.label}: the value is beyond the range of the column "
                    f"({MAX_INTEGER_DIGITS} digits before the decimal point)",
                )
            value = Decimal(given)
        case Decimal():
            value = given
        case str() if _NUMBER.fullmatch(given.strip()):
            value = Decimal(given.strip())
        case str():
            raise _rejected(metric, given, "is not a plain number" if given.strip() else "is blank")
        case _:
            raise _rejected(metric, type(given).__name__, "is not a number")
    reason = fault(value, may_be_negative=metric.may_be_negative)
    if reason is not None:
        raise _rejected(metric, given, reason)
    if value == 0:
        return quantize(Decimal(0), metric.unit)
    absurdly_small = (
        value.adjusted() < -MAX_INTEGER_DIGITS
    )  # 1e-9999999 is short to send and long to compute with
    if absurdly_small or quantize(value, metric.unit) != value:
        raise _rejected(metric, given, f"has more than {metric.unit.decimals} decimals")
    return quantize(value, metric.unit)


def _rejected(metric: Metric, given: object, reason: str) -> InvalidValueError:
    display = str(given)
    display = display if len(display) <= 40 else display[:40] + "…"
    sign = "" if metric.may_be_negative else ", not negative"
    return InvalidValueError(
        metric.key,
        f'{metric.label}: "{display}" {reason}; expected a number such as 1234.5 '
        f"with at most {metric.unit.decimals} decimals{sign}",
    )


def in_words(value: Decimal | Fraction, unit: Unit) -> str:
    """`value` as a person reads it in its unit: `$1,234.50`, `1,234.5 hours`, `594`."""
    if unit is Unit.DOLLARS:
        text = f"{abs(round_half_up(value, 2)):,.2f}".removesuffix(".00")
        return f"-${text}" if value < 0 and text != "0" else f"${text}"
    return f"{number(value)} hours" if unit is Unit.HOURS else number(value)


def number(value: Decimal | Fraction, decimals: int = 4) -> str:
    """`value` with thousands separated and without needless zeros."""
    text = f"{round_half_up(value, decimals):,f}"
    text = text.rstrip("0").removesuffix(".") if "." in text else text
    return "0" if text == "-0" else text
