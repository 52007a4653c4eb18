"""The rows of the simulated world as plain data, and how a row lives: entered, changed, gone.

What belongs here: shapes that a test builds by hand in a line. What does not: how rows are selected or sent.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar


@dataclass(frozen=True, slots=True)
class Status:
    """A status of a board; `closed` sets the closedFlag of its tickets."""

    name: str
    closed: bool = False


STANDARD_STATUSES = (
    Status("New"),
    Status("Assigned"),
    Status("In Progress"),
    Status("Waiting - Client"),
    Status("Re-opened"),
    Status(">Closed", closed=True),
    Status(">Closed - No response", closed=True),
    Status("Closed", closed=True),
    Status(">Cancelled", closed=False),
)


@dataclass(frozen=True, slots=True)
class Board:
    """A service board with its statuses."""

    id: int
    name: str
    statuses: tuple[Status, ...] = STANDARD_STATUSES
    inactive: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """A service ticket; boards, statuses, companies and people by name. Moments are aware, hours exact."""

    id: int
    entered_at: datetime
    board: str = "Help Desk"
    status: str = "New"
    closed_at: datetime | None = None
    parent_id: int | None = None
    summary: str | None = None
    company: str | None = None
    actual_hours: Decimal | None = None
    type: str | None = None
    priority: str | None = None
    owner: str | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TimeEntry:
    """Work that a member logged at `entered_at`, charged to a ticket or to something else."""

    id: int
    entered_at: datetime
    charge_to_id: int | None = None
    hours: Decimal | None = None
    charge_to_type: str = "ServiceTicket"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    member: str | None = None
    company: str | None = None
    billable: str = "Billable"
    updated_at: datetime | None = None


RowT = TypeVar("RowT", Ticket, TimeEntry)


@dataclass(frozen=True, slots=True)
class Life(Generic[RowT]):
    """What a row was from which moment on, oldest first, and when it was deleted, if ever."""

    versions: tuple[tuple[datetime, RowT], ...]
    gone_at: datetime | None = None

    @classmethod
    def of(cls, row: RowT) -> Life[RowT]:
        """The life of a row that never changes: it is there from the moment it was entered."""
        return cls(((row.entered_at, row),))

    @property
    def id(self) -> int:
        """The row's id, the same in all of its versions."""
        return self.versions[0][1].id

    def at(self, now: datetime) -> RowT | None:
        """The row as it is at the aware moment `now`; None before it is entered and after it is deleted."""
        if self.gone_at is not None and now >= self.gone_at:
            return None
        for since, row in reversed(self.versions):
            if since <= now:
                return row
        return None

    def moments(self) -> Iterable[datetime]:
        """Every moment at which this life changes."""
        yield from (since for since, _ in self.versions)
        if self.gone_at is not None:
            yield self.gone_at


@dataclass(slots=True)
class Chapter(Generic[RowT]):
    """Lives that belong together, such as those of one month, and what they are at a moment, quickly."""

    lives: dict[int, Life[RowT]] = field(default_factory=dict)
    _moments: list[datetime] | None = None
    _answered: int = -1
    _rows: list[RowT] = field(default_factory=list)

    @classmethod
    def of(cls, lives: Iterable[Life[RowT]]) -> Chapter[RowT]:
        """A chapter of these lives."""
        return cls({life.id: life for life in lives})

    def put(self, life: Life[RowT]) -> None:
        """Add a life, or replace the one with its id."""
        self.lives[life.id] = life
        self._moments = None

    def drop(self, row_id: int) -> bool:
        """Forget a life as if it had never been; whether there was one."""
        self._moments = None
        return self.lives.pop(row_id, None) is not None

    def get(self, row_id: int, now: datetime) -> RowT | None:
        """One row at the moment `now`."""
        life = self.lives.get(row_id)
        return None if life is None else life.at(now)

    def at(self, now: datetime) -> list[RowT]:
        """All rows at the moment `now` by id. The same list object for as long as nothing changes."""
        if self._moments is None:
            self._moments = sorted({moment for life in self.lives.values() for moment in life.moments()})
            self._answered = -1
        reached = bisect_right(self._moments, now)
        if reached != self._answered:
            rows = (life.at(now) for life in self.lives.values())
            self._rows = sorted((row for row in rows if row is not None), key=lambda row: row.id)
            self._answered = reached
        return self._rows
