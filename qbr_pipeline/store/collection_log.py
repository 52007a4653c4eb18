"""The collection log: how the collection of one vendor's month by one run ended.

What belongs here: writing and reading its rows. Writing is idempotent, so that what could not be written
while the database was gone can be written, perhaps twice, when it is back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.schema import collection_log, read_as
from qbr_pipeline.store.vendors import vendor_ids, vendors_by_id


class CollectionOutcome(StrEnum):
    """`partial`: some of the vendor's metrics are legitimately absent."""

    SUCCESS = "success"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True)
class LogRow:
    """One vendor's month in one run. Moments are aware; `message`: a sentence why it failed or fell short.

    `scheduled_at`: the night whose run it is, by the schedule; None: a person started it.
    """

    run_id: str
    month: Month
    vendor: Vendor
    status: CollectionOutcome
    started_at: datetime
    ended_at: datetime | None = None
    metrics_collected: int | None = None
    message: str | None = None
    scheduled_at: datetime | None = None

    @property
    def duration_seconds(self) -> int | None:
        """Whole seconds from start to end."""
        return None if self.ended_at is None else round((self.ended_at - self.started_at).total_seconds())


def record(db: Database, row: LogRow) -> None:
    """Write the row of this run, month and vendor, or bring it up to date.

    A failure never replaces what the same run is known to have achieved.
    """
    with db.begin() as connection:
        write_log(connection, db, row)


def write_log(connection: Connection, db: Database, row: LogRow) -> None:
    """As `record`, within a transaction."""
    table = collection_log
    outcome = {
        "collection_started_at": row.started_at,
        "collection_ended_at": row.ended_at,
        "status": row.status.value,
        "error_message": row.message,
        "metrics_collected": row.metrics_collected,
        "duration_seconds": row.duration_seconds,
        "scheduled_at": row.scheduled_at,
    }
    new = insert(table).values(
        run_id=row.run_id,
        period=str(row.month),
        vendor_id=vendor_ids(connection)[row.vendor],
        organization_id=db.organization_id,
        **outcome,
    )
    connection.execute(
        new.on_conflict_do_update(
            index_elements=[table.c.run_id, table.c.period, table.c.vendor_id],
            index_where=table.c.run_id.is_not(None),
            set_=outcome | {"scheduled_at": func.coalesce(new.excluded.scheduled_at, table.c.scheduled_at)},
            where=or_(
                table.c.status == CollectionOutcome.FAILED.value,
                new.excluded.status != CollectionOutcome.FAILED.value,
            ),
        )
    )


def rows(
    connection: Connection, db: Database, *, month: Month | None = None, run_id: str | None = None
) -> list[LogRow]:
    """The rows of a month, or of a run, or of both, or all; oldest first."""
    table = collection_log
    query = select(table).where(table.c.organization_id == db.organization_id, table.c.run_id.is_not(None))
    if month is not None:
        query = query.where(table.c.period == str(month))
    if run_id is not None:
        query = query.where(table.c.run_id == run_id)
    return _rows(connection, query.order_by(table.c.collection_started_at, table.c.id))


def night_rows(connection: Connection, db: Database, since: datetime) -> list[LogRow]:
    """The rows of the nights that were scheduled for the aware moment `since` or later; oldest first."""
    table = collection_log
    query = select(table).where(table.c.organization_id == db.organization_id, table.c.scheduled_at >= since)
    return _rows(connection, query.order_by(table.c.scheduled_at, table.c.collection_started_at, table.c.id))


@dataclass(frozen=True)
class LogFilter:
    """Which rows are wanted; None: any."""

    month: Month | None = None
    vendor: Vendor | None = None
    status: CollectionOutcome | None = None


def page(
    connection: Connection, db: Database, wanted: LogFilter, *, limit: int, offset: int
) -> tuple[list[LogRow], int]:
    """Some of the rows that are wanted, newest first, and how many there are in all."""
    table = collection_log
    conditions = [table.c.organization_id == db.organization_id, table.c.run_id.is_not(None)]
    if wanted.month is not None:
        conditions.append(table.c.period == str(wanted.month))
    if wanted.vendor is not None:
        conditions.append(table.c.vendor_id == vendor_ids(connection)[wanted.vendor])
    if wanted.status is not None:
        conditions.append(table.c.status == wanted.status.value)
    total = connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()
    newest_first = (
        select(table).where(*conditions).order_by(table.c.collection_started_at.desc(), table.c.id.desc())
    )
    return _rows(connection, newest_first.limit(limit).offset(offset)), total


def latest(connection: Connection, db: Database) -> list[LogRow]:
    """The newest row of every vendor and month, by month; without what is dated later than the database's clock."""
    table = collection_log
    query = (
        select(table)
        .ext(distinct_on(table.c.period, table.c.vendor_id))
        .where(
            table.c.organization_id == db.organization_id,
            table.c.run_id.is_not(None),
            table.c.collection_started_at <= func.clock_timestamp(),
        )
        .order_by(table.c.period, table.c.vendor_id, table.c.collection_started_at.desc(), table.c.id.desc())
    )
    return _rows(connection, query)


@dataclass(frozen=True)
class Activity:
    """When a vendor's collection last began, and when it last succeeded, at least in part. Aware; None: never.

    What is dated later than the database's clock does not count: a clock was ahead when it was written.
    """

    began_at: datetime | None
    succeeded_at: datetime | None


def activity(connection: Connection, db: Database) -> dict[Vendor, Activity]:
    """What the log tells of every vendor that it knows."""
    table = collection_log
    query = (
        select(
            table.c.vendor_id,
            func.max(table.c.collection_started_at)
            .filter(table.c.collection_started_at <= func.clock_timestamp())
            .label("began"),
            func.max(table.c.collection_ended_at)
            .filter(
                table.c.status != CollectionOutcome.FAILED.value,
                table.c.collection_ended_at <= func.clock_timestamp(),
            )
            .label("succeeded"),
        )
        .where(table.c.organization_id == db.organization_id, table.c.run_id.is_not(None))
        .group_by(table.c.vendor_id)
    )
    vendors = vendors_by_id(connection)
    return {
        vendors[row.vendor_id]: Activity(row.began, row.succeeded)
        for row in connection.execute(query)
        if row.vendor_id in vendors
    }


def _rows(connection: Connection, query: Select[Any]) -> list[LogRow]:
    vendors = vendors_by_id(connection)
    return [
        read_as(
            LogRow,
            row,
            month=Month.parse(row.period),
            vendor=vendors[row.vendor_id],
            status=CollectionOutcome(row.status),
            started_at=row.collection_started_at,
            ended_at=row.collection_ended_at,
            message=row.error_message,
        )
        for row in connection.execute(query)
        if row.vendor_id in vendors
    ]
