"""What the tests of the store share: made-up rows, and staging and publishing them in one line."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from qbr_pipeline.metrics.accounts import AccountMapping
from qbr_pipeline.metrics.books import Basis, BooksMonth
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.account_mappings import write_mappings
from qbr_pipeline.store.books import publish_books
from qbr_pipeline.store.database import Database, database_now
from qbr_pipeline.store.publishing import Publication, publish
from qbr_pipeline.store.rows.shapes import DeviceRow, Row, TicketRow, TimeEntryRow
from qbr_pipeline.store.rows.staging import Stage, stage
from qbr_pipeline.store.rows.tables import RowSource
from qbr_pipeline_tests import books as made_up
from qbr_pipeline_tests.books import EVERYTHING, full_month

MARCH = Month(2025, 3)
NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)


@dataclass
class Collector:
    """Plays the part of the collection: stages rows with the values that they give, and publishes them."""

    db: Database
    month: Month = MARCH
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.runs = (f"run-{number}" for number in itertools.count(1))

    @staticmethod
    def ticket(number: int, *, created: bool = True, closed: bool = False, status: str = "New") -> TicketRow:
        return TicketRow(
            source_id=number,
            summary=f"Printer {number}",
            board="Help Desk",
            status=status,
            company="Example Dental",
            parent_id=None,
            type=None,
            priority=None,
            owner=None,
            entered_at=datetime(2025, 3, 5, 12, tzinfo=UTC),
            closed_at=None,
            actual_hours=Decimal("1.25"),
            counts_as_created=created,
            created_reason="entered in the month",
            counts_as_closed=closed,
            closed_reason="closed in the month" if closed else "open",
        )

    @staticmethod
    def entry(number: int, hours: str = "0.5") -> TimeEntryRow:
        return TimeEntryRow(
            source_id=number,
            ticket_id=1,
            ticket_summary="Printer",
            board="Help Desk",
            company="Example Dental",
            member="Kim",
            hours=Decimal(hours),
            entered_at=datetime(2025, 3, 5, 12, tzinfo=UTC),
            counts=True,
            reason="on a reactive board",
        )

    @staticmethod
    def device(number: int, *, endpoint: bool = True, seat: bool = True) -> DeviceRow:
        return DeviceRow(
            source_id=str(number),
            name=f"PC-{number}",
            organization="Example Dental",
            location="Main",
            node_class="WINDOWS_WORKSTATION",
            counts_as_endpoint=endpoint,
            counts_as_seat=seat,
            reason="workstation",
        )

    def stage(self, source: RowSource, rows: Sequence[Row], run_id: str, **overrides: object) -> Stage:
        staged = Stage(
            source=source,
            month=self.month,
            run_id=run_id,
            fetch_started_at=database_now(self.db),
            collected_as_of=self.now,
            source_count=len(rows),
            row_count=len(rows),
            values=_values(source, rows),
        )
        staged = replace(staged, **overrides)  # type: ignore[arg-type]
        stage(self.db, staged, rows)
        return staged

    def publish(self, vendor: Vendor, run_id: str) -> Publication:
        return publish(self.db, vendor, self.month, run_id, self.now)

    def connectwise(
        self,
        tickets: Iterable[TicketRow] = (),
        entries: Iterable[TimeEntryRow] = (),
        *,
        run_id: str | None = None,
        **overrides: object,
    ) -> Publication:
        run = run_id or next(self.runs)
        self.stage(RowSource.TICKETS, list(tickets), run, **overrides)
        self.stage(RowSource.TIME_ENTRIES, list(entries), run, **overrides)
        return self.publish(Vendor.CONNECTWISE, run)

    def ninja(
        self,
        devices: Iterable[DeviceRow],
        *,
        run_id: str | None = None,
        snapshot_date: date | None = date(2025, 3, 31),
        **overrides: object,
    ) -> Publication:
        run = run_id or next(self.runs)
        rows = list(devices)
        if snapshot_date is None:
            overrides = {"values": {}, "source_count": None, **overrides}
        self.stage(RowSource.DEVICES, rows, run, snapshot_date=snapshot_date, **overrides)
        return self.publish(Vendor.NINJA, run)

    def books(
        self,
        *months: BooksMonth,
        mappings: Sequence[AccountMapping] = EVERYTHING,
        run_id: str | None = None,
        basis: Basis | None = Basis.ACCRUAL,
        currency: str | None = "USD",
    ) -> Mapping[Month, Publication]:
        write_mappings(self.db, mappings, by="Kim")
        read = made_up.books(*months or [full_month(self.month)], basis=basis, currency=currency)
        return publish_books(
            self.db, read, run_id=run_id or next(self.runs), now=self.now, read_from="QuickBooks Online"
        )


def _values(source: RowSource, rows: Sequence[Row]) -> dict[str, Decimal]:
    match source:
        case RowSource.TICKETS:
            tickets = [row for row in rows if isinstance(row, TicketRow)]
            return {
                "reactive_tickets_created": Decimal(sum(row.counts_as_created for row in tickets)),
                "reactive_tickets_closed": Decimal(sum(row.counts_as_closed for row in tickets)),
            }
        case RowSource.TIME_ENTRIES:
            hours = (row.hours or Decimal(0) for row in rows if isinstance(row, TimeEntryRow))
            return {"reactive_time_spent": sum(hours, Decimal(0)).quantize(Decimal("0.01"))}
        case RowSource.DEVICES:
            devices = [row for row in rows if isinstance(row, DeviceRow)]
            return {
                "endpoints_managed": Decimal(sum(row.counts_as_endpoint for row in devices)),
                "seats_managed": Decimal(sum(row.counts_as_seat for row in devices)),
            }


@pytest.fixture
def collector(database: Database) -> Collector:
    """A collection of March 2025, looked at from June."""
    return Collector(database)
