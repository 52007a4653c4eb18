"""What a fetch would take away from a closed month, and who has accepted that.

What belongs here: counting the published rows that a stage does not hold, and the acceptances. What does not: how many
are too many (`metrics.rules`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    func,
    select,
)

from qbr_pipeline.metrics.rules.limits import LOST_ROWS, SNAPSHOT_PART, UNREADABLE
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.publications import Published, current_publication
from qbr_pipeline.store.rows.staging import stage_id, staged
from qbr_pipeline.store.rows.tables import ROW_TABLES, RowSource
from qbr_pipeline.store.rows.versions import valid
from qbr_pipeline.store.schema import metadata, moment, organization_reference

acceptances = Table(
    "qbr_acceptances",
    metadata,
    Column("id", BigInteger, primary_key=True),
    organization_reference(),
    Column("period", String(7), nullable=False),
    Column("source", String(20), nullable=False),
    Column("publication_id", BigInteger, ForeignKey("qbr_publications.id"), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("snapshot_date", Date),
    Column("accepted_by", String(100), nullable=False),
    Column("key_name", String(100)),
    Column("reason", Text, nullable=False),
    moment("accepted_at", required=True),
    Index("idx_qbr_acceptances_publication_id", "publication_id"),
)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Who accepted that a source of a closed month, or a device snapshot, holds `rows` rows only, and why."""

    rows: int
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class RowLoss:
    """How many rows of a closed month are published, and how many of them a fetch of `now` rows does not hold.

    `acceptance`: the one that covers it: of the state that is published, and of no more rows than came now.
    """

    before: int
    lost: int
    now: int
    acceptance: Acceptance | None

    def hides(self, looked_up: Mapping[Any, object | None]) -> bool:
        """Whether so many of the rows that were `looked_up` are nowhere (None) that a role hides them."""
        nowhere = sum(row is None for row in looked_up.values())
        return nowhere > LOST_ROWS.whole and nowhere > self.before * UNREADABLE.exact


def loss_of(
    connection: Connection, db: Database, source: RowSource, month: Month, run_id: str
) -> RowLoss | None:
    """What publishing the stage that a run has of a source would take away from a closed month; None from any other."""
    published = current_publication(connection, db, source.vendor, month)
    if published is None or not published.closed:
        return None
    stage = staged(connection, db, source, month, run_id)
    if stage is None:
        return None
    versions, rows = ROW_TABLES[source].versions, ROW_TABLES[source].staged
    is_there = (
        select(rows.c.source_id)
        .where(rows.c.stage_id == stage_id(connection, db, stage), rows.c.source_id == versions.c.source_id)
        .correlate(versions)
        .exists()
    )
    query = select(func.count(), func.count().filter(~is_there)).where(
        valid(connection, db, source, month, None)
    )
    before, lost = connection.execute(query).one()
    now, day = stage.row_count, stage.snapshot_date
    if source is not RowSource.DEVICES:
        return RowLoss(before, lost, now, _acceptance(connection, published, source, now))
    shrunk = day is not None and now < SNAPSHOT_PART.exact * before
    return RowLoss(
        before, lost, now, _acceptance_of_snapshot(connection, db, day) if day and shrunk else None
    )


def _acceptance(
    connection: Connection, published: Published, source: RowSource, now: int
) -> Acceptance | None:
    table = acceptances
    query = (
        select(table)
        .where(
            table.c.publication_id == published.id,
            table.c.source == source.value,
            table.c.rows <= now,
        )
        .order_by(table.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Acceptance(row.rows, row.accepted_by, row.reason)


def _acceptance_of_snapshot(connection: Connection, db: Database, day: date) -> Acceptance | None:
    """The one of the snapshot of that day, or of the nearest one after it, which made the ones before it right too."""
    table = acceptances
    query = (
        select(table)
        .where(table.c.organization_id == db.organization_id, table.c.snapshot_date >= day)
        .order_by(table.c.snapshot_date, table.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Acceptance(row.rows, row.accepted_by, row.reason)
