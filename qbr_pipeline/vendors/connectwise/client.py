"""Reading boards, tickets and time entries from ConnectWise PSA.

What belongs here: which requests a collection makes, and how their pages and counts come together. What does
not: addresses and HTTP (`endpoint`, `transport`), the query language (`conditions`), and whether a row counts
(`reactive`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from qbr_pipeline.metrics.rules.limits import REREADS
from qbr_pipeline.periods import Window
from qbr_pipeline.settings import ConnectWiseAccess
from qbr_pipeline.vendors import VendorError
from qbr_pipeline.vendors.connectwise import models
from qbr_pipeline.vendors.connectwise.conditions import (
    moment,
    on_boards,
    that_fit,
    with_ids,
    within,
)
from qbr_pipeline.vendors.connectwise.endpoint import LONGEST_URL, Endpoint
from qbr_pipeline.vendors.connectwise.fetched import Counted, Fetched, RowT
from qbr_pipeline.vendors.connectwise.models import Board, Status, Ticket, TimeEntry
from qbr_pipeline.vendors.connectwise.transport import ConnectWiseTransport
from qbr_pipeline.vendors.http.client import Client
from qbr_pipeline.vendors.http.retries import EXPLANATION, RetryPolicy

MOST_READS = 1 + REREADS.whole

_TICKETS = "/service/tickets"
_ENTRIES = "/time/entries"
_DATES = {"dateEntered": "entered_at", "closedDate": "closed_at"}
_IDS_IN_URL = 60  # of at most 18 digits each, which leaves the URL below its limit
_log = logging.getLogger(__name__)


KnownBoards = Callable[[Collection[int]], Mapping[int, str]]
"""The boards of those of some tickets that are known already, by id."""


def _no_boards(_ids: Collection[int]) -> Mapping[int, str]:
    return {}


class ConnectWise(Client[ConnectWiseTransport]):
    """A reader of one ConnectWise company; use it as a context manager, in one thread.

    Every method raises PermanentError for what no repetition changes, naming the setting to look at, and
    RetriesExhausted when the patience is used up.
    """

    def __init__(
        self,
        access: ConnectWiseAccess,
        retry_policy: RetryPolicy | None = None,
        **time: Any,
    ) -> None:
        """`time`: how to sleep and which clocks to look at, as for any transport."""
        super().__init__(ConnectWiseTransport(access, retry_policy or RetryPolicy(), **time))
        self._endpoint = Endpoint(access, self._transport)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was done otherwise than the settings say so far, a sentence each."""
        return self._endpoint.remarks

    def boards(self) -> tuple[Board, ...]:
        """Every service board, inactive ones included."""
        return tuple(self._endpoint.rows("/service/boards", models.board, models.BOARD_FIELDS))

    def statuses(self, board: Board) -> tuple[Status, ...]:
        """Every status of a board."""
        path = f"/service/boards/{board.id}/statuses"
        return tuple(self._endpoint.rows(path, models.status, models.STATUS_FIELDS))

    def ticket_count(self, board: Board, since: datetime, status: Status | None = None) -> int:
        """How many tickets without a parent were entered on a board since an aware moment; in `status` now, if given.

        Only explains: given up after 30 seconds, whatever patience is left.
        """
        conditions = f"board/id = {board.id} and parentTicketId = null and dateEntered >= {moment(since)}"
        if status is not None:
            conditions += f" and status/id = {status.id}"
        return self._endpoint.count(_TICKETS, conditions, EXPLANATION)

    def tickets(self, boards: Sequence[str], window: Window) -> Fetched[Ticket]:
        """The boards' tickets that were entered or closed in the window, of every status, children too.

        `window` is half open and ends where the collection starts at the latest; its bounds are cut to whole
        seconds. Both are read again, up to 3 times, while a ticket that belongs to both was found in one only: it
        came or went meanwhile, and the counts need not show it when another one did the opposite. A ticket that
        changed between two reads is given as the later one found it. A count that cannot be had in time leaves its
        rows as they came.
        """
        before = self.requests, self.waited
        for _ in range(MOST_READS):
            entered, entered_counts = self._tickets_by("dateEntered", "tickets entered", boards, window)
            closed, closed_counts = self._tickets_by("closedDate", "tickets closed", boards, window)
            if _agree(entered, closed, window):
                break
        counts = [*entered_counts, *closed_counts]
        found = (_with_origin(ticket, entered, closed) for ticket in (entered | closed).values())
        return self._fetched(_by_id(found), counts, *before)

    def _tickets_by(
        self, field: str, what: str, boards: Sequence[str], window: Window
    ) -> tuple[dict[int, Ticket], list[Counted]]:
        rows: dict[int, Ticket] = {}
        counts = []
        for some in that_fit(boards, partial(self._fits, field, window)):
            found, count = self._read(
                what,
                _TICKETS,
                _in_window(some, field, window),
                models.ticket,
                models.TICKET_FIELDS,
                lambda row: _lies_outside(getattr(row, _DATES[field]), window),
            )
            rows |= found
            counts.append(count)
        return rows, counts

    def time_entries(
        self, window: Window, read: KnownBoards = _no_boards, lately: KnownBoards = _no_boards
    ) -> Fetched[TimeEntry]:
        """The time entries charged to service tickets of any board that were entered in the window.

        `window` as for `tickets`. Where the server does not send an entry's board, its ticket is looked up, unless this
        collection has `read` it; one that is not found may have been read `lately`. Else the board stays None.
        """
        before = self.requests, self.waited
        conditions = f'chargeToType = "ServiceTicket" and {within("dateEntered", window)}'
        rows, count = self._read(
            "time entries",
            _ENTRIES,
            conditions,
            models.time_entry,
            models.TIME_ENTRY_FIELDS,
            lambda row: _lies_outside(row.entered_at, window),
        )
        entries, not_found = self._with_boards(_by_id(rows.values()), read, lately)
        tickets = {entry.ticket_id for entry in entries if entry.ticket_id is not None}
        fetched = self._fetched(entries, [count], *before)
        return replace(fetched, tickets=len(tickets), not_found=not_found)

    def tickets_with_ids(self, ids: Collection[int]) -> tuple[Ticket, ...]:
        """The tickets with these ids as they are now, wherever they are; those that do not exist are not among them.

        Only explains: given up after 30 seconds, whatever patience is left.
        """
        return _by_id(self._tickets_with(set(ids), models.ticket, models.TICKET_FIELDS, EXPLANATION).values())

    def time_entries_with_ids(self, ids: Collection[int]) -> tuple[TimeEntry, ...]:
        """The same for time entries, whatever they are charged to; their boards are looked up as in `time_entries`."""
        found: dict[int, TimeEntry] = {}
        wanted = sorted(set(ids))
        for first in range(0, len(wanted), _IDS_IN_URL):
            conditions = with_ids(wanted[first : first + _IDS_IN_URL])
            page = self._endpoint.rows(
                _ENTRIES, models.time_entry, models.TIME_ENTRY_FIELDS, conditions, policy=EXPLANATION
            )
            found |= {entry.id: entry for entry in page}
        return self._with_boards(_by_id(found.values()), policy=EXPLANATION)[0]

    def _fetched(
        self, rows: tuple[RowT, ...], counts: Sequence[Counted], requests: int, waited: float
    ) -> Fetched[RowT]:
        return Fetched(rows, tuple(counts), self.requests - requests, self.waited - waited)

    def _read(
        self,
        what: str,
        path: str,
        conditions: str,
        row: Callable[[object], RowT],
        fields: str,
        is_outside: Callable[[RowT], bool],
    ) -> tuple[dict[int, RowT], Counted]:
        """Every row, read again while the source's count says that rows came or went meanwhile."""
        for reads in range(1, MOST_READS + 1):
            rows = {found.id: found for found in self._endpoint.rows(path, row, fields, conditions)}
            count = self._counted(what, path, conditions, len(rows), reads)
            if count.agrees:
                break
        return rows, replace(count, outside=sum(map(is_outside, rows.values())))

    def _counted(self, what: str, path: str, conditions: str, fetched: int, reads: int) -> Counted:
        """The source's own count beside the rows that were `fetched`, which stay when there is none."""
        try:
            return Counted(what, fetched, self._endpoint.count(path, conditions), reads)
        except VendorError as error:
            _log.warning("The %s could not be counted: %s", what, error)
            return Counted(what, fetched, None, reads, str(error))

    def _fits(self, field: str, window: Window, boards: Sequence[str]) -> bool:
        return (
            self._endpoint.page_url_length(_TICKETS, models.TICKET_FIELDS, _in_window(boards, field, window))
            < LONGEST_URL
        )

    def _with_boards(
        self,
        entries: tuple[TimeEntry, ...],
        read: KnownBoards = _no_boards,
        lately: KnownBoards = _no_boards,
        policy: RetryPolicy | None = None,
    ) -> tuple[tuple[TimeEntry, ...], int]:
        """The entries with the boards of their tickets, and how many of these are nowhere."""
        unknown = {
            entry.ticket_id for entry in entries if entry.board is None and entry.ticket_id is not None
        }
        if not unknown:
            return entries, 0
        boards: dict[int, str | None] = dict(read(unknown))
        boards |= self._boards_of(unknown - boards.keys(), policy)
        boards |= lately(unknown - boards.keys())
        with_boards = tuple(
            replace(entry, board=boards.get(entry.ticket_id))
            if entry.board is None and entry.ticket_id
            else entry
            for entry in entries
        )
        return with_boards, len(unknown - boards.keys())

    def _boards_of(self, ticket_ids: set[int], policy: RetryPolicy | None) -> dict[int, str | None]:
        """The board of each ticket that still exists."""
        found = self._tickets_with(ticket_ids, models.ticket_board, models.TICKET_BOARD_FIELDS, policy)
        return {ticket.id: ticket.board for ticket in found.values()}

    def _tickets_with(
        self, ids: set[int], row: Callable[[object], RowT], fields: str, policy: RetryPolicy | None
    ) -> dict[int, RowT]:
        """Each ticket that still exists, by id. What a batch left open is asked while that helps."""
        tickets: dict[int, RowT] = {}
        while missing := sorted(ids - tickets.keys()):
            known = len(tickets)
            while missing:
                batch, missing = missing[: self._endpoint.page_size], missing[self._endpoint.page_size :]
                found = self._endpoint.search(_TICKETS, row, fields, with_ids(batch), policy=policy)
                tickets |= {ticket.id: ticket for ticket in found if ticket.id in ids}
            if len(tickets) == known:
                break
        return tickets


def _lies_outside(moment: datetime | None, window: Window) -> bool:
    return moment is not None and moment not in window


def _in_window(boards: Sequence[str], field: str, window: Window) -> str:
    return f"{on_boards(boards)} and {within(field, window)}"


def _agree(entered: Mapping[int, Ticket], closed: Mapping[int, Ticket], window: Window) -> bool:
    """Whether every ticket that was both entered and closed in the window was found by either date."""
    missing_closed = (
        ticket.closed_at for number, ticket in entered.items() if number not in closed and ticket.closed_at
    )
    missing_entered = (
        ticket.entered_at for number, ticket in closed.items() if number not in entered and ticket.entered_at
    )
    return not any(moment in window for moment in (*missing_closed, *missing_entered))


def _with_origin(ticket: Ticket, entered: Container[int], closed: Container[int]) -> Ticket:
    """`ticket`, saying by which dates it was found where these were not sent along."""
    by_entry = ticket.entered_at is None and ticket.id in entered
    by_closing = ticket.closed_at is None and ticket.id in closed
    if not (by_entry or by_closing):
        return ticket
    return replace(ticket, found_by_entry=by_entry, found_by_closing=by_closing)


def _by_id(rows: Iterable[RowT]) -> tuple[RowT, ...]:
    return tuple(sorted(rows, key=lambda row: row.id))
