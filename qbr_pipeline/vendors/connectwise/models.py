"""The rows of ConnectWise's JSON as typed values.

What belongs here: which fields are asked for and how they are read. A missing property and a null are the
same: None. What a row means for a metric is said by `reactive`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

from qbr_pipeline.vendors.http.retries import TransientError

T = TypeVar("T")

EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
TOO_LATE = datetime(2100, 1, 1, tzinfo=UTC)
"""The sensible range of a moment, from the first to before the second.

Anything else (year 1, 1753, 1900, 1970, 9999) is some program's way to say that there is none, and counts as absent.
What is inside can be shown in every time zone.
"""

_NO_DATE = re.compile(r"\s*|0000-00-00(?:[T ][\d:.,+Z-]*)?|\+?\d{5,}-\d\d-\d\d\D.*", re.ASCII | re.DOTALL)
"""The same in texts that no calendar has: blank, the day 0, and years after 9999."""

_LEAP_SECOND = re.compile(r"(?<=\d\d:\d\d:)60(?=\D|$)", re.ASCII)
_TOO_LARGE = 2**63

BOARD_FIELDS = "id,name"
STATUS_FIELDS = "id,name,closedStatus"
TICKET_BOARD_FIELDS = "id,board/name"
TICKET_FIELDS = (
    "id,summary,board/name,status/name,company/name,parentTicketId,closedDate,actualHours,"
    "type/name,priority/name,owner/name,_info/dateEntered"
)
TIME_ENTRY_FIELDS = (
    "id,chargeToType,chargeToId,actualHours,dateEntered,ticketBoard,ticket/id,ticket/summary,"
    "company/name,member/name"
)


@dataclass(frozen=True, slots=True)
class Board:
    """A service board. `name` is as the source writes it; it is compared without the blanks around it."""

    id: int
    name: str

    @property
    def plain_name(self) -> str:
        """The name as it is compared."""
        return self.name.strip()


@dataclass(frozen=True, slots=True)
class Status:
    """A status of a board, its name without surrounding blanks. `closed`: ConnectWise's own flag, None if not sent."""

    id: int
    name: str
    closed: bool | None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A service ticket. Moments are aware, in UTC; hours are exact.

    `found_by_entry` and `found_by_closing`: the server found it by a date that it then did not send.
    """

    id: int
    summary: str | None
    board: str | None
    status: str | None
    company: str | None
    parent_id: int | None
    type: str | None
    priority: str | None
    owner: str | None
    entered_at: datetime | None
    closed_at: datetime | None
    actual_hours: Decimal | None
    found_by_entry: bool = False
    found_by_closing: bool = False


@dataclass(frozen=True, slots=True)
class TicketBoard:
    """The board that a ticket is on."""

    id: int
    board: str | None


@dataclass(frozen=True, slots=True)
class TimeEntry:
    """A time entry. `entered_at` is when it was typed in, not when the work was done; aware, in UTC."""

    id: int
    charged_to: str | None
    ticket_id: int | None
    ticket_summary: str | None
    board: str | None
    company: str | None
    member: str | None
    hours: Decimal | None
    entered_at: datetime | None


def board(row: object) -> Board:
    """A board of /service/boards. Raises TransientError when it has another shape."""
    return Board(_id(row), _required_name(row))


def status(row: object) -> Status:
    """A status of a board. Raises TransientError when it has another shape."""
    return Status(_id(row), _required_name(row).strip(), _flag(row, "closedStatus"))


def ticket(row: object) -> Ticket:
    """A row of /service/tickets. Raises TransientError when it has another shape."""
    return Ticket(
        id=_id(row),
        summary=_text(row, "summary"),
        board=_plain_name(row, "board", "name"),
        status=_plain_name(row, "status", "name"),
        company=_name(row, "company", "name"),
        parent_id=_reference(row, "parentTicketId"),
        type=_name(row, "type", "name"),
        priority=_name(row, "priority", "name"),
        owner=_name(row, "owner", "name"),
        entered_at=_moment(row, "_info", "dateEntered"),
        closed_at=_moment(row, "closedDate"),
        actual_hours=_hours(row, "actualHours"),
    )


def ticket_board(row: object) -> TicketBoard:
    """A row of /service/tickets with its board alone. Raises TransientError when it has another shape."""
    return TicketBoard(_id(row), _plain_name(row, "board", "name"))


def time_entry(row: object) -> TimeEntry:
    """A row of /time/entries; an empty board is none. Raises TransientError when it has another shape."""
    charged = _reference(row, "chargeToId")
    return TimeEntry(
        id=_id(row),
        charged_to=_name(row, "chargeToType"),
        ticket_id=_reference(row, "ticket", "id") if charged is None else charged,
        ticket_summary=_text(row, "ticket", "summary"),
        board=_plain_name(row, "ticketBoard") or None,
        company=_name(row, "company", "name"),
        member=_name(row, "member", "name"),
        hours=_hours(row, "actualHours"),
        entered_at=_moment(row, "dateEntered"),
    )


def listed(body: object, row: Callable[[object], T]) -> list[T]:
    """Every row of a page. Raises TransientError when the body is no list."""
    if not isinstance(body, list):
        raise TransientError("it answered something other than a list of rows")
    return [row(item) for item in body]


def counted(body: object) -> int:
    """The number in the answer of a /count path. Raises TransientError when there is none."""
    count = _whole(body, "count")
    if count is None or count < 0:
        raise TransientError("it answered a count that is not a number of rows")
    return count


def _id(row: object) -> int:
    number = _whole(row, "id")
    if number is None or number < 1:
        raise _shape("id", "a positive whole number")
    return number


def _at(row: object, *path: str) -> object:
    value = row
    for key in path:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise TransientError(f"it answered a row in which {'/'.join(path)} cannot be read")
        value = value.get(key)
    return value


def _whole(row: object, *path: str) -> int | None:
    value = _at(row, *path)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < _TOO_LARGE):
        return value
    raise _shape("/".join(path), "a whole number")


def _reference(row: object, *path: str) -> int | None:
    """The id of another row; nothing, 0 and less are some program's way to say that there is none."""
    number = None if _at(row, *path) == "" else _whole(row, *path)
    return number if number is not None and number > 0 else None


def _hours(row: object, *path: str) -> Decimal | None:
    value = _at(row, *path)
    if value is None:
        return None
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        hours = Decimal(value)
        if hours.is_finite() and hours.adjusted() < 10 and hours.as_tuple().exponent >= -30:  # type: ignore[operator]  # finite: an int
            return hours
    raise _shape("/".join(path), "a number of hours")


def _text(row: object, *path: str) -> str | None:
    value = _at(row, *path)
    if value is None:
        return None
    if isinstance(value, str):
        return value if value.isascii() and "\0" not in value else _storable(value)
    raise _shape("/".join(path), "a text")


def _storable(text: str) -> str:
    """`text` with a question mark for what no database takes: NUL and halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")


def _name(row: object, *path: str) -> str | None:
    """A text that many rows share; kept once, because a month may have 25,000 rows."""
    text = _text(row, *path)
    return None if text is None else sys.intern(text)


def _plain_name(row: object, *path: str) -> str | None:
    """The same without the blanks around it, as names of boards and statuses are compared."""
    text = _name(row, *path)
    return None if text is None else sys.intern(text.strip())


def _required_name(row: object) -> str:
    name = _name(row, "name")
    if name is None:
        raise _shape("name", "a text")
    return name


def _flag(row: object, *path: str) -> bool | None:
    value = _at(row, *path)
    if value is None or isinstance(value, bool):
        return value
    raise _shape("/".join(path), "true or false")


def _moment(row: object, *path: str) -> datetime | None:
    """A date-time in UTC; None outside of any sensible range.

    ConnectWise writes a Z; a text without any designator is UTC too. A leap second is the one before it.
    """
    text = _text(row, *path)
    if text is None or _NO_DATE.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(_LEAP_SECOND.sub("59", text))
    except ValueError:
        raise _shape("/".join(path), "a date and time") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC) if EARLIEST <= moment < TOO_LATE else None


def _shape(path: str, expected: str) -> TransientError:
    return TransientError(f"it answered a row whose {path} is not {expected}")
