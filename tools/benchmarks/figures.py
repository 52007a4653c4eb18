"""What the measurements of a benchmark come to. Pure: no processes, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from qbr_pipeline.periods import Month

PAGE = 1000
"""The most rows that ConnectWise sends in one answer."""

ALLOWANCE = 12
"""Requests a month that may come on top of the pages: counts, boards, statuses, codebase, empty last pages."""


def floor_of_pages(entered: int, closed: int, entries: int) -> int:
    """The fewest requests that can read so many tickets entered, tickets closed and time entries.

    Source: 3-connectwise-api, "What to read, and what it costs": each of the three is a list of its own, read in
    pages of 1,000.
    """
    return sum(-(-rows // PAGE) for rows in (entered, closed, entries))


@dataclass(frozen=True, slots=True)
class MonthRead:
    """What the run of one month read and how long it took.

    `seconds` from the start of its process's work to its end; `waited` is the part of it spent waiting for ConnectWise.
    """

    month: Month
    entered: int
    closed: int
    entries: int
    devices: int
    requests: int
    seconds: float
    waited: float

    @property
    def floor(self) -> int:
        """The fewest requests that could have read it."""
        return floor_of_pages(self.entered, self.closed, self.entries)


@dataclass(frozen=True, slots=True)
class Usage:
    """What the processes of one role used: the largest resident set of any of them in bytes, and their CPU seconds."""

    peak: int
    cpu: float
    processes: int


POSTGRES = "PostgreSQL"


def _cpu(usage: Mapping[str, Usage]) -> float:
    return sum(used.cpu for role, used in usage.items() if role != POSTGRES)


@dataclass(frozen=True, slots=True)
class Floor:
    """A night of the same assets with nothing in them, which is what Dagster costs; `seconds` as of a `Night`."""

    seconds: float
    usage: Mapping[str, Usage]

    @property
    def own_cpu(self) -> float:
        """CPU seconds of all processes but PostgreSQL's."""
        return _cpu(self.usage)


@dataclass(frozen=True, slots=True)
class Night:
    """One tick of the schedule: its months, oldest first, and what its processes used by their role.

    `seconds` from the tick's scheduled time to the last success, `until_first_run` to the start of the first run;
    `memory` the most bytes that all processes but PostgreSQL's held at a moment, those that they share counted once.
    """

    months: Sequence[MonthRead]
    seconds: float
    until_first_run: float
    usage: Mapping[str, Usage]
    memory: int

    @property
    def requests(self) -> int:
        """Every request made, repeated ones included."""
        return sum(month.requests for month in self.months)

    @property
    def floor(self) -> int:
        """The fewest requests that could have read all its months."""
        return sum(month.floor for month in self.months)

    @property
    def limit(self) -> int:
        """The most requests that we allow ourselves."""
        return self.floor + ALLOWANCE * len(self.months)

    @property
    def waited(self) -> float:
        """Seconds spent waiting for ConnectWise."""
        return sum(month.waited for month in self.months)

    @property
    def share_waited(self) -> float:
        """The share of the night that was spent waiting for ConnectWise, 0 to 1."""
        return self.waited / self.seconds

    @property
    def median_month(self) -> float:
        """The median of the seconds that a month's run took."""
        return median(month.seconds for month in self.months)

    @property
    def peak(self) -> int:
        """The largest resident set of any process, in bytes."""
        return max(usage.peak for usage in self.usage.values())

    @property
    def cpu(self) -> float:
        """CPU seconds of all processes."""
        return sum(usage.cpu for usage in self.usage.values())

    @property
    def own_cpu(self) -> float:
        """CPU seconds of all processes but PostgreSQL's."""
        return _cpu(self.usage)

    def ratio(self, floor: Floor) -> float:
        """How many times as long as an empty night and the waiting for ConnectWise together."""
        return self.seconds / (floor.seconds + self.waited)


@dataclass(frozen=True, slots=True)
class Summary:
    """Medians over several nights; the memory is the largest of them all."""

    nights: int
    requests: float
    seconds: float
    share_waited: float
    cpu: float
    own_cpu: float
    peak: int
    memory: int


def summarize(nights: Sequence[Night]) -> Summary:
    """Medians over `nights`, of which there is at least one."""
    return Summary(
        nights=len(nights),
        requests=median(night.requests for night in nights),
        seconds=median(night.seconds for night in nights),
        share_waited=median(night.share_waited for night in nights),
        cpu=median(night.cpu for night in nights),
        own_cpu=median(night.own_cpu for night in nights),
        peak=max(night.peak for night in nights),
        memory=max(night.memory for night in nights),
    )
