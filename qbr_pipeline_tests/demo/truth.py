"""What a correct collection of a simulated month finds: told from the lives in the world, without any server."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from qbr_pipeline.demo.connectwise.world import World
from qbr_pipeline.periods import Month


@dataclass(frozen=True, slots=True)
class Expected:
    """Tickets and decimal hours."""

    created: int
    closed: int
    hours: Decimal


def expected(
    world: World,
    month: Month,
    boards: Iterable[str],
    closed_statuses: Iterable[str],
    timezone: ZoneInfo,
    now: datetime,
) -> Expected:
    """The truth about a month at the moment `now`."""
    window, reactive, done = month.window(timezone), frozenset(boards), frozenset(closed_statuses)
    alive = [ticket for life in world.tickets.lives(now) if (ticket := life.at(now)) is not None]
    on_board = {ticket.id for ticket in alive if ticket.board in reactive}
    parents = [ticket for ticket in alive if ticket.id in on_board and ticket.parent_id is None]
    entries = [entry for life in world.entries.lives(now) if (entry := life.at(now)) is not None]
    return Expected(
        created=sum(ticket.entered_at in window for ticket in parents),
        closed=sum(
            ticket.closed_at is not None and ticket.closed_at in window and ticket.status in done
            for ticket in parents
        ),
        hours=sum(
            (
                entry.hours
                for entry in entries
                if entry.charge_to_type == "ServiceTicket"
                and entry.entered_at in window
                and entry.charge_to_id in on_board
                and entry.hours is not None
            ),
            Decimal(0),
        ),
    )
