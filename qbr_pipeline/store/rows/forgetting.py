"""Forgetting the rows behind old numbers, where a setting says so: tickets, time entries and devices hold names.

What belongs here: which versions go. Values, their history, publications, restatements and findings are never touched.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, delete, or_

from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database, lock_devices
from qbr_pipeline.store.device_snapshots import forget_snapshots
from qbr_pipeline.store.rows.tables import ROW_TABLES
from qbr_pipeline.store.schema import is_month


def forget_rows(db: Database, before: Month) -> int:
    """Delete the rows of months earlier than `before`, and versions of later ones that ended before it began.

    Device snapshots of earlier days go too. Returns how many rows that were. What was told of them before is told no
    more: a number of such a month has no rows behind it.
    """
    began: datetime = before.start(db.timezone)
    deleted = 0
    with db.begin() as connection:
        for tables in ROW_TABLES.values():
            table = tables.versions
            of_old_month = and_(is_month(table.c.period), table.c.period < str(before))
            old = or_(of_old_month, table.c.valid_to < began)
            mine = table.c.organization_id == db.organization_id
            deleted += connection.execute(delete(table).where(mine, old)).rowcount
        lock_devices(connection, db)
        return deleted + forget_snapshots(connection, db, before.first_day)
