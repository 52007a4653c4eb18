"""Makes up the work on the demo's tickets, and the time entries that tell of it.

What belongs here: who worked when and how long, and when it was logged, corrected or struck out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from qbr_pipeline.demo.connectwise import names
from qbr_pipeline.demo.connectwise.rows import Life, Ticket, TimeEntry
from qbr_pipeline.periods import Window

# Hours and how often: on reactive tickets 0.34 h in the mean, elsewhere about twice that.
_REACTIVE_HOURS = tuple(map(Decimal, ("0.1", "0.25", "0.5", "0.75", "1", "1.5", "2", "3")))
_REACTIVE_WEIGHTS = (250, 470, 170, 50, 40, 12, 6, 2)
_OTHER_HOURS = tuple(map(Decimal, ("0.25", "0.5", "0.75", "1", "1.5", "2", "2.5", "3")))
_OTHER_WEIGHTS = (30, 25, 15, 12, 8, 5, 3, 2)


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work as its time entry tells it; a corrected one holds other hours from a moment on."""

    logged_at: datetime
    started_at: datetime
    hours: Decimal | None
    member: str
    ticket_id: int | None
    company: str | None
    charge_to_type: str = "ServiceTicket"
    corrected: tuple[datetime, Decimal] | None = None
    gone_at: datetime | None = None

    def entry(self, entry_id: int) -> Life[TimeEntry]:
        """The life of the time entry that tells of this work."""
        lasted = timedelta(hours=float(self.hours or Decimal("0.25")))
        entry = TimeEntry(
            entry_id,
            self.logged_at,
            charge_to_id=self.ticket_id,
            hours=self.hours,
            charge_to_type=self.charge_to_type,
            started_at=self.started_at,
            ended_at=self.started_at + lasted,
            member=self.member,
            company=self.company,
            updated_at=self.logged_at,
        )
        if self.corrected is None:
            return Life(((self.logged_at, entry),), self.gone_at)
        since, hours = self.corrected
        ended = self.started_at + timedelta(hours=float(hours))
        other = replace(entry, hours=hours, ended_at=ended, updated_at=since)
        return Life(((self.logged_at, entry), (since, other)), self.gone_at)


def work_on(
    rng: Random, ticket: Ticket, closing: datetime | None, gone_at: datetime | None, mean: float
) -> list[Work]:
    """The work on a ticket, `mean` pieces on average, as far as it is logged before the ticket is deleted."""
    reactive = ticket.board == names.REACTIVE_BOARD
    count = int(mean + rng.random()) if reactive else round(mean * rng.uniform(0.2, 1.8))
    last = closing or ticket.entered_at + timedelta(days=3)
    choices = (_REACTIVE_HOURS, _REACTIVE_WEIGHTS) if reactive else (_OTHER_HOURS, _OTHER_WEIGHTS)
    pieces = (
        _piece(rng, ticket, ticket.entered_at + (last - ticket.entered_at) * rng.random(), hours, gone_at)
        for hours in rng.choices(*choices, k=count)
    )
    return [piece for piece in pieces if gone_at is None or piece.logged_at < gone_at]


def _piece(rng: Random, ticket: Ticket, started: datetime, hours: Decimal, gone_at: datetime | None) -> Work:
    started = started.replace(microsecond=0)
    logged = started + timedelta(hours=float(hours)) + _delay(rng)
    draw = rng.random()
    later = logged + timedelta(seconds=rng.randrange(3600, 35 * 86_400))
    if draw < 0.01:  # struck out
        gone_at = later if gone_at is None else min(later, gone_at)
    corrected = (later, hours + Decimal("0.25")) if 0.01 <= draw < 0.03 else None
    return Work(
        logged,
        started,
        None if draw > 0.988 else hours,
        rng.choice(names.MEMBERS),
        ticket.id,
        ticket.company,
        corrected=corrected,
        gone_at=gone_at,
    )


def _delay(rng: Random) -> timedelta:
    """Most work is logged at once, some of it the next day, a little of it weeks later."""
    longest = rng.choices((1800, 2 * 86_400, 20 * 86_400), (85, 12, 3))[0]
    return timedelta(
        seconds=rng.randrange(longest), milliseconds=rng.choice((0, 0, 0, 0, 0, rng.randrange(1000)))
    )


def other_work(rng: Random, window: Window, count: int) -> Iterator[Work]:
    """Work of a month that is charged to no service ticket."""
    seconds = int((window.end - window.start).total_seconds())
    for hours in rng.choices(_OTHER_HOURS, _OTHER_WEIGHTS, k=count):
        logged = window.start + timedelta(seconds=rng.randrange(seconds))
        charged = rng.choices(("ProjectTicket", "ChargeCode", "Activity"), (5, 4, 1))[0]
        started = logged - timedelta(hours=float(hours))
        member, company = rng.choice(names.MEMBERS), rng.choice(names.COMPANIES)
        yield Work(logged, started, hours, member, rng.randrange(1, 5000), company, charge_to_type=charged)
