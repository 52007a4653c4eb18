"""What ConnectWise's rows mean: which tickets are reactive, created, closed, and which time went into them.

What belongs here: the definitions of a reactive ticket and its three metrics, row by row and with a reason
that a person understands. Pure: no I/O, no clock. What does not: reading rows (`client`), keeping them
(`store`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from decimal import Context, Decimal, Inexact, localcontext
from typing import Any

from qbr_pipeline.metrics.rules.answers import LeftOut
from qbr_pipeline.metrics.rules.limits import LEAST_CREATED, WITHOUT_HOURS
from qbr_pipeline.periods import Window
from qbr_pipeline.store.rows.shapes import TicketRow, TimeEntryRow
from qbr_pipeline.vendors.connectwise.models import Ticket, TimeEntry

COUNTS = "counts"

_EXACT = Context(prec=100, traps=[Inexact])


def classify_tickets(
    tickets: Iterable[Ticket],
    boards: Collection[str],
    closed_statuses: Mapping[str, Collection[str]],
    window: Window,
) -> list[TicketRow]:
    """Each ticket with whether and why it counts as created and as closed in the window, in the given order.

    A reactive ticket is on one of the boards and has no parent. It is created when it was entered in the
    window; it is closed when its closing date lies in the window and its status is one of the closed ones of its board
    (`closed_statuses`, by board). Names are compared exactly, moments to the fraction of a second.
    """
    return [_classified_ticket(ticket, boards, closed_statuses, window) for ticket in tickets]


def classify_time_entries(
    entries: Iterable[TimeEntry], boards: Collection[str], window: Window
) -> list[TimeEntryRow]:
    """Each time entry with whether and why its hours count, in the given order.

    They do when the entry itself was entered in the window and is charged to a service ticket on one of the
    boards, a child ticket included: work on a child is work. An entry is only ever found by the date of its entry,
    so one whose date the server did not send along lies in the window.
    """
    return [_classified_entry(entry, boards, window) for entry in entries]


def ticket_values(rows: Iterable[TicketRow]) -> dict[str, Decimal]:
    """reactive_tickets_created and reactive_tickets_closed: how many of the rows count."""
    created = closed = 0
    for row in rows:
        created += row.counts_as_created
        closed += row.counts_as_closed
    return {"reactive_tickets_created": Decimal(created), "reactive_tickets_closed": Decimal(closed)}


def time_values(rows: Iterable[TimeEntryRow]) -> dict[str, Decimal]:
    """reactive_time_spent: the exact sum of the hours of the rows that count; no hours add nothing."""
    with localcontext(_EXACT):
        hours = sum((row.hours for row in rows if row.counts and row.hours is not None), Decimal(0))
    return {"reactive_time_spent": hours}


def tickets_left_out(
    tickets: Iterable[Ticket],
    boards: Collection[str],
    closed_statuses: Mapping[str, Collection[str]],
    statuses: Mapping[str, Collection[str]],
    window: Window,
) -> Mapping[LeftOut, int]:
    """How many tickets, which were asked for by board and date, say neither board nor status, or other ones.

    `statuses`: those that each board lists; the rest as in `classify_tickets`.
    """
    left_out: Counter[LeftOut] = Counter()
    for ticket in tickets:
        was_closed = ticket.closed_at in window if ticket.closed_at else ticket.found_by_closing
        if ticket.board is None:
            left_out[LeftOut.NO_BOARD] += 1
        elif ticket.board not in boards:
            left_out[LeftOut.OTHER_BOARD] += 1
        elif was_closed and ticket.parent_id is None and ticket.status is None:
            left_out[LeftOut.NO_STATUS] += 1
        elif was_closed and ticket.parent_id is None:
            known = {*statuses.get(ticket.board, ()), *closed_statuses.get(ticket.board, ())}
            left_out[LeftOut.UNKNOWN_STATUS] += bool(known) and ticket.status not in known
    return left_out


def entries_left_out(
    rows: Sequence[TimeEntryRow], boards_with_tickets: Collection[str] | None
) -> Mapping[LeftOut, int]:
    """How many time entries name no ticket; and where these are many, how many that count hold no hours.

    As well, how many are on boards of which no ticket of the month came; `boards_with_tickets`: None when not known.
    """
    counting = [row for row in rows if row.counts]
    without_hours = sum(row.hours is None for row in counting)
    by_board = Counter(row.board for row in counting)
    silent = by_board.keys() - (by_board.keys() if boards_with_tickets is None else boards_with_tickets)
    return {
        LeftOut.NO_TICKET: sum(row.board is None and row.ticket_id is None for row in rows),
        LeftOut.NO_HOURS: without_hours if without_hours > len(counting) * WITHOUT_HOURS.exact else 0,
        LeftOut.SILENT_BOARD: sum(
            by_board[board] for board in silent if by_board[board] >= LEAST_CREATED.whole
        ),
    }


def _classified_ticket(
    ticket: Ticket, boards: Collection[str], closed_statuses: Mapping[str, Collection[str]], window: Window
) -> TicketRow:
    not_reactive = _not_reactive(ticket, boards)
    created = not_reactive or _not_created(ticket, window)
    closed = not_reactive or _not_closed(ticket, closed_statuses.get(ticket.board or "", ()), window)
    return TicketRow(
        source_id=ticket.id,
        **_kept(ticket, TicketRow),
        counts_as_created=created is None,
        created_reason=created or COUNTS,
        counts_as_closed=closed is None,
        closed_reason=closed or COUNTS,
    )


def _not_reactive(ticket: Ticket, boards: Collection[str]) -> str | None:
    if ticket.board not in boards:
        return _other_board(ticket.board)
    if ticket.parent_id is not None:
        return f"child of ticket {ticket.parent_id}"
    return None


def _not_created(ticket: Ticket, window: Window) -> str | None:
    if ticket.entered_at is None:
        return None if ticket.found_by_entry else "has no date of entry"
    return None if ticket.entered_at in window else "entered outside the month"


def _not_closed(ticket: Ticket, closed_statuses: Collection[str], window: Window) -> str | None:
    if ticket.closed_at is not None and ticket.closed_at not in window:
        return "closed outside the month"
    if ticket.status not in closed_statuses:
        return "has no status" if ticket.status is None else f"status is {ticket.status}"
    if ticket.closed_at is None and not ticket.found_by_closing:
        return "has no closing date"
    return None


def _classified_entry(entry: TimeEntry, boards: Collection[str], window: Window) -> TimeEntryRow:
    reason = _not_spent(entry, boards, window)
    return TimeEntryRow(
        source_id=entry.id,
        **_kept(entry, TimeEntryRow),
        counts=reason is None,
        reason=reason or (COUNTS if entry.hours is not None else "counts, but has no hours"),
    )


def _not_spent(entry: TimeEntry, boards: Collection[str], window: Window) -> str | None:
    if entry.charged_to not in (None, "ServiceTicket"):  # None: the server did not send what it was asked for
        return f"charged to {entry.charged_to}"
    if entry.entered_at is not None and entry.entered_at not in window:
        return "entered outside the month"
    if entry.board in boards:
        return None
    if entry.board is None and entry.ticket_id is not None:
        return f"ticket {entry.ticket_id} was not found"
    return _other_board(entry.board)


def _kept(sent: Ticket | TimeEntry, shape: type[TicketRow | TimeEntryRow]) -> dict[str, Any]:
    """What is kept of a row as it was sent, by name."""
    return {field.name: getattr(sent, field.name) for field in fields(shape) if hasattr(sent, field.name)}


def _other_board(board: str | None) -> str:
    return "is on no board" if board is None else f"board is {board}"
