"""How numbers, months and metrics read in a sentence for a business owner.

What belongs here: names of metrics and months in sentences, relative changes.
What does not: single values (`values`), pages.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from fractions import Fraction

from qbr_pipeline.metrics.catalogue import METRICS, Metric
from qbr_pipeline.metrics.values import in_words, number, round_half_up
from qbr_pipeline.periods import Month, Period, Quarter

_SPOKEN = {
    "reactive_tickets_created": "Reactive tickets created",
    "reactive_tickets_closed": "Reactive tickets closed",
    "reactive_time_spent": "Time on reactive tickets",
    "endpoints_managed": "Endpoints",
    "seats_managed": "Seats",
    "technical_employees": "Technical employees",
    "agreements": "Managed services agreements",
    "total_revenue": "Total revenue",
    "total_expenses": "Total expenses",
    "mrr": "Monthly recurring revenue",
}


def spoken(metric: Metric) -> str:
    """The name of `metric` at the start of a sentence: `Endpoints`."""
    return _SPOKEN.get(metric.key, metric.label.removeprefix("# of "))


def labels(keys: Iterable[str]) -> str:
    """The labels of several metrics, as a list in a sentence."""
    return ", ".join(METRICS[key].label.removeprefix("# of ") for key in keys)


def month_name(month: Month) -> str:
    """`September`: for sentences whose year is plain from the period they speak of."""
    return calendar.month_name[month.month]


def period_name(period: Period) -> str:
    """`September 2025`, or `Q3 2025` for a quarter."""
    part = f"Q{period.number}" if isinstance(period, Quarter) else month_name(period)
    return f"{part} {period.year}"


def about(value: Fraction, metric: Metric) -> str:
    """A computed value in the unit of `metric`, without decimals that pretend to be exact."""
    return in_words(round_half_up(value, 0 if abs(value) >= 100 else 1), metric.unit)


def percent(change: Fraction) -> str:
    """A relative change: `-52 %`, `+8.3 %` (tenths below ten)."""
    hundredths = change * 100
    text = number(abs(hundredths), 0 if abs(hundredths) >= 10 else 1)
    return f"{'-' if change < 0 and text != '0' else '+'}{text} %"
