"""The boards of tickets that were read already: put aside by a collection, or published by one.

What belongs here: finding them by id. What does not: asking the vendor for the others.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.rows.tables import ROW_TABLES, RowSource, stages
from qbr_pipeline.store.schema import publications
from qbr_pipeline.store.vendors import vendor_ids

_TICKETS = ROW_TABLES[RowSource.TICKETS]


def staged_boards(
    connection: Connection, db: Database, month: Month, run_id: str, ids: Collection[int]
) -> dict[int, str]:
    """The board of each of these tickets that a collection of `month` has put aside; without those on no board."""
    table = _TICKETS.staged
    query = (
        select(table.c.source_id, table.c.board)
        .join(stages, stages.c.id == table.c.stage_id)
        .where(
            stages.c.organization_id == db.organization_id,
            stages.c.period == str(month),
            stages.c.run_id == run_id,
            table.c.source_id.in_(list(ids)),
            table.c.board.is_not(None),
        )
    )
    return {row.source_id: row.board for row in connection.execute(query)}


def boards_with_tickets(
    connection: Connection, db: Database, month: Month, run_id: str
) -> frozenset[str] | None:
    """The boards of the tickets that a collection of `month` has put aside; None when it has put none of them aside."""
    stage_of_run = select(stages.c.id).where(
        stages.c.organization_id == db.organization_id,
        stages.c.source == RowSource.TICKETS,
        stages.c.period == str(month),
        stages.c.run_id == run_id,
    )
    stage_id = connection.execute(stage_of_run).scalar_one_or_none()
    if stage_id is None:
        return None
    table = _TICKETS.staged
    boards = select(table.c.board).distinct().where(table.c.stage_id == stage_id, table.c.board.is_not(None))
    return frozenset(connection.execute(boards).scalars())


def published_boards(
    connection: Connection, db: Database, since: datetime, ids: Collection[int]
) -> dict[int, str]:
    """The board of each of these tickets in any month that was read at the aware moment `since` or later."""
    table = _TICKETS.versions
    vendor_id = vendor_ids(connection)[Vendor.CONNECTWISE]
    read_since = select(publications.c.period).where(
        publications.c.organization_id == db.organization_id,
        publications.c.vendor_id == vendor_id,
        publications.c.fetch_started_at >= since,
    )
    query = select(table.c.source_id, table.c.board).where(
        table.c.organization_id == db.organization_id,
        table.c.vendor_id == vendor_id,
        table.c.period.in_(read_since),
        table.c.valid_to.is_(None),
        table.c.source_id.in_(list(ids)),
        table.c.board.is_not(None),
    )
    return {row.source_id: row.board for row in connection.execute(query)}
