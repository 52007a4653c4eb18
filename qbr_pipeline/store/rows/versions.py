"""The published raw rows as versions: what was the truth, from when to when.

What belongs here: making a stage the current version, and which versions were the truth at a moment. What does not:
reading them (`browsing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, or_, text

from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.rows.tables import ROW_TABLES, RowSource
from qbr_pipeline.store.vendors import vendor_ids


@dataclass(frozen=True)
class RowChanges:
    """How many raw rows came, changed and went with a publication."""

    added: int = 0
    changed: int = 0
    ended: int = 0


def publish_rows(
    connection: Connection,
    db: Database,
    source: RowSource,
    month: Month,
    *,
    vendor_id: int,
    stage_id: int,
    at: datetime,
) -> RowChanges:
    """Make the rows of a stage the current version: end what is gone or different, begin what is new."""
    tables = ROW_TABLES[source]
    columns = tables.columns
    old, new = (", ".join(f"{alias}.{name}" for name in columns) for alias in ("v", "s"))
    mine = (
        "v.organization_id = :organization AND v.vendor_id = :vendor AND v.period = :period "
        "AND v.valid_to IS NULL"
    )
    parameters: Mapping[str, object] = {
        "organization": db.organization_id,
        "vendor": vendor_id,
        "period": str(month),
        "stage": stage_id,
        "at": at,
    }
    # A fresh stage has no statistics, and PostgreSQL takes it for a handful of rows: nested loops over 25,000 then
    # took 12 s where a hash join takes half a second.
    connection.execute(text("SET LOCAL enable_nestloop = off"))
    ended, changed = connection.execute(
        text(f"""
            WITH ended AS (
                UPDATE {tables.versions.name} v SET valid_to = :at
                 WHERE {mine} AND NOT EXISTS (
                    SELECT 1 FROM {tables.staged.name} s
                     WHERE s.stage_id = :stage AND s.source_id = v.source_id
                       AND ROW({new}) IS NOT DISTINCT FROM ROW({old}))
                RETURNING v.source_id)
            SELECT count(*), count(s.source_id)
              FROM ended
              LEFT JOIN {tables.staged.name} s ON s.stage_id = :stage AND s.source_id = ended.source_id
        """),
        parameters,
    ).one()
    begun = connection.execute(
        text(f"""
            INSERT INTO {tables.versions.name}
                   (organization_id, vendor_id, period, {", ".join(columns)}, valid_from)
            SELECT :organization, :vendor, :period, {new}, :at
              FROM {tables.staged.name} s
             WHERE s.stage_id = :stage AND NOT EXISTS (
                SELECT 1 FROM {tables.versions.name} v WHERE {mine} AND v.source_id = s.source_id)
        """),
        parameters,
    ).rowcount
    connection.execute(text("SET LOCAL enable_nestloop = on"))
    return RowChanges(added=begun - changed, changed=changed, ended=ended - changed)


def valid(
    connection: Connection, db: Database, source: RowSource, month: Month, as_of: datetime | None
) -> ColumnElement[bool]:
    """What holds for the versions of a month's rows that are current, or were at an aware moment."""
    table = ROW_TABLES[source].versions
    mine = and_(
        table.c.organization_id == db.organization_id,
        table.c.vendor_id == vendor_ids(connection)[source.vendor],
        table.c.period == str(month),
    )
    if as_of is None:
        return and_(mine, table.c.valid_to.is_(None))
    return and_(mine, table.c.valid_from <= as_of, or_(table.c.valid_to.is_(None), table.c.valid_to > as_of))
