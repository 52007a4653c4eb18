"""How far a month is: what rules that compare months need to know of the one in progress.

What belongs here: Monday-to-Friday arithmetic. What does not: the wall clock; `now` is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from qbr_pipeline.metrics.rules.limits import FIRST_DAY_OF_FLOWS, LEAST_EXPECTED
from qbr_pipeline.periods import Month


@dataclass(frozen=True, slots=True)
class Progress:
    """A month as it stands: `day` 0 before it begins, its last day when it is over.

    `weekdays` are its Mondays to Fridays up to and including that day.
    """

    month: Month
    is_over: bool
    day: int
    weekdays: int

    def expected(self, before: Decimal) -> Fraction:
        """What a flow of `before` in the month before lets expect by this day; all of it when it is over."""
        if self.is_over:
            return Fraction(before)
        previous = self.month.previous
        return Fraction(before) * self.weekdays / weekdays(previous, previous.last_day.day)

    def flows_are_testable(self, before: Decimal | None) -> bool:
        """Whether zero and change of a flow that was `before` in the month before mean something yet."""
        if self.is_over:
            return True
        enough = before is not None and abs(self.expected(before)) >= LEAST_EXPECTED.exact
        return enough and self.day >= FIRST_DAY_OF_FLOWS.whole


def progress(month: Month, now: datetime, timezone: ZoneInfo) -> Progress:
    """How far `month` is at the aware moment `now`, on the calendar of `timezone`; today counts."""
    today = now.astimezone(timezone).date()
    is_over = month.is_over(now, timezone)
    day = month.last_day.day if is_over else today.day if today >= month.first_day else 0
    return Progress(month, is_over, day, weekdays(month, day))


def weekdays(month: Month, days: int) -> int:
    """How many of the first `days` days of `month` are Mondays to Fridays."""
    return sum((month.first_day + timedelta(days=n)).weekday() < 5 for n in range(days))
