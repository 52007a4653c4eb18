"""The raw rows that a collection stages and publishes: what the vendor sent, and why each row counts or not.

What belongs here: the shapes. What a vendor's row means is said by `vendors`; how rows are
kept is said by `staging` and `publishing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket of a reactive board that was entered or closed in the month. Moments are aware, in UTC."""

    source_id: int
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
    counts_as_created: bool
    created_reason: str
    counts_as_closed: bool
    closed_reason: str


@dataclass(frozen=True, slots=True)
class TimeEntryRow:
    """A time entry that was entered in the month, charged to a service ticket. Hours are exact decimals."""

    source_id: int
    ticket_id: int | None
    ticket_summary: str | None
    board: str | None
    company: str | None
    member: str | None
    hours: Decimal | None
    entered_at: datetime | None
    counts: bool
    reason: str


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device of the snapshot that a month is counted from."""

    source_id: str
    name: str | None
    organization: str | None
    location: str | None
    node_class: str | None
    counts_as_endpoint: bool
    counts_as_seat: bool
    reason: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """What an account of the books posted in the month, or its balance on the last day, and what it counts as.

    `amount` is as the books have it, `counted` what of it counts as the metric `counts_as`, in its sign. `parents`:
    the keys of the accounts around it, one a line, the outermost first; `parent_names` their names.
    """

    source_id: str
    name: str
    section: str
    amount: Decimal
    parents: str
    parent_names: str
    counts_as: str | None
    counted: Decimal
    reason: str


Row = TicketRow | TimeEntryRow | DeviceRow | AccountRow
