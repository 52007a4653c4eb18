"""What has been published: one record per publication, the newest of a vendor's month being the current one.

What belongs here: the record and reading it. Making one is `publishing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy import Row as ResultRow
from sqlalchemy.dialects.postgresql import distinct_on

from qbr_pipeline.metrics.catalogue import METRICS, Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.schema import publications, read_as
from qbr_pipeline.store.vendors import vendor_ids, vendors_by_id


@dataclass(frozen=True)
class Published:
    """One publication. `found` is what the collection found, also where a person's value stayed.

    `closed`: the month was over when this or an earlier publication was collected. Moments are aware, in UTC.
    """

    id: int
    vendor: Vendor
    month: Month
    run_id: str
    fetch_started_at: datetime
    collected_as_of: datetime
    published_at: datetime
    closed: bool
    found: Mapping[str, Decimal]
    snapshot_date: date | None
    snapshot_suspect: bool
    facts: Mapping[str, Any]


def current_publication(
    connection: Connection,
    db: Database,
    vendor: Vendor,
    month: Month,
    *,
    run_id: str | None = None,
    as_of: datetime | None = None,
) -> Published | None:
    """The newest publication of a vendor's month; None if there is none.

    Of those that `run_id` made, if given, and that were there at the aware moment `as_of`, if given.
    """
    table = publications
    query = select(table).where(
        table.c.organization_id == db.organization_id,
        table.c.vendor_id == vendor_ids(connection)[vendor],
        table.c.period == str(month),
    )
    if run_id is not None:
        query = query.where(table.c.run_id == run_id)
    if as_of is not None:
        query = query.where(table.c.published_at <= as_of)
    found = connection.execute(query.order_by(table.c.id.desc()).limit(1)).one_or_none()
    return None if found is None else read_publication(found, vendor)


def current_publications(connection: Connection, db: Database, vendor: Vendor) -> list[Published]:
    """The current publication of every month of a vendor, oldest month first."""
    table = publications
    query = (
        select(table)
        .ext(distinct_on(table.c.period))
        .where(
            table.c.organization_id == db.organization_id,
            table.c.vendor_id == vendor_ids(connection)[vendor],
        )
        .order_by(table.c.period, table.c.id.desc())
    )
    return [read_publication(row, vendor) for row in connection.execute(query)]


def future_publications(connection: Connection, db: Database) -> list[Published]:
    """The current publications that are dated later than the database's clock: some clock was ahead."""
    table = publications
    vendors = vendors_by_id(connection)
    newest = (
        select(func.max(table.c.id))
        .where(table.c.organization_id == db.organization_id)
        .group_by(table.c.vendor_id, table.c.period)
    )
    query = select(table).where(
        table.c.id.in_(newest.scalar_subquery()), table.c.published_at > func.clock_timestamp()
    )
    found = connection.execute(query.order_by(table.c.period)).all()
    return [read_publication(row, vendors[row.vendor_id]) for row in found if row.vendor_id in vendors]


def read_publication(found: ResultRow[Any], vendor: Vendor) -> Published:
    """The publication that a row of the table describes."""
    values = {key: Decimal(found.found[key]) for key in METRICS if key in found.found}
    return read_as(Published, found, vendor=vendor, month=Month.parse(found.period), found=values)
