"""The limits of the rules: each number that decides stands here, once.

What belongs here: the numbers with their units. What does not: limits that people set (thresholds, QBR_INPUTS_DUE_DAY).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class LimitUnit(StrEnum):
    """What a limit is counted in. A share is a fraction: 0.5 is 50 %."""

    SHARE = "share"
    FACTOR = "factor"
    COUNT = "count"
    UNITS = "units"
    DOLLARS = "dollars"
    MONTHS = "months"
    DAYS = "days"
    HOURS = "hours"
    MINUTES = "minutes"
    DAY_OF_MONTH = "day of month"


_DURATIONS = {
    LimitUnit.DAYS: timedelta(days=1),
    LimitUnit.HOURS: timedelta(hours=1),
    LimitUnit.MINUTES: timedelta(minutes=1),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A number that a rule compares with. `description` says with what, as the API and the pages show it."""

    name: str
    value: Decimal
    unit: LimitUnit
    description: str

    @property
    def exact(self) -> Fraction:
        """The number, for exact arithmetic."""
        return Fraction(self.value)

    @property
    def whole(self) -> int:
        """The number of what is counted whole; ValueError when it has decimals."""
        if self.value != self.value.to_integral_value():
            raise ValueError(f"the limit {self.name} is {self.value}; expected a whole number")
        return int(self.value)

    @property
    def duration(self) -> timedelta:
        """The time that days, hours or minutes are; ValueError for a limit in another unit."""
        if self.unit not in _DURATIONS:
            raise ValueError(
                f"the limit {self.name} is counted in {self.unit}; expected days, hours or minutes"
            )
        return _DURATIONS[self.unit] * float(self.value)

    def __str__(self) -> str:
        """As a person reads it: `50 %`, `6 months`, `one unit`, `day 7`, `$0.01`, `2.66`."""
        number = f"{(self.value * 100 if self.unit is LimitUnit.SHARE else self.value).normalize():f}"
        if self.unit in _FORMATS:
            return _FORMATS[self.unit].format(number)
        return f"one {self.unit[:-1]}" if self.value == 1 else f"{number} {self.unit}"


_FORMATS = {
    LimitUnit.SHARE: "{} %",
    LimitUnit.FACTOR: "{}",
    LimitUnit.COUNT: "{}",
    LimitUnit.DOLLARS: "${}",
    LimitUnit.DAY_OF_MONTH: "day {}",
}


def _limit(name: str, value: str, unit: LimitUnit, description: str) -> Limit:
    return Limit(name, Decimal(value), unit, description)


# fmt: off
REREADS = _limit("rereads", "3", LimitUnit.COUNT,
    "How often rows that differ from the source's own count are read again.")

OUTSIDE_ROWS = _limit("outside_rows", "3", LimitUnit.COUNT,
    "Or how many of them, if that is more.")
OUTSIDE_SHARE = _limit("outside_share", "0.01", LimitUnit.SHARE,
    "The share of the rows of an answer that may be dated outside the month that was asked for.")
WITHOUT_HOURS = _limit("without_hours", "0.20", LimitUnit.SHARE,
    "The share of the time entries that count that may hold no hours.")
NOT_FOUND = _limit("not_found", "0.02", LimitUnit.SHARE,
    "The share of the tickets that time entries are charged to that may be missing.")
UNREADABLE = _limit("unreadable", "0.20", LimitUnit.SHARE,
    "The same, above which the security role evidently sees only a part of the tickets.")

FIRST_DAY_OF_FLOWS = _limit("first_day_of_flows", "7", LimitUnit.DAY_OF_MONTH,
    "The day from which a flow of the month in progress is tested.")
LEAST_EXPECTED = _limit("least_expected", "50", LimitUnit.COUNT,
    "The least that must be expected so far for a flow of the month in progress to be tested.")

LOST = _limit("lost", "0.50", LimitUnit.SHARE,
    "The share of its rows of one kind that a closed month may lose in a night before it is held back.")
LOST_ROWS = _limit("lost_rows", "3", LimitUnit.COUNT,
    "How many rows it may lose in any case: a handful may go from a month that has few.")

LEAST_CREATED = _limit("least_created", "30", LimitUnit.COUNT,
    "How many tickets must be created in a month for its closings and hours to be compared with them.")
LEAST_CLOSED = _limit("least_closed", "0.20", LimitUnit.SHARE,
    "The least share of the tickets created in a month that should be closed in it.")
LEAST_MINUTES = _limit("least_minutes", "3", LimitUnit.MINUTES,
    "The least time that should be spent on each closed ticket.")

CHANGE_OF_FLOW = _limit("change_of_flow", "0.50", LimitUnit.SHARE,
    "By how much a flow must change against the month before to be flagged.")
CHANGE_OF_STOCK = _limit("change_of_stock", "0.25", LimitUnit.SHARE,
    "By how much a stock must change against the month before to be flagged.")

BASELINE_MONTHS = _limit("baseline_months", "12", LimitUnit.MONTHS,
    "How far back the history of a month reaches.")
LEAST_BASELINE = _limit("least_baseline", "6", LimitUnit.MONTHS,
    "The least history that shows what is usual: months that are over and have the metric.")
MOVING_RANGES = _limit("moving_ranges", "2.66", LimitUnit.FACTOR,
    "The natural limits of an XmR chart: mean ± this many average moving ranges (Shewhart, Wheeler).")
UNUSUAL_FLOW = _limit("unusual_flow", "0.30", LimitUnit.SHARE,
    "By how much a flow outside its natural limits must differ from the last month of its history.")
UNUSUAL_STOCK = _limit("unusual_stock", "0.10", LimitUnit.SHARE,
    "By how much a stock outside its natural limits must differ from the last month of its history.")

RESTATED_SHARE = _limit("restated_share", "0.01", LimitUnit.SHARE,
    "By how much a published value of a closed month must change to be flagged.")
RESTATED_UNITS = _limit("restated_units", "1", LimitUnit.UNITS,
    "And by how many of its units: tickets, hours, dollars. A change from 0 has no percentage.")

SNAPSHOT_AGE = _limit("snapshot_age", "3", LimitUnit.DAYS,
    "How old the latest device snapshot may be at the end of its month, or today.")
SNAPSHOT_PART = _limit("snapshot_part", "0.50", LimitUnit.SHARE,
    "A snapshot with a smaller share of the devices of the one before it looks incomplete.")

UNSEEN = _limit("unseen", "60", LimitUnit.DAYS,
    "A device that had no contact with NinjaOne for longer still counts, and is told.")

CONSENT_NOT_RENEWED = _limit("consent_not_renewed", "14", LimitUnit.DAYS,
    "How long the consent to read the books must hold without being renewed; each night renews it.")
CONSENT_ENDS = _limit("consent_ends", "60", LimitUnit.DAYS,
    "How long it must hold before a person has to consent again.")

TOTAL_TOLERANCE = _limit("total_tolerance", "0.01", LimitUnit.DOLLARS,
    "By how much a total that was entered by hand may differ from its parts.")
RATIO_TOLERANCE = _limit("ratio_tolerance", "0.00005", LimitUnit.FACTOR,
    "The same for a ratio: half a unit of its fourth decimal, the most that rounding makes.")

SILENCE = _limit("silence", "26", LimitUnit.HOURS,
    "How long there may be no successful collection, or no night: a night and two hours.")
# fmt: on
