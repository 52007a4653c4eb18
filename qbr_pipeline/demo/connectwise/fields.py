"""The fields of each kind of row: what they are called and hold, and where they may stand.

What belongs here: one table of fields per kind of row. What does not: how conditions and answers use them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar
from zlib import crc32

from qbr_pipeline.demo.connectwise.rows import Board, Status, Ticket, TimeEntry
from qbr_pipeline.demo.connectwise.world import World

T = TypeVar("T")
Value = str | int | Decimal | bool | datetime | None


class FieldKind(StrEnum):
    """What a field holds, and so which operators and literals it takes."""

    NUMBER = "number"
    TEXT = "text"
    FLAG = "flag"
    MOMENT = "date"


@dataclass(frozen=True, slots=True)
class Field(Generic[T]):
    """A field by its path, such as `board/name`. `get` reads it from a row."""

    path: str
    kind: FieldKind
    get: Callable[[T], Value]
    in_conditions: bool = True
    in_answers: bool = True


Fields = Mapping[str, Field[T]]


@dataclass(frozen=True, slots=True)
class BoardStatus:
    """A status together with the id that it has on its board."""

    id: int
    status: Status


def _by_path(fields: Iterable[Field[T]]) -> dict[str, Field[T]]:
    return {field.path.casefold(): field for field in fields}


def _reference(path: str, name: Callable[[T], str | None], *, identifier: bool = False) -> list[Field[T]]:
    """The fields of something that is known by name, such as a company: its id is made from the name."""

    def number(row: T) -> int | None:
        text = name(row)
        return None if text is None else crc32(text.encode()) % 90_000 + 1

    def short(row: T) -> str | None:
        text = name(row)
        return None if text is None else re.sub(r"\W", "", text)[:25]

    fields = [Field(f"{path}/id", FieldKind.NUMBER, number), Field(f"{path}/name", FieldKind.TEXT, name)]
    return [*fields, Field(f"{path}/identifier", FieldKind.TEXT, short)] if identifier else fields


def ticket_fields(world: World) -> Fields[Ticket]:
    """The fields of tickets. `dateEntered` is a condition only: the answer has it in `_info`."""

    def board_id(ticket: Ticket) -> int | None:
        board = world.boards.get(ticket.board)
        return None if board is None else board.id

    def status_id(ticket: Ticket) -> int | None:
        known = world.status(ticket.board, ticket.status)
        return None if known is None else known[0]

    def is_closed(ticket: Ticket) -> bool:
        known = world.status(ticket.board, ticket.status)
        return known is not None and known[1].closed

    def updated(ticket: Ticket) -> datetime:
        return ticket.updated_at or ticket.entered_at

    return _by_path(
        [
            Field("id", FieldKind.NUMBER, lambda ticket: ticket.id),
            Field("summary", FieldKind.TEXT, lambda ticket: ticket.summary),
            Field("board/id", FieldKind.NUMBER, board_id),
            Field("board/name", FieldKind.TEXT, lambda ticket: ticket.board),
            Field("status/id", FieldKind.NUMBER, status_id),
            Field("status/name", FieldKind.TEXT, lambda ticket: ticket.status),
            *_reference("company", lambda ticket: ticket.company, identifier=True),
            *_reference("type", lambda ticket: ticket.type),
            *_reference("priority", lambda ticket: ticket.priority),
            *_reference("owner", lambda ticket: ticket.owner, identifier=True),
            Field("parentTicketId", FieldKind.NUMBER, lambda ticket: ticket.parent_id),
            Field("closedFlag", FieldKind.FLAG, is_closed),
            Field("closedDate", FieldKind.MOMENT, lambda ticket: ticket.closed_at),
            Field("actualHours", FieldKind.NUMBER, lambda ticket: ticket.actual_hours),
            Field("dateEntered", FieldKind.MOMENT, lambda ticket: ticket.entered_at, in_answers=False),
            Field("lastUpdated", FieldKind.MOMENT, updated, in_answers=False),
            Field(
                "_info/dateEntered", FieldKind.MOMENT, lambda ticket: ticket.entered_at, in_conditions=False
            ),
            Field("_info/lastUpdated", FieldKind.MOMENT, updated, in_conditions=False),
            Field("_info/enteredBy", FieldKind.TEXT, lambda ticket: ticket.owner, in_conditions=False),
            Field("_info/updatedBy", FieldKind.TEXT, lambda ticket: ticket.owner, in_conditions=False),
        ]
    )


def entry_fields(world: World, now: datetime, *, with_ticket_board: bool = True) -> Fields[TimeEntry]:
    """The fields of time entries; what they say of their ticket is as it is at the moment `now`."""

    def ticket_of(entry: TimeEntry) -> Ticket | None:
        if entry.charge_to_id is None or entry.charge_to_type != "ServiceTicket":
            return None
        return world.tickets.get(entry.charge_to_id, now)

    def of_ticket(path: str, kind: FieldKind, get: Callable[[Ticket], Value]) -> Field[TimeEntry]:
        def read(entry: TimeEntry) -> Value:
            ticket = ticket_of(entry)
            return None if ticket is None else get(ticket)

        return Field(path, kind, read, in_conditions=False)

    def updated(entry: TimeEntry) -> datetime:
        return entry.updated_at or entry.entered_at

    names = [
        of_ticket("ticketBoard", FieldKind.TEXT, lambda ticket: ticket.board),
        of_ticket("ticketStatus", FieldKind.TEXT, lambda ticket: ticket.status),
        of_ticket("ticketType", FieldKind.TEXT, lambda ticket: ticket.type),
    ]
    return _by_path(
        [
            Field("id", FieldKind.NUMBER, lambda entry: entry.id),
            Field("chargeToType", FieldKind.TEXT, lambda entry: entry.charge_to_type),
            Field("chargeToId", FieldKind.NUMBER, lambda entry: entry.charge_to_id),
            Field("actualHours", FieldKind.NUMBER, lambda entry: entry.hours),
            Field("dateEntered", FieldKind.MOMENT, lambda entry: entry.entered_at),
            Field("timeStart", FieldKind.MOMENT, lambda entry: entry.started_at),
            Field("timeEnd", FieldKind.MOMENT, lambda entry: entry.ended_at),
            Field("billableOption", FieldKind.TEXT, lambda entry: entry.billable),
            *_reference("member", lambda entry: entry.member, identifier=True),
            *_reference("company", lambda entry: entry.company, identifier=True),
            of_ticket("ticket/id", FieldKind.NUMBER, lambda ticket: ticket.id),
            of_ticket("ticket/summary", FieldKind.TEXT, lambda ticket: ticket.summary),
            *(names if with_ticket_board else []),
            Field("lastUpdated", FieldKind.MOMENT, updated, in_answers=False),
            Field("_info/lastUpdated", FieldKind.MOMENT, updated, in_conditions=False),
            Field("_info/updatedBy", FieldKind.TEXT, lambda entry: entry.member, in_conditions=False),
        ]
    )


BOARD_FIELDS: Fields[Board] = _by_path(
    [
        Field("id", FieldKind.NUMBER, lambda board: board.id),
        Field("name", FieldKind.TEXT, lambda board: board.name),
        Field("inactiveFlag", FieldKind.FLAG, lambda board: board.inactive),
    ]
)

STATUS_FIELDS: Fields[BoardStatus] = _by_path(
    [
        Field("id", FieldKind.NUMBER, lambda row: row.id),
        Field("name", FieldKind.TEXT, lambda row: row.status.name),
        Field("closedStatus", FieldKind.FLAG, lambda row: row.status.closed),
    ]
)
