"""Calendar periods: months and quarters, and the moments at which they begin and end.

What belongs here: every piece of time zone arithmetic of the project.
What does not: the wall clock. No function here asks what time it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)
_YEARS = range(1900, 3000)


class PeriodError(ValueError):
    """A text that names no month or quarter, or two that are no range; its message is a sentence for a person."""


def _aware(moment: datetime) -> datetime:
    if moment.utcoffset() is None:  # astimezone() would take it for the machine's own time
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment


def local(moment: datetime | None, timezone: ZoneInfo) -> datetime | None:
    """An aware `moment` on the clocks of `timezone`; None for none, and for one that no calendar there has.

    Some programs say "none" by the first or the last moment of the calendar, which other zones do not reach.
    """
    try:
        return None if moment is None else _aware(moment).astimezone(timezone)
    except OverflowError:
        return None


def moment_of(day: date, at: time, timezone: ZoneInfo) -> datetime:
    """When the clocks of `timezone` show the time `at` on that day, in UTC, as Dagster's schedules have it.

    A time that comes twice is the second one; one that is skipped is the moment at which the clocks are put forward.
    """
    second = datetime.combine(day, at.replace(fold=1), timezone).astimezone(UTC)
    if second.astimezone(timezone).time() == at:
        return second
    return datetime.combine(day, time(at.hour), timezone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open stretch of time: `start` belongs to it, `end` does not. Both are aware and in UTC."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def until(self, moment: datetime) -> Window:
        """The part of this window that lies before an aware `moment`; empty when none does."""
        return Window(self.start, max(self.start, min(self.end, _aware(moment).astimezone(UTC))))


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, written `2025-03`."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1 <= self.year <= 9999 and 1 <= self.month <= 12):
            raise PeriodError(f"there is no month {self.month} of the year {self.year}")

    @classmethod
    def parse(cls, text: str) -> Month:
        """The month that `text` names, such as `2025-03`; PeriodError for anything else."""
        match = _MONTH.fullmatch(text)
        if match is None or int(match[1]) not in _YEARS:
            raise PeriodError(f'"{text[:40]}" is not a month: expected YYYY-MM, such as 2025-03')
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, moment: datetime, timezone: ZoneInfo) -> Month:
        """The month that an aware `moment` falls into on the calendar of `timezone`."""
        local = _aware(moment).astimezone(timezone)
        return cls(local.year, local.month)

    @classmethod
    def span(cls, first: Month, last: Month) -> Iterator[Month]:
        """Every month from `first` to `last`, both included, oldest first; none when `last` is earlier."""
        return (first.plus(n) for n in range(last._ordinal - first._ordinal + 1))

    @property
    def _ordinal(self) -> int:
        return self.year * 12 + self.month - 1

    def plus(self, months: int) -> Month:
        """The month that many months later, or earlier when negative."""
        year, index = divmod(self._ordinal + months, 12)
        return Month(year, index + 1)

    @property
    def next(self) -> Month:
        """The month after this one."""
        return self.plus(1)

    @property
    def previous(self) -> Month:
        """The month before this one."""
        return self.plus(-1)

    @property
    def quarter(self) -> Quarter:
        """The quarter that this month is part of."""
        return Quarter(self.year, (self.month + 2) // 3)

    @property
    def first_day(self) -> date:
        """The 1st."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The 28th to 31st."""
        return self.next.first_day - timedelta(days=1)

    def start(self, timezone: ZoneInfo) -> datetime:
        """The 1st at 00:00 in `timezone`, in UTC."""
        return datetime(self.year, self.month, 1, tzinfo=timezone).astimezone(UTC)

    def end(self, timezone: ZoneInfo) -> datetime:
        """The 1st of the next month at 00:00 in `timezone`, in UTC: the first moment after this month."""
        return self.next.start(timezone)

    def window(self, timezone: ZoneInfo) -> Window:
        """This month in `timezone` as a half-open window in UTC."""
        return Window(self.start(timezone), self.end(timezone))

    def is_over(self, moment: datetime, timezone: ZoneInfo) -> bool:
        """Whether this month's end has come in `timezone` at the aware `moment`."""
        return moment >= self.end(timezone)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"


EARLIEST_MONTH = Month(_YEARS.start, 1)
"""The first month that a text can name."""

FIRST_RECORDED_MONTH = Month(2000, 1)
"""The first month that values can be entered for or collected: earlier ones are slips of the pen."""


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A calendar quarter, written `2025-Q1`: January to March is Q1."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (1 <= self.year <= 9999 and 1 <= self.number <= 4):
            raise PeriodError(f"there is no quarter {self.number} of the year {self.year}")

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """The quarter that `text` names, such as `2025-Q1`; PeriodError for anything else."""
        match = _QUARTER.fullmatch(text)
        if match is None or int(match[1]) not in _YEARS:
            raise PeriodError(f'"{text[:40]}" is not a quarter: expected YYYY-Qn, such as 2025-Q1')
        return cls(int(match[1]), int(match[2]))

    @property
    def months(self) -> tuple[Month, Month, Month]:
        """The three months of this quarter, oldest first."""
        first = Month(self.year, self.number * 3 - 2)
        return first, first.plus(1), first.plus(2)

    @property
    def next(self) -> Quarter:
        """The quarter after this one."""
        return self.months[2].next.quarter

    @property
    def previous(self) -> Quarter:
        """The quarter before this one."""
        return self.months[0].previous.quarter

    def __str__(self) -> str:
        return f"{self.year:04}-Q{self.number}"


Period = Month | Quarter


def span(first: Period, last: Period) -> list[Period]:
    """Every month, or every quarter, from `first` to `last`, both included; PeriodError when that is no range."""
    if isinstance(first, Month) and isinstance(last, Month) and first <= last:
        return list(Month.span(first, last))
    if isinstance(first, Quarter) and isinstance(last, Quarter) and first <= last:
        return list(dict.fromkeys(month.quarter for month in Month.span(first.months[0], last.months[2])))
    raise PeriodError(
        f"{first} to {last}: expected two months or two quarters, the older one first, such as 2025-01 to 2025-12"
    )


def parse_period(text: str) -> Period:
    """The month or quarter that `text` names; PeriodError for anything else."""
    for kind in (Month, Quarter):
        try:
            return kind.parse(text)
        except PeriodError:
            continue
    raise PeriodError(
        f'"{text[:40]}" is not a period: expected a month such as 2025-03 or a quarter such as 2025-Q1'
    )
