"""What the store keeps, read back whole: rows with the stretch in which each was the truth, and publications."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.publications import Published, read_publication
from qbr_pipeline.store.rows.shapes import Row
from qbr_pipeline.store.rows.tables import ROW_TABLES, RowSource
from qbr_pipeline.store.rows.versions import valid
from qbr_pipeline.store.schema import publications, read_as
from qbr_pipeline.store.vendors import vendor_ids


@dataclass(frozen=True)
class RowVersion:
    """A raw row and the stretch in which it was the truth; `valid_to` None: it still is."""

    row: Row
    valid_from: datetime
    valid_to: datetime | None


def row_versions(
    connection: Connection, db: Database, source: RowSource, month: Month, as_of: datetime | None = None
) -> list[RowVersion]:
    """The rows behind a month's numbers, by the vendor's id: the current ones, or an aware moment's."""
    tables = ROW_TABLES[source]
    query = select(tables.versions).where(valid(connection, db, source, month, as_of))
    return [
        RowVersion(read_as(tables.shape, found), found.valid_from, found.valid_to)
        for found in connection.execute(query.order_by(tables.versions.c.source_id))
    ]


def publications_of(connection: Connection, db: Database, vendor: Vendor, month: Month) -> list[Published]:
    """Every publication of a vendor's month, oldest first."""
    table = publications
    found = connection.execute(
        select(table)
        .where(
            table.c.organization_id == db.organization_id,
            table.c.vendor_id == vendor_ids(connection)[vendor],
            table.c.period == str(month),
        )
        .order_by(table.c.id)
    )
    return [read_publication(row, vendor) for row in found]
