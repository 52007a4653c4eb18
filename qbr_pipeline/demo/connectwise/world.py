"""The simulated world: boards, tickets and time entries that live on a clock.

What belongs here: what there is at a moment. What does not: HTTP, conditions, how months are made up.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol

from qbr_pipeline.demo.connectwise.rows import Board, Chapter, Life, RowT, Status, Ticket, TimeEntry
from qbr_pipeline.periods import Month, Window


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a question is confined to, so that not every month must be looked at. None: not confined."""

    ids: frozenset[int] | None = None
    entered: Window | None = None
    closed: Window | None = None


UNBOUNDED = Bounds()


class Archive(Protocol[RowT]):
    """Rows that are made up month by month when somebody asks for them."""

    def months(self, now: datetime) -> Sequence[Month]:
        """The months that can have rows at the moment `now`, oldest first."""

    def lives(self, month: Month) -> Iterable[Life[RowT]]:
        """The lives of the rows that are entered in a month: always the same, in whatever order one asks."""

    def month_of(self, row_id: int) -> Month | None:
        """The month in which a row with that id would be entered."""

    def may_hold(self, month: Month, bounds: Bounds) -> bool:
        """Whether a row of that month can lie within the bounds."""


class Table(Generic[RowT]):
    """All rows of one kind: those of an archive, and those put in by hand, which win."""

    def __init__(self, rows: Iterable[RowT | Life[RowT]], archive: Archive[RowT] | None) -> None:
        self._archive: Archive[RowT] | None = archive
        self._chapters: dict[Month, Chapter[RowT]] = {}
        self._manual: Chapter[RowT] = Chapter.of(_life(row) for row in rows)
        self._lock = threading.RLock()

    def put(self, *rows: RowT | Life[RowT]) -> None:
        """Add rows or whole lives; one with a known id replaces that row and its past."""
        with self._lock:
            for life in map(_life, rows):
                self.remove(life.id)
                self._manual.put(life)

    def remove(self, row_id: int) -> bool:
        """Take a row out as if it had never been; whether there was one."""
        with self._lock:
            removed = self._manual.drop(row_id)
            chapter = self._chapter_of(row_id)
            return (chapter is not None and chapter.drop(row_id)) or removed

    def get(self, row_id: int, now: datetime) -> RowT | None:
        """One row at the moment `now`; None when it is not there then."""
        with self._lock:
            if row_id in self._manual.lives:
                return self._manual.get(row_id, now)
            chapter = self._chapter_of(row_id)
            return None if chapter is None else chapter.get(row_id, now)

    def at(self, now: datetime, bounds: Bounds = UNBOUNDED) -> list[list[RowT]]:
        """Lists that hold every row within the bounds, and others. An unchanged list is the same object."""
        with self._lock:
            return [chapter.at(now) for chapter in self._within(now, bounds)]

    def lives(self, now: datetime) -> list[Life[RowT]]:
        """Every life that may have begun by `now`."""
        with self._lock:
            return [life for chapter in self._within(now, UNBOUNDED) for life in chapter.lives.values()]

    def _within(self, now: datetime, bounds: Bounds) -> list[Chapter[RowT]]:
        if self._archive is None:
            return [self._manual]
        may_hold = self._archive.may_hold
        months = [month for month in self._archive.months(now) if may_hold(month, bounds)]
        chapters = [self._chapter(self._archive, month) for month in months]
        chapters.append(self._manual)
        return chapters

    def _chapter_of(self, row_id: int) -> Chapter[RowT] | None:
        if self._archive is None:
            return None
        month = self._archive.month_of(row_id)
        return None if month is None else self._chapter(self._archive, month)

    def _chapter(self, archive: Archive[RowT], month: Month) -> Chapter[RowT]:
        if month not in self._chapters:
            self._chapters[month] = Chapter.of(archive.lives(month))
        return self._chapters[month]


class World:
    """Everything the simulated server knows. A row is there from the moment it is entered."""

    def __init__(
        self,
        boards: Iterable[Board] = (),
        tickets: Iterable[Ticket | Life[Ticket]] = (),
        entries: Iterable[TimeEntry | Life[TimeEntry]] = (),
        *,
        ticket_archive: Archive[Ticket] | None = None,
        entry_archive: Archive[TimeEntry] | None = None,
    ) -> None:
        self.boards = {board.name: board for board in boards}
        self.tickets: Table[Ticket] = Table(tickets, ticket_archive)
        self.entries: Table[TimeEntry] = Table(entries, entry_archive)

    def status(self, board: str, name: str) -> tuple[int, Status] | None:
        """The id and the properties of a board's status; None when the board has no such status."""
        known = self.boards.get(board)
        for number, status in enumerate(known.statuses if known else ()):
            if known and status.name == name:
                return known.id * 100 + number, status
        return None


def _life(row: RowT | Life[RowT]) -> Life[RowT]:
    return row if isinstance(row, Life) else Life.of(row)
