"""Why a row counts for more or less than before, in words for a person. Pure.

What belongs here: telling two versions of a row apart. What does not: how much a row counts (`effects`), and
what makes it count (the vendors' packages).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from qbr_pipeline.metrics.catalogue import METRICS, Unit
from qbr_pipeline.metrics.values import in_words
from qbr_pipeline.periods import local
from qbr_pipeline.store.rows.shapes import AccountRow, DeviceRow, Row, TicketRow, TimeEntryRow
from qbr_pipeline.store.rows.tables import ROWS_OF_METRIC, SOURCE_ID


class ChangeKind(StrEnum):
    """What happened to a row, or to a value beside its rows (the last three)."""

    CAME = "came"
    GONE = "gone"
    DELETED = "deleted"
    NOT_READABLE = "not_readable"
    EDITED = "edited"
    MOVED_BOARD = "moved_board"
    MOVED_TICKET = "moved_ticket"
    MERGED = "merged"
    GIVEN_PARENT = "given_parent"
    LOST_PARENT = "lost_parent"
    REOPENED = "reopened"
    CLOSED = "closed"
    DATE_CHANGED = "date_changed"
    DEVICE_CHANGED = "device_changed"
    RECLASSIFIED = "judged_differently"
    HAND_VALUE = "hand_value"
    ROUNDING = "rounding"
    UNEXPLAINED = "unexplained"


ChangeCause = tuple[ChangeKind, str]


def cause_of_change(old: Row, new: Row, metric: str, timezone: ZoneInfo) -> ChangeCause:
    """What made a row count differently for a metric. Several causes are told together; the kind is the first's.

    `timezone`: the business one, in which moments are told.
    """
    match old, new:
        case TicketRow(), TicketRow():
            causes = list(_of_ticket(old, new, metric, timezone))
        case TimeEntryRow(), TimeEntryRow():
            causes = list(_of_entry(old, new, timezone))
        case AccountRow(), AccountRow():
            causes = list(_of_account(old, new))
        case _ if type(old) is type(new):
            causes = [_of_fields(old, new, metric)]
        case _:
            raise TypeError(f"a {type(old).__name__} and a {type(new).__name__} are no versions of one row")
    return causes[0][0], "; ".join(sentence for _, sentence in causes)


def cause_of_absence(
    old: Row, now: Row | None, metric: str, timezone: ZoneInfo, *, looked_up: bool, readable: bool = True
) -> ChangeCause:
    """Why a row that was there is not among the month's rows; `now` is what the vendor tells of it by its id.

    `looked_up`: it was asked for and the vendor answered; if it then is nowhere, it was deleted, unless its kind is
    not `readable` any more.
    """
    if isinstance(old, AccountRow):
        return ChangeKind.GONE, f"{_amount(old)} before, and no longer in the books of the month"
    if isinstance(old, DeviceRow):
        return ChangeKind.GONE, "not in the snapshot that the month is counted from"
    if not looked_up:
        return ChangeKind.GONE, "no longer among the month's rows; it could not be looked up"
    if now is None:
        return (
            (ChangeKind.DELETED, "deleted") if readable else (ChangeKind.NOT_READABLE, "no longer readable")
        )
    if _counts(now, metric):
        return ChangeKind.GONE, "not among the month's rows when they were read"
    return cause_of_change(old, now, metric, timezone)


def cause_of_arrival(new: Row) -> ChangeCause:
    """Why a row that was not there counts."""
    if isinstance(new, DeviceRow):
        return ChangeKind.CAME, "in the snapshot that the month is counted from"
    if isinstance(new, AccountRow):
        return ChangeKind.CAME, f"{_amount(new)}, which the books of the month did not have before"
    if isinstance(new, TicketRow) and new.board:
        return ChangeKind.CAME, f"added, on board {new.board}"
    if isinstance(new, TimeEntryRow) and new.ticket_id:
        return ChangeKind.CAME, f"added, on ticket {new.ticket_id}"
    return ChangeKind.CAME, "added"


def hours_in_words(hours: Decimal | None) -> str:
    """Exact hours with at least two decimals: `1.50`, `0.3333`; none as `none`."""
    if hours is None:
        return "none"
    exponent = hours.normalize().as_tuple().exponent
    return f"{hours:.{max(2, -exponent if isinstance(exponent, int) else 2)}f}"


def _of_ticket(old: TicketRow, new: TicketRow, metric: str, timezone: ZoneInfo) -> Iterator[ChangeCause]:
    causes: list[ChangeCause] = []
    if _reactive(old) != _reactive(new):
        causes += _of_place(old, new)
    elif metric == "reactive_tickets_created":
        if old.entered_at != new.entered_at:
            causes.append(
                (ChangeKind.DATE_CHANGED, _moved("date of entry", old.entered_at, new.entered_at, timezone))
            )
    else:
        causes += _of_closing(old, new, timezone)
    yield from causes or [_reclassified(old, new, metric)]


def _of_place(old: TicketRow, new: TicketRow) -> Iterator[ChangeCause]:
    """Why a ticket became reactive, or is so no longer: its board, its parent."""
    if old.board != new.board:
        yield (
            ChangeKind.MOVED_BOARD,
            f"moved to board {new.board}" if new.board else "is no longer on a board",
        )
    if old.parent_id is None and new.parent_id is not None:
        closed_with_it = new.closed_at is not None and new.closed_at != old.closed_at
        kind, words = (
            (ChangeKind.MERGED, "merged into")
            if closed_with_it
            else (ChangeKind.GIVEN_PARENT, "given a parent,")
        )
        yield kind, f"{words} ticket {new.parent_id}"
    if old.parent_id is not None and new.parent_id is None:
        yield ChangeKind.LOST_PARENT, f"is no longer a child of ticket {old.parent_id}"


def _of_closing(old: TicketRow, new: TicketRow, timezone: ZoneInfo) -> Iterator[ChangeCause]:
    if old.status != new.status:
        words = f"(status {old.status or 'none'} → {new.status or 'none'})"
        yield (
            (ChangeKind.CLOSED, f"closed {words}")
            if new.counts_as_closed
            else (ChangeKind.REOPENED, f"reopened {words}")
        )
    if old.closed_at == new.closed_at:
        return
    if new.closed_at is None:
        yield ChangeKind.REOPENED, "no longer has a closing date"
    else:
        yield ChangeKind.DATE_CHANGED, _moved("closing date", old.closed_at, new.closed_at, timezone)


def _of_entry(old: TimeEntryRow, new: TimeEntryRow, timezone: ZoneInfo) -> Iterator[ChangeCause]:
    place = list(_of_charge(old, new, timezone)) if old.counts != new.counts else []
    yield from place
    if old.counts != new.counts and not place:
        yield _reclassified(old, new, "reactive_time_spent")
    if old.hours != new.hours:
        yield ChangeKind.EDITED, f"edited (hours {hours_in_words(old.hours)} → {hours_in_words(new.hours)})"


def _of_charge(old: TimeEntryRow, new: TimeEntryRow, timezone: ZoneInfo) -> Iterator[ChangeCause]:
    """Why the hours of an entry began to count, or do so no longer: its ticket, that ticket's board, its date."""
    same_ticket = old.ticket_id == new.ticket_id
    if (
        new.board is not None
    ):  # else the id may be that of something else than a service ticket: the reason tells
        if not same_ticket and new.ticket_id is not None:
            yield ChangeKind.MOVED_TICKET, f"moved to ticket {new.ticket_id}"
        if old.board != new.board:
            with_it = f"with ticket {new.ticket_id} " if same_ticket and new.ticket_id else ""
            yield ChangeKind.MOVED_BOARD, f"moved {with_it}to board {new.board}"
    elif old.board is not None and same_ticket and new.ticket_id is not None:
        yield ChangeKind.DELETED, f"its ticket {new.ticket_id} was deleted"
    if old.entered_at != new.entered_at:
        yield ChangeKind.DATE_CHANGED, _moved("date of entry", old.entered_at, new.entered_at, timezone)


def _of_account(old: AccountRow, new: AccountRow) -> Iterator[ChangeCause]:
    """Why an account counts for more or less: another amount, another section, another mapping."""
    if old.amount != new.amount:
        yield ChangeKind.EDITED, f"amount {_amount(old)} → {_amount(new)}"
    if old.section != new.section:
        yield ChangeKind.EDITED, f"moved from {old.section} to {new.section}"
    other_sign = (old.counted == old.amount) is not (new.counted == new.amount)
    if old.counts_as != new.counts_as or other_sign:
        was, now = (METRICS[each.counts_as].label if each.counts_as else "nothing" for each in (old, new))
        yield ChangeKind.RECLASSIFIED, f"counts as {now} now ({new.reason}; before: {was}, {old.reason})"


def _amount(row: AccountRow) -> str:
    return in_words(row.amount, Unit.DOLLARS)


def _of_fields(old: Row, new: Row, metric: str) -> ChangeCause:
    """Of a row without a story of its own: its reasons, and which of its fields differ."""
    reasons = _reason(old, metric), _reason(new, metric)
    words = " → ".join(reasons) if reasons[0] != reasons[1] else "counts differently"
    decided = {name for each in ROWS_OF_METRIC.values() for name in (each.counts, each.reason)}
    differing = [
        f"{field.name.replace('_', ' ')} {was or 'none'} → {now or 'none'}"
        for field in fields(old)
        if field.name not in decided | {SOURCE_ID}
        and (was := getattr(old, field.name)) != (now := getattr(new, field.name))
    ]
    if not differing:
        return ChangeKind.RECLASSIFIED, f"classified differently: {words}"
    kind = ChangeKind.DEVICE_CHANGED if isinstance(old, DeviceRow) else ChangeKind.EDITED
    return kind, f"{words} ({', '.join(differing)})"


def _reclassified(old: TicketRow | TimeEntryRow, new: TicketRow | TimeEntryRow, metric: str) -> ChangeCause:
    """Nothing of the row itself tells why: the settings did, or a field that is not kept."""
    if _counts(new, metric):
        return ChangeKind.RECLASSIFIED, f"counts now (before: {_reason(old, metric)})"
    return ChangeKind.RECLASSIFIED, f"no longer counts: {_reason(new, metric)}"


def _reactive(ticket: TicketRow) -> bool:
    """Whether the ticket is on a reactive board without a parent: only what is not has one reason for both."""
    counts = ticket.counts_as_created or ticket.counts_as_closed
    return counts or ticket.created_reason != ticket.closed_reason


def _counts(row: Row, metric: str) -> bool:
    return ROWS_OF_METRIC[metric].counts_row(row)


def _reason(row: Row, metric: str) -> str:
    return str(getattr(row, ROWS_OF_METRIC[metric].reason))


def _moved(what: str, old: datetime | None, new: datetime | None, timezone: ZoneInfo) -> str:
    moments = (local(each, timezone) for each in (old, new))
    before, after = (f"{at:%Y-%m-%d %H:%M}" if at else "none" for at in moments)
    return f"{what} changed ({before} → {after})"
