"""The demo's world: the made-up months as archives of a world, from two months before a first one on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

from qbr_pipeline.demo.connectwise import names
from qbr_pipeline.demo.connectwise.generator import (
    Scale,
    Storyteller,
    delicate_moments,
    first_id,
    month_of_id,
)
from qbr_pipeline.demo.connectwise.rows import Life, Ticket, TimeEntry
from qbr_pipeline.demo.connectwise.work import Work, other_work
from qbr_pipeline.demo.connectwise.world import Bounds, World
from qbr_pipeline.periods import Month, Window

DEMO_TIMEZONE = ZoneInfo("America/Chicago")
DEMO_START = Month(2024, 1)
_WARM_UP_MONTHS = 2
_MONTHS_A_TICKET_LASTS = 3  # after the month it is entered in; the generator's longest life fits twice


def demo_world(
    seed: int = 1,
    *,
    start: Month = DEMO_START,
    scale: Scale | None = None,
    timezone: ZoneInfo = DEMO_TIMEZONE,
) -> World:
    """The demo's world, complete from the month `start` on. Rows are made up when they are asked for."""
    calendar = _Calendar(start.plus(-_WARM_UP_MONTHS), timezone)
    storyteller = Storyteller(seed, scale or Scale(), timezone)
    return World(
        names.BOARDS,
        ticket_archive=_Tickets(calendar, storyteller),
        entry_archive=_Entries(calendar, storyteller, seed),
    )


class _Calendar:
    def __init__(self, first: Month, timezone: ZoneInfo) -> None:
        self.first, self.timezone = first, timezone
        self._windows: dict[Month, Window] = {}

    def window(self, month: Month) -> Window:
        if month not in self._windows:
            self._windows[month] = month.window(self.timezone)
        return self._windows[month]

    def months(self, now: datetime) -> list[Month]:
        return list(Month.span(self.first, Month.of(now, self.timezone)))

    def month_of(self, row_id: int) -> Month | None:
        month = month_of_id(row_id)
        return month if month is not None and month >= self.first else None

    def may_hold(self, month: Month, bounds: Bounds) -> bool:
        if bounds.ids is not None and not any(month_of_id(row_id) == month for row_id in bounds.ids):
            return False
        window = self.window(month)
        if bounds.entered is not None and not _overlap(window, bounds.entered):
            return False
        alive = Window(window.start, self.window(month.plus(_MONTHS_A_TICKET_LASTS)).end)
        return bounds.closed is None or _overlap(alive, bounds.closed)


class _Tickets:
    def __init__(self, calendar: _Calendar, storyteller: Storyteller) -> None:
        self.months, self.month_of, self.may_hold = calendar.months, calendar.month_of, calendar.may_hold
        self._storyteller = storyteller

    def lives(self, month: Month) -> Iterable[Life[Ticket]]:
        """The tickets that are entered in a month."""
        return (story.ticket for story in self._storyteller.stories(month))


class _Entries:
    def __init__(self, calendar: _Calendar, storyteller: Storyteller, seed: int) -> None:
        self.months, self.month_of, self.may_hold = calendar.months, calendar.month_of, calendar.may_hold
        self._calendar, self._storyteller, self._seed = calendar, storyteller, seed
        self._logged: dict[Month, dict[Month, list[Work]]] = {}

    def lives(self, month: Month) -> Iterable[Life[TimeEntry]]:
        """The time entries that are entered in a month, on tickets of that month and of those before."""
        earliest = max(self._calendar.first, month.plus(-_MONTHS_A_TICKET_LASTS))
        pieces = [piece for entered in Month.span(earliest, month) for piece in self._work(entered)[month]]
        rng = Random(f"{self._seed}/entries/{month}")  # noqa: S311 - made-up data, no secret
        pieces += list(_delicate_work(rng, delicate_moments(month, self._calendar.timezone), pieces))
        pieces += other_work(rng, self._calendar.window(month), len(pieces) // 8)
        pieces.sort(key=lambda piece: piece.logged_at)
        return (piece.entry(first_id(month) + number) for number, piece in enumerate(pieces, start=1))

    def _work(self, entered: Month) -> dict[Month, list[Work]]:
        """The work on the tickets that were entered in a month, by the month in which it was logged."""
        if entered not in self._logged:
            logged: defaultdict[Month, list[Work]] = defaultdict(list)
            windows = [
                (month, self._calendar.window(month))
                for month in Month.span(entered, entered.plus(_MONTHS_A_TICKET_LASTS))
            ]
            for story in self._storyteller.stories(entered):
                for piece in story.work:
                    month = next(month for month, window in windows if piece.logged_at in window)
                    logged[month].append(piece)
            self._logged[entered] = logged
        return self._logged[entered]


def _delicate_work(rng: Random, moments: Sequence[datetime], pieces: Sequence[Work]) -> Iterator[Work]:
    """Pieces of work like those given, but logged at these moments."""
    lasting = sorted((piece for piece in pieces if piece.gone_at is None), key=lambda piece: piece.started_at)
    for moment in moments if lasting else ():
        like = rng.choice([piece for piece in lasting if piece.started_at < moment] or lasting[:1])
        yield Work(moment, like.started_at, like.hours, like.member, like.ticket_id, like.company)


def _overlap(one: Window, other: Window) -> bool:
    return one.start < other.end and other.start < one.end
