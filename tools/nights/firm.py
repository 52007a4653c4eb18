"""A made-up firm that lives from day to day, and the truth about its months, counted without any code of the pipeline.

What belongs here: tickets, time entries and devices, and what happens to them. What does not: nights (`night`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text

from qbr_pipeline.demo.connectwise.rows import Board, Ticket, TimeEntry
from qbr_pipeline.demo.connectwise.world import World
from qbr_pipeline.periods import Month

BOARDS = (Board(1, "Help Desk"), Board(2, "Projects"))
_FLEET = 60
_INVENTORY = """
CREATE TABLE device_type (id serial PRIMARY KEY, code varchar NOT NULL);
CREATE TABLE device_identity (id serial PRIMARY KEY, vendor_id integer NOT NULL REFERENCES vendor,
                              vendor_device_key varchar, first_seen_date date, last_seen_date date);
CREATE TABLE device_snapshot (
    id serial PRIMARY KEY, snapshot_date date NOT NULL, vendor_id integer NOT NULL REFERENCES vendor,
    device_identity_id integer NOT NULL REFERENCES device_identity,
    device_type_id integer REFERENCES device_type,
    hostname varchar, display_name varchar, organization_name varchar, location_name varchar,
    node_class varchar(100),
    UNIQUE (snapshot_date, vendor_id, device_identity_id));
INSERT INTO device_type VALUES (1, 'server'), (2, 'workstation');
INSERT INTO device_identity (id, vendor_id, vendor_device_key)
SELECT n, (SELECT id FROM vendor WHERE name = 'Ninja'), 'N-' || n FROM generate_series(1, 200) AS n;
"""
_SNAPSHOT = text(
    "INSERT INTO device_snapshot (snapshot_date, vendor_id, device_identity_id, device_type_id, display_name,"
    " organization_name, node_class)"
    " SELECT :day, (SELECT id FROM vendor WHERE name = 'Ninja'), n, 2, 'PC-' || n, 'Alder Creek Dental',"
    " 'WINDOWS_WORKSTATION' FROM generate_series(1, :devices) AS n"
)


@dataclass
class Firm:
    """What the vendors know. `changes`: how many rows of closed months were changed or deleted after all."""

    engine: Engine
    timezone: ZoneInfo
    random: Random
    world: World = field(default_factory=lambda: World(BOARDS))
    tickets: dict[int, Ticket] = field(default_factory=dict)
    entries: dict[int, TimeEntry] = field(default_factory=dict)
    devices: dict[date, int] = field(default_factory=dict)
    changes: int = 0

    def found(self) -> None:
        """Make the tables of its inventory, beside ours."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql(_INVENTORY)

    def live(self, day: date) -> None:
        """One more day: tickets come and are closed, hours are worked, and now and then the past is put right."""
        for _ in range(self.random.randint(3, 8)):
            self._open(self._moment(day))
        waiting = [each for each in self.tickets.values() if each.closed_at is None]
        for ticket in self.random.sample(waiting, min(len(waiting), self.random.randint(2, 7))):
            at = max(self._moment(day), ticket.entered_at)
            self._put(replace(ticket, status="Closed", closed_at=at))
        self._put_the_past_right(day)
        count = _FLEET + self.random.randint(-3, 3)
        self.devices[day] = count
        with self.engine.begin() as connection:
            connection.execute(_SNAPSHOT, {"day": day, "devices": count})

    def truth(self, month: Month) -> dict[str, Decimal]:
        """What a right collection finds of a month now, by metric; nothing of a vendor that has nothing."""
        reactive = {key: each for key, each in self.tickets.items() if each.board == "Help Desk"}
        months = Counter(self._month(each.entered_at) for each in reactive.values())
        closed = Counter(self._month(each.closed_at) for each in reactive.values() if each.closed_at)
        hours = [
            each.hours or Decimal(0)
            for each in self.entries.values()
            if self._month(each.entered_at) == month and each.charge_to_id in reactive
        ]
        return {
            "reactive_tickets_created": Decimal(months[month]),
            "reactive_tickets_closed": Decimal(closed[month]),
            "reactive_time_spent": sum(hours, Decimal(0)),
        }

    def endpoints(self, month: Month) -> Decimal | None:
        """The devices of the month's last snapshot; None: it has none."""
        days = [day for day in self.devices if Month(day.year, day.month) == month]
        return Decimal(self.devices[max(days)]) if days else None

    def _put_the_past_right(self, day: date) -> None:
        if self.random.random() > 0.3:
            return
        first = Month(day.year, day.month).plus(-2).start(self.timezone)
        old = [each for each in self.tickets.values() if each.entered_at >= first]
        if not old:
            return
        ticket = self.random.choice(old)
        self.changes += 1
        match self.random.randrange(3):
            case 0:
                self._put(replace(ticket, board="Projects" if ticket.board == "Help Desk" else "Help Desk"))
            case 1:
                del self.tickets[ticket.id]
                self.world.tickets.remove(ticket.id)
                for number in [key for key, each in self.entries.items() if each.charge_to_id == ticket.id]:
                    del self.entries[number]
                    self.world.entries.remove(number)
            case _:
                self._work(ticket, ticket.entered_at + timedelta(minutes=1))

    def _open(self, at: datetime) -> None:
        board = "Projects" if self.random.random() < 0.2 else "Help Desk"
        number = max(self.tickets, default=1000) + 1 + self.random.randrange(3)
        ticket = Ticket(number, at, board=board, summary=f"Ticket {number}", company="Alder Creek Dental")
        self._put(ticket)
        self._work(ticket, at)

    def _work(self, ticket: Ticket, at: datetime) -> None:
        number = max(self.entries, default=5000) + 1
        entry = TimeEntry(number, at, ticket.id, Decimal(self.random.randint(1, 16)) / 4)
        self.entries[number] = entry
        self.world.entries.put(entry)

    def _put(self, ticket: Ticket) -> None:
        self.tickets[ticket.id] = ticket
        self.world.tickets.put(ticket)

    def _moment(self, day: date) -> datetime:
        return datetime.combine(
            day, time(self.random.randint(0, 21), self.random.randint(0, 59)), self.timezone
        )

    def _month(self, moment: datetime) -> Month:
        return Month.of(moment, self.timezone)
