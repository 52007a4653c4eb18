"""Makes up the demo's tickets month by month: the same for a seed, in whatever order months are asked for.

What belongs here: how a month of tickets comes about. What does not: the work on them (`work`), and the
clock: a life reaches into the future, and the world shows as much of it as has happened.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from qbr_pipeline.demo.connectwise import names
from qbr_pipeline.demo.connectwise.rows import Life, Ticket
from qbr_pipeline.demo.connectwise.work import Work, work_on
from qbr_pipeline.periods import Month

IDS_PER_MONTH = 100_000
_EPOCH_YEAR = 2000
_CHILDREN, _ELSEWHERE = 0.04, 0.35
_LONGEST_LIFE = timedelta(days=40)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much happens in a month.

    `created` and `closed` count parent tickets of the reactive board, `entries` time entries on service
    tickets of all boards; a few per cent of the tickets are moved, merged or deleted later. With a `season`
    of 0.09 a month differs from these by up to a seventh; with 0 every month has as many tickets entered.
    """

    created: int = 390
    closed: int = 388
    entries: int = 1500
    season: float = 0.09

    def __post_init__(self) -> None:
        if not 1 <= self.created <= 50_000 or not 0 <= self.entries <= 60_000 or not 0 <= self.season <= 0.5:
            raise ValueError(
                f"the scale {self} is out of range: expected 1 to 50000 tickets created, 0 to 60000 entries, "
                f"and a season of 0 to 0.5"
            )
        if not 0 <= self.closed <= self.created:
            raise ValueError(f"closed is {self.closed}: expected 0 to {self.created}, the tickets created")


@dataclass(frozen=True, slots=True)
class Story:
    """A ticket's life and the work that is logged on it."""

    ticket: Life[Ticket]
    work: tuple[Work, ...]


@dataclass(frozen=True, slots=True)
class _Fate:
    """What becomes of a ticket after it is entered, besides being closed."""

    deleted: bool = False
    moved: bool = False
    merged: bool = False
    adopted: bool = False
    reopened: bool = False


def first_id(month: Month) -> int:
    """The id below those of a month's rows, tickets and time entries alike."""
    return ((month.year - _EPOCH_YEAR) * 12 + month.month - 1) * IDS_PER_MONTH


def month_of_id(row_id: int) -> Month | None:
    """The month that an id belongs to; None when it can belong to none."""
    years, month = divmod(row_id // IDS_PER_MONTH, 12)
    return Month(_EPOCH_YEAR + years, month + 1) if 0 <= years < 1000 else None


def delicate_moments(month: Month, timezone: ZoneInfo) -> list[datetime]:
    """Moments at which a wrong window shows: at a month's borders and where its clocks change, in UTC."""
    second, third = timedelta(seconds=1), timedelta(milliseconds=300)
    window = month.window(timezone)
    moments = [window.start, window.start + third, window.end - second, window.end - third]
    hour = window.start
    while hour + timedelta(hours=1) < window.end:
        after = hour + timedelta(hours=1)
        if hour.astimezone(timezone).utcoffset() != after.astimezone(timezone).utcoffset():
            moments += [after - third, after, after + timedelta(minutes=30)]
        hour = after
    return sorted(moments)


class Storyteller:
    """Tells the tickets of any month: a function of seed, scale, time zone and month, and of nothing else."""

    def __init__(self, seed: int, scale: Scale, timezone: ZoneInfo) -> None:
        self._seed, self._scale, self._timezone = seed, scale, timezone
        self._stories_by_month: dict[Month, list[Story]] = {}

    def stories(self, month: Month) -> list[Story]:
        """The tickets that are entered in a month, by the time they are."""
        if month not in self._stories_by_month:
            self._stories_by_month[month] = list(self._stories_of(month))
        return self._stories_by_month[month]

    def _stories_of(self, month: Month) -> Iterator[Story]:
        rng = Random(f"{self._seed}/tickets/{month}")  # noqa: S311 - made-up data, no secret
        delicate = delicate_moments(month, self._timezone)
        created = self._created(rng, month)
        children, elsewhere = round(created * _CHILDREN), round(created * _ELSEWHERE)
        plain = max(0, created - len(delicate))
        boards = [*["reactive"] * plain, *["child"] * children, *["elsewhere"] * elsewhere]
        rng.shuffle(boards)
        moments = self._moments(rng, month, len(boards))
        entered = sorted([*zip(moments, boards, strict=True), *((moment, "delicate") for moment in delicate)])
        closings = _delicate_closings(rng, month.end(self._timezone), delicate, entered)
        per_ticket = self._work_per_ticket(created, children, elsewhere)
        for index, (moment, kind) in enumerate(entered):
            ticket = self._ticket(rng, first_id(month) + index + 1, moment, kind, first_id(month) + 1)
            mean_work = per_ticket[ticket.board == names.REACTIVE_BOARD]
            yield self._story(rng, ticket, kind == "delicate", closings.get(index), mean_work)

    def _created(self, rng: Random, month: Month) -> int:
        season = self._scale.season
        wave = math.sin((month.month - 2) * math.pi / 6)
        return max(1, round(self._scale.created * (1 + season * wave + rng.uniform(-season, season) / 2)))

    def _work_per_ticket(self, created: int, children: int, elsewhere: int) -> tuple[float, float]:
        """The mean number of time entries on a ticket elsewhere, and on one of the reactive board."""
        entries = self._scale.entries * created / self._scale.created
        reactive = min(1.15, 0.5 * entries / created)
        return max(0.0, entries - reactive * (created + children)) / max(1, elsewhere), reactive

    def _moments(self, rng: Random, month: Month, count: int) -> list[datetime]:
        """Moments of a month: mostly on working days in office hours, most of them on a whole second."""
        days = [
            datetime(month.year, month.month, day + 1, tzinfo=self._timezone)
            for day in range(month.last_day.day)
        ]
        midnights = [day.astimezone(UTC) for day in days]
        weights = [1.0 if day.weekday() < 5 else 0.12 for day in days]
        latest = month.end(self._timezone) - timedelta(seconds=2)
        return [
            min(midnight + _time_of_day(rng), latest) for midnight in rng.choices(midnights, weights, k=count)
        ]

    def _ticket(self, rng: Random, ticket_id: int, moment: datetime, kind: str, earliest_id: int) -> Ticket:
        elsewhere = kind == "elsewhere"
        is_child = kind == "child" and ticket_id > earliest_id
        return Ticket(
            ticket_id,
            moment,
            board=rng.choice(names.OTHER_BOARDS) if elsewhere else names.REACTIVE_BOARD,
            parent_id=rng.randrange(max(earliest_id, ticket_id - 40), ticket_id) if is_child else None,
            summary=rng.choice(names.OTHER_SUMMARIES if elsewhere else names.SUMMARIES),
            company=rng.choice(names.COMPANIES),
            type=rng.choice(names.TYPES) if rng.random() < 0.9 else None,
            priority=rng.choice(names.PRIORITIES),
            owner=rng.choice(names.MEMBERS) if rng.random() < 0.95 else None,
            updated_at=moment,
        )

    def _story(
        self, rng: Random, ticket: Ticket, delicate: bool, closing: datetime | None, mean_work: float
    ) -> Story:
        # What is entered or closed at a delicate moment has no other fate: it is there to be counted.
        fate = _Fate() if delicate or closing is not None else _fate(rng)
        if closing is None and rng.random() < self._scale.closed / self._scale.created:
            closing = ticket.entered_at + _time_to_close(rng)
        gone_at = ticket.entered_at + _later(rng) if fate.deleted else None
        work = work_on(rng, ticket, closing, gone_at, mean_work)
        events = _events(rng, ticket, fate, closing, work)
        versions = [(ticket.entered_at, ticket)]
        for moment, changes in events:
            versions.append((moment, replace(versions[-1][1], updated_at=moment, **changes)))
        return Story(Life(tuple(versions), gone_at), tuple(work))


def _fate(rng: Random) -> _Fate:
    draw = rng.random()
    return _Fate(
        deleted=draw < 0.008,
        moved=0.008 <= draw < 0.033,
        merged=0.033 <= draw < 0.041,
        adopted=0.041 <= draw < 0.046,
        reopened=0.046 <= draw < 0.071,
    )


def _events(
    rng: Random, ticket: Ticket, fate: _Fate, closing: datetime | None, work: Sequence[Work]
) -> list[tuple[datetime, dict[str, Any]]]:
    """What changes a ticket when, oldest first."""
    events: list[tuple[datetime, dict[str, Any]]] = []
    if closing is not None:
        if rng.random() < 0.5:
            events.append((ticket.entered_at + (closing - ticket.entered_at) / 2, {"status": "In Progress"}))
        closed, cancelled = (
            rng.choices(names.CLOSED_STATUSES, names.CLOSED_STATUS_WEIGHTS)[0],
            rng.random() < 0.012,
        )
        hours = sum((piece.hours for piece in work if piece.hours is not None), Decimal(0))
        status = names.CANCELLED if cancelled else closed
        events.append((closing, {"status": status, "closed_at": closing, "actual_hours": hours}))
        if fate.reopened:
            events += _reopening(rng, closing)
    if fate.moved:
        boards = (names.REACTIVE_BOARD, *names.OTHER_BOARDS)
        board = rng.choice([board for board in boards if board != ticket.board])
        events.append((ticket.entered_at + _later(rng), {"board": board}))
    earlier = range(ticket.id - ticket.id % IDS_PER_MONTH + 1, ticket.id)
    if (fate.merged or fate.adopted) and earlier:
        moment = ticket.entered_at + _later(rng)
        end = {"status": ">Closed", "closed_at": moment} if fate.merged else {}
        events.append((moment, {"parent_id": rng.choice(earlier[-40:]), **end}))
    return sorted(events, key=lambda event: event[0])


def _reopening(rng: Random, closing: datetime) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """A closed ticket is opened again, with or without keeping its date, and mostly closed for good later."""
    reopening = closing + timedelta(hours=rng.uniform(1, 300))
    keeps_date = rng.random() < 0.5
    yield reopening, {"status": "Re-opened"} if keeps_date else {"status": "Re-opened", "closed_at": None}
    if rng.random() < 0.75:
        again = whole_second(reopening + timedelta(hours=rng.uniform(1, 120)))
        yield again, {"status": ">Closed", "closed_at": again}


def _delicate_closings(
    rng: Random, month_end: datetime, delicate: Sequence[datetime], entered: Sequence[tuple[datetime, str]]
) -> dict[int, datetime]:
    """Tickets, by their place in the month, that are closed at delicate moments."""
    closings: dict[int, datetime] = {}
    for moment in [*delicate[2:], month_end]:
        open_then = [
            index
            for index, (since, kind) in enumerate(entered)
            if kind == "reactive" and since < moment and index not in closings
        ]
        if open_then:
            closings[rng.choice(open_then[-200:])] = moment
    return closings


def _time_of_day(rng: Random) -> timedelta:
    night = rng.random() < 0.06
    seconds = rng.uniform(0, 86_399) if night else rng.triangular(7 * 3600, 19 * 3600, 10 * 3600)
    return timedelta(seconds=int(seconds), milliseconds=rng.randrange(1000) if rng.random() < 0.15 else 0)


def _time_to_close(rng: Random) -> timedelta:
    mean_hours = rng.choices((3, 30, 140), (55, 33, 12))[0]
    lasts = timedelta(minutes=5, seconds=int(rng.expovariate(1 / mean_hours) * 3600))
    return min(lasts, _LONGEST_LIFE)


def _later(rng: Random) -> timedelta:
    return timedelta(seconds=rng.randrange(3600, int(_LONGEST_LIFE.total_seconds())))


def whole_second(moment: datetime) -> datetime:
    """The moment without its fraction of a second."""
    return moment.replace(microsecond=0)
