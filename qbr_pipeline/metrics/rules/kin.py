"""Rules that hold a value against its kin of the same month: they need no history, and speak from the first night.

What belongs here: closings and hours beside the tickets created and closed. What does not: comparisons with other
months (`history`).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.findings import Finding, Rule
from qbr_pipeline.metrics.rules import limits
from qbr_pipeline.metrics.rules.progress import Progress
from qbr_pipeline.metrics.rules.table import found
from qbr_pipeline.metrics.smartnumbers import moved_by
from qbr_pipeline.metrics.values import in_words
from qbr_pipeline.metrics.words import about, period_name, spoken
from qbr_pipeline.periods import Month

_CREATED, _CLOSED, _HOURS = "reactive_tickets_created", "reactive_tickets_closed", "reactive_time_spent"


def implausible(month: Month, values: Mapping[str, Decimal], progress: Progress) -> list[Finding]:
    """Flags closings and hours that are too few for the tickets of their own month.

    Only where enough tickets were created, and in the month in progress from the first day on which flows are tested.
    """
    tested = progress.is_over or progress.day >= limits.FIRST_DAY_OF_FLOWS.whole
    created = Fraction(values.get(_CREATED, 0))
    if not tested or created < limits.LEAST_CREATED.exact:
        return []
    least_closed = created * limits.LEAST_CLOSED.exact
    least_hours = Fraction(values.get(_CLOSED, 0)) * limits.LEAST_MINUTES.exact / 60
    return [
        *_too_few(month, values, _CLOSED, least_closed, f"{limits.LEAST_CLOSED} of the tickets created"),
        *_too_few(month, values, _HOURS, least_hours, f"{limits.LEAST_MINUTES} for each ticket closed"),
    ]


def _too_few(
    month: Month, values: Mapping[str, Decimal], key: str, least: Fraction, in_other_words: str
) -> list[Finding]:
    value, metric = values.get(key), METRICS[key]
    if value is None or value >= least:
        return []
    beside = ", ".join(
        f"{spoken(METRICS[each])[0].lower()}{spoken(METRICS[each])[1:]} {in_words(values[each], METRICS[each].unit)}"
        for each in (_CREATED, _CLOSED)
        if each != key and each in values
    )
    return [
        found(
            Rule.IMPLAUSIBLE,
            key,
            month,
            value,
            expected=f"at least {about(least, metric)}",
            sentence=f"{spoken(metric)} of {period_name(month)}: {in_words(value, metric.unit)} is implausible beside "
            f"{beside}; at least {in_other_words} are to be expected, {about(least, metric)}. "
            "Check what is counted: statuses, boards, and what the API member may read",
            moves=moved_by([key]),
        )
    ]
