"""The history of the monthly values: who or what changed which value, when, from what to what.

What belongs here: reading it. It is written by `values` alone, and the database refuses to change or delete
it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select, text
from sqlalchemy import Row as ResultRow
from sqlalchemy.dialects.postgresql import distinct_on

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.schema import metrics_history, read_as
from qbr_pipeline.store.values import DataSource, ValueChangeCause, present, stored


@dataclass(frozen=True)
class HistoryEntry:
    """One change of a monthly value. None is absent; `old_source` None: there was no row before."""

    id: int
    month: Month
    metric: str
    old_value: Decimal | None
    new_value: Decimal | None
    old_source: DataSource | None
    new_source: DataSource
    cause: ValueChangeCause
    changed_by: str | None
    key_name: str | None
    note: str | None
    run_id: str | None
    publication_id: int | None
    changed_at: datetime
    transaction_id: int

    @property
    def value(self) -> Decimal | None:
        """What it became."""
        return self.new_value


def history(
    connection: Connection, db: Database, month: Month, metric: str | None = None
) -> list[HistoryEntry]:
    """Every change of a month's metric, or of all its metrics; the newest last."""
    table = metrics_history
    query = select(table).where(table.c.organization_id == db.organization_id, table.c.period == str(month))
    if metric is not None:
        query = query.where(table.c.metric_name == metric)
    return _entries(connection.execute(query.order_by(table.c.changed_at, table.c.id)))


def history_of_publication(connection: Connection, db: Database, publication_id: int) -> list[HistoryEntry]:
    """The changes that a publication made, derived metrics included; the oldest first."""
    table = metrics_history
    query = select(table).where(
        table.c.organization_id == db.organization_id, table.c.publication_id == publication_id
    )
    return _entries(connection.execute(query.order_by(table.c.id)))


def months_changed_by(
    connection: Connection, db: Database, run_ids: Collection[str]
) -> dict[str, set[Month]]:
    """The months of which a collection by one of the runs changed a value, by the run."""
    table = metrics_history
    query = (
        select(table.c.run_id, table.c.period)
        .where(
            table.c.organization_id == db.organization_id,
            table.c.run_id.in_(run_ids),
            table.c.cause == ValueChangeCause.COLLECTION.value,
            table.c.old_value.is_distinct_from(table.c.new_value),
        )
        .distinct()
    )
    changed: dict[str, set[Month]] = {}
    for run_id, period in connection.execute(query):
        changed.setdefault(run_id, set()).add(Month.parse(period))
    return changed


def horizon(connection: Connection) -> int:
    """The transaction number below which every transaction has ended; a reader now sees all they wrote."""
    number: int = connection.execute(
        text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    ).scalar_one()
    return number


def changes_after(connection: Connection, db: Database, cursor: int) -> tuple[list[HistoryEntry], int]:
    """The changes that a reader with a cursor has not seen, in the order of transactions, and its new cursor.

    The cursor is a transaction number, 0 to begin with: every transaction below it has ended and been seen.
    Ids would not do: a transaction may take a lower id and commit later. A cursor from beyond this server's
    numbers (the data moved to another server) begins anew, so that changes may be seen twice and are never
    missed.
    """
    table = metrics_history
    reached = horizon(connection)
    start = cursor if cursor <= reached else 0
    found = connection.execute(
        select(table)
        .where(
            table.c.organization_id == db.organization_id,
            table.c.transaction_id >= start,
            table.c.transaction_id < reached,
        )
        .order_by(table.c.transaction_id, table.c.id)
    )
    return _entries(found), reached


def known_as_of(
    connection: Connection, db: Database, month: Month, moment: datetime
) -> dict[str, HistoryEntry]:
    """The last change of each of the month's metrics at or before an aware `moment`, in the catalogue's order."""
    table = metrics_history
    query = (
        select(table)
        .ext(distinct_on(table.c.metric_name))
        .where(
            table.c.organization_id == db.organization_id,
            table.c.period == str(month),
            table.c.changed_at <= moment,
        )
        .order_by(table.c.metric_name, table.c.id.desc())  # not by date: a clock may have been ahead
    )
    known = {entry.metric: entry for entry in _entries(connection.execute(query))}
    return {key: known[key] for key in METRICS if key in known}


def read_facts_as_of(connection: Connection, db: Database, month: Month, moment: datetime) -> MonthFacts:
    """What was known of a month at an aware `moment`, by the history; whether it was over is judged then."""
    known = known_as_of(connection, db, month, moment)
    return MonthFacts(month, present(known), is_over=month.is_over(moment, db.timezone))


def _entries(found: Iterable[ResultRow[Any]]) -> list[HistoryEntry]:
    return [
        read_as(
            HistoryEntry,
            row,
            month=Month.parse(row.period),
            metric=row.metric_name,
            old_value=stored(row.metric_name, row.old_value),
            new_value=stored(row.metric_name, row.new_value),
            old_source=row.old_source and DataSource(row.old_source),
            new_source=DataSource(row.new_source),
            cause=ValueChangeCause(row.cause),
        )
        for row in found
    ]
