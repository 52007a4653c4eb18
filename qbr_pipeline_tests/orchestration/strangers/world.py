"""What the strangers hold: the tickets and time entries of May 2025 and of the hours around it, and the truth of it.

What belongs here: rows as the vendor documents them, and the three numbers counted from them in the plainest way. What
does not: what a server makes of them (`server`, `habits`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from qbr_pipeline_tests.orchestration.strangers.server import Row, Stranger

START, END = (
    datetime(2025, month, 1, tzinfo=ZoneInfo("America/Chicago")).astimezone(UTC) for month in (5, 6)
)
REACTIVE, DONE = ("Help Desk", "Field Service"), (">Closed", "Closed")
_BOARDS = {"Help Desk": 1, "Field Service": 2, "Projects": 3}
_STATUSES = {"New": False, "Waiting": False, ">Closed": True, "Closed": True}
_EDGES = (-7200, -1, 0, 1, 1800, 7200)
"""Seconds around the beginning and the end of the month at which somebody entered something."""

Truth = tuple[int, int, Decimal]
"""Tickets created, tickets closed, hours."""


def stranger() -> Stranger:
    """A server, not yet started, with a month of work."""
    boards = [{"id": number, "name": name} for name, number in _BOARDS.items()]
    statuses = {
        number: [
            {"id": 100 * number + place, "name": name, "closedStatus": closed}
            for place, (name, closed) in enumerate(_STATUSES.items())
        ]
        for number in _BOARDS.values()
    }
    tickets = [_ticket(number, at) for number, at in enumerate(_moments(), start=1)]
    return Stranger(boards, statuses, tickets, [entry for ticket in tickets for entry in _entries(ticket)])


def truth(server: Stranger) -> Truth:
    """What May 2025 is, by the rows of the server and nothing else."""
    boards = {ticket["id"]: ticket["board"]["name"] for ticket in server.tickets}
    parents = [
        ticket
        for ticket in server.tickets
        if boards[ticket["id"]] in REACTIVE and ticket.get("parentTicketId") is None
    ]
    return (
        sum(_in_may(ticket["dateEntered"]) for ticket in parents),
        sum(_in_may(ticket.get("closedDate")) and ticket["status"]["name"] in DONE for ticket in parents),
        sum(
            (
                Decimal(str(entry["actualHours"]))
                for entry in server.entries
                if _in_may(entry["dateEntered"]) and boards.get(entry["chargeToId"]) in REACTIVE
            ),
            Decimal(0),
        ),
    )


def written(at: datetime) -> str:
    """A moment as the vendor writes it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _moments() -> list[datetime]:
    edges = [edge + timedelta(seconds=seconds) for edge in (START, END) for seconds in _EDGES]
    return sorted([*edges, *(START + timedelta(hours=4 * step + 3) for step in range(185))])


def _ticket(number: int, at: datetime) -> Row:
    board = ("Help Desk", "Help Desk", "Field Service", "Projects")[number % 4]
    is_closed = number % 5 != 0
    row: Row = {
        "id": number,
        "summary": f"Printer {number}",
        "board": {"id": _BOARDS[board], "name": board},
        "status": {
            "id": 100 * _BOARDS[board],
            "name": (">Closed", "Closed")[number % 2] if is_closed else "New",
        },
        "company": {"id": 7, "name": "Alder Creek Dental"},
        "dateEntered": written(at),
    }
    if is_closed:
        row["closedDate"] = written(at + timedelta(minutes=40))
    if number % 17 == 0:
        row["parentTicketId"] = number - 1
    return row


def _entries(ticket: Row) -> list[Row]:
    return [
        {
            "id": 10 * ticket["id"] + part,
            "chargeToType": "ServiceTicket",
            "chargeToId": ticket["id"],
            "actualHours": 0.25 * (1 + ticket["id"] % 3),
            "dateEntered": ticket["dateEntered"],
            "ticketBoard": ticket["board"]["name"],
            "ticket": {"id": ticket["id"], "summary": ticket["summary"]},
            "company": ticket["company"],
            "member": {"id": 3, "name": "Kim"},
        }
        for part in (0, 1)
    ]


def _in_may(text: str | None) -> bool:
    return text is not None and START <= datetime.fromisoformat(text) < END
