"""From months to a quarter or a year: each metric by its rule in the catalogue, over the months in which it is present.

What belongs here: sums, averages, last values, ratios of sums, and why there is none. What does not: SmartNumbers,
which use only months that are over (`smartnumbers`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from qbr_pipeline.metrics.absence import Absence, AbsenceCode, missing_inputs
from qbr_pipeline.metrics.catalogue import METRICS, Metric, MetricKind, RollUp
from qbr_pipeline.metrics.derived import DERIVATIONS, compute, required_parts
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.values import QUARTER_INTEGER_DIGITS, fits, quantize
from qbr_pipeline.periods import Month, Quarter

_RATIOS = (RollUp.RATIO_OF_SUMS, RollUp.RATIO_OF_SUM_TO_AVERAGE)


@dataclass(frozen=True, slots=True)
class QuarterValue:
    """A metric of a quarter, rounded as storage keeps it, and the months that made it, oldest first."""

    key: str
    value: Decimal
    months_used: tuple[Month, ...]


def roll_up(quarter: Quarter, facts: Sequence[MonthFacts]) -> dict[str, QuarterValue]:
    """Every metric of `quarter` that its months allow, by key. Months in any order; others are ignored."""
    return roll_up_months([each for each in facts if each.month in quarter.months])


def roll_up_months(facts: Sequence[MonthFacts]) -> dict[str, QuarterValue]:
    """Every metric of these months taken together, by key; months in any order.

    The month in progress takes part. A ratio uses the months in which all its parts are present (a part may
    be a total entered by hand), and is absent when there is none or the divisor is zero. Rules: the
    catalogue.
    """
    months = sorted(facts, key=lambda each: each.month)
    rolled = {}
    for metric in METRICS.values():
        used = [each for each in months if all(part in each.values for part in _needed(metric))]
        if metric.roll_up is RollUp.LAST:
            used = used[-1:]
        exact = _value(metric, used) if used else None
        value = None if exact is None else quantize(exact, metric.unit)
        if value is not None and fits(value, QUARTER_INTEGER_DIGITS):
            rolled[metric.key] = QuarterValue(metric.key, value, tuple(each.month for each in used))
    return rolled


def why_absent(key: str, facts: Sequence[MonthFacts]) -> Absence:
    """Why the metric `key` is absent in a month, or in all of these months taken together; months in any order."""
    metric = METRICS[key]
    if metric.kind is not MetricKind.DERIVED:
        collected = metric.kind is MetricKind.COLLECTED
        return Absence(AbsenceCode.NOT_COLLECTED if collected else AbsenceCode.NOT_ENTERED)
    months = sorted(facts, key=lambda each: each.month)
    parts = required_parts(key)
    used = [each for each in months if all(part in each.values for part in parts)]
    if not used:
        return missing_inputs(parts, months)
    exact = _value(metric, used) if metric.roll_up in _RATIOS else compute(key, used[-1].values)
    return Absence(AbsenceCode.ZERO_DIVISOR if exact is None else AbsenceCode.OUT_OF_RANGE)


def _needed(metric: Metric) -> tuple[str, ...]:
    return required_parts(metric.key) if metric.roll_up in _RATIOS else (metric.key,)


def _value(metric: Metric, used: Sequence[MonthFacts]) -> Fraction | None:
    match metric.roll_up:
        case RollUp.SUM | RollUp.LAST:
            return _sum(metric.key, used)
        case RollUp.AVERAGE:
            return _sum(metric.key, used) / len(used)
        case RollUp.RATIO_OF_SUMS | RollUp.RATIO_OF_SUM_TO_AVERAGE:
            parts = DERIVATIONS[metric.key].names
            averaged = {part for part in parts if METRICS[part].roll_up is RollUp.AVERAGE}
            return compute(
                metric.key,
                {part: _sum(part, used) / (len(used) if part in averaged else 1) for part in parts},
            )


def _sum(key: str, used: Sequence[MonthFacts]) -> Fraction:
    return sum((Fraction(each.values[key]) for each in used if key in each.values), Fraction(0))
